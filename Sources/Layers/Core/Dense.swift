import Kernels
import Tensors

/// A fully connected layer: y = x · kernel + bias.
///
/// - Input: `[..., in]`; every axis but the last is treated as rows.
/// - Output: `[..., units]`.
/// - Parameters: `kernel` `[in, units]`, `bias` `[units]`.
public struct Dense: Layer {
  public static let kind = "dense"
  public static var defaults: Dense { Dense(1) }
  public static var neededOptions: [String] { ["units"] }

  /// The number of outputs.
  public var units: Int

  /// Whether a bias is added.
  public var usesBias: Bool

  /// How the kernel starts; He uniform, which suits ReLU and its kin.
  public var kernelInitializer: Initializer

  /// How the bias starts.
  public var biasInitializer: Initializer

  /// A fully connected layer with the given number of outputs.
  public init(
    _ units: Int, usesBias: Bool = true, kernelInitializer: Initializer = .heUniform,
    biasInitializer: Initializer = .zeros
  ) {
    self.units = units
    self.usesBias = usesBias
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
  }

  private enum CodingKeys: String, CodingKey {
    case units
    case usesBias = "uses_bias"
    case kernelInitializer = "kernel_initializer"
    case biasInitializer = "bias_initializer"
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard units > 0 else {
      throw LayerError.option(name: "units", expected: "1 or more", found: "\(units)")
    }
    let input = inputs[0]
    guard !input.isIndices else { throw LayerError.expectedNumbers }
    guard input.shape.rank >= 1, input.shape.last > 0 else {
      throw LayerError.inputShape(expected: "[..., in]", found: input.shape)
    }
    // The kernel.
    _ = try Shape(checking: [input.shape.last, units])
    return ValueSpec(
      try Shape(checking: input.shape.dimensions.dropLast() + [units]))
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    let width = inputs[0].shape.last
    let kernel = ParameterSpec(
      name: "kernel", shape: [width, units], axes: "in,out", role: .kernel,
      initializer: kernelInitializer, fan: Fan(input: width, output: units))
    guard usesBias else { return [kernel] }
    let bias = ParameterSpec(
      name: "bias", shape: [units], axes: "out", role: .bias, initializer: biasInitializer,
      fan: Fan(input: width, output: units))
    return [kernel, bias]
  }

  public func forward(_ pass: ForwardPass) {
    let x = pass.inputs[0].asRows
    let y = pass.output.asRows
    Kernels.multiply(x, by: pass.parameters[0], into: y, on: pass.workers)
    if usesBias { Kernels.addBias(pass.parameters[1], to: y, on: pass.workers) }
  }

  public func backward(_ pass: BackwardPass) {
    let x = pass.forward.inputs[0].asRows
    let dy = pass.outputGradient.asRows
    if let kernelGradient = pass.parameterGradients[0] {
      // dkernel = xᵀ · dy, summed over all rows.
      Kernels.multiply(x, transposed: true, by: dy, into: kernelGradient, on: pass.workers)
    }
    if usesBias, let biasGradient = pass.parameterGradients[1] {
      Kernels.sumRows(of: dy, into: biasGradient, on: pass.workers)
    }
    if let dx = pass.inputGradients[0]?.asRows {
      // dx = dy · kernelᵀ.
      Kernels.multiply(
        dy, transposed: false, by: pass.forward.parameters[0], transposed: true, into: dx,
        on: pass.workers)
    }
  }
}

extension TensorView {
  /// The same elements as a matrix whose columns are the innermost axis.
  var asRows: TensorView {
    shape.rank == 2 ? self : reshaped(to: Shape(count / max(shape.last, 1), shape.last))
  }
}
