import Kernels
import Tensors

/// Adds a learned vector to every step: y_t = x_t + kernel_t.
///
/// As in Gehring et al., 2017, and BERT. A sequence may be shorter than the table.
///
/// - Input and output: `[steps, features]`.
/// - Parameters: `kernel` `[length, features]`.
public struct PositionalEmbedding: Layer {
  public static let kind = "positional_embedding"
  public static var defaults: PositionalEmbedding { PositionalEmbedding(1) }
  public static var neededOptions: [String] { ["length"] }

  /// The most steps that a sequence can have.
  public var length: Int

  /// How the kernel starts; normal with deviation 0.02, as BERT.
  public var kernelInitializer: Initializer

  /// A positional embedding.
  public init(
    _ length: Int, kernelInitializer: Initializer = .normal(mean: 0, deviation: 0.02)
  ) {
    self.length = length
    self.kernelInitializer = kernelInitializer
  }

  private enum CodingKeys: String, CodingKey {
    case length
    case kernelInitializer = "kernel_initializer"
  }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    let shape = inputs[0].shape
    guard length > 0 else {
      throw LayerError.option(name: "length", expected: "1 or more", found: "\(length)")
    }
    guard shape.rank == 2, shape[0] <= length, shape[1] > 0 else {
      throw LayerError.inputShape(
        expected: "[steps, features] of at most \(length) steps", found: shape)
    }
    _ = try Shape(checking: [length, shape[1]])
    return inputs[0]
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    let features = inputs[0].shape[1]
    return [
      ParameterSpec(
        name: "kernel", shape: [length, features], axes: "position,features", role: .kernel,
        initializer: kernelInitializer, fan: Fan(input: length, output: features))
    ]
  }

  public func forward(_ pass: ForwardPass) {
    let x = pass.inputs[0]
    pass.output.copyUnlessSame(x)
    let steps = pass.parameters[0].rows(0..<x.shape[1])
    // One row of an example is all its steps behind each other.
    Kernels.addBias(
      steps.reshaped(to: Shape(steps.count)),
      to: pass.output.reshaped(to: Shape(x.shape[0], steps.count)),
      on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    let dy = pass.outputGradient
    if let target = pass.parameterGradients[0] {
      let steps = dy.shape[1]
      let used = target.rows(0..<steps)
      Kernels.sumRows(
        of: dy.reshaped(to: Shape(dy.shape[0], used.count)),
        into: used.reshaped(to: Shape(used.count)),
        on: pass.workers)
      target.rows(steps..<length).clear()
    }
    pass.inputGradients[0]?.copyUnlessSame(dy)
  }
}
