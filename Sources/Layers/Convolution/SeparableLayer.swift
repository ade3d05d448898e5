import Kernels
import Tensors

/// A depthwise convolution with a dense layer behind it, over one axis or two.
protocol SeparableLayer: Layer {
  var filters: Int { get }
  var usesBias: Bool { get }
  var kernelInitializer: Initializer { get }
  var biasInitializer: Initializer { get }
  /// The first half.
  var depthwise: ConvolutionCore { get }
}

extension SeparableLayer {
  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .inputs) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard filters > 0 else {
      throw LayerError.option(name: "filters", expected: "1 or more", found: "\(filters)")
    }
    let between = try depthwise.shapes(for: inputs[0]).output
    // The kernel.
    _ = try Shape(checking: [between.last, filters])
    return ValueSpec(try Shape(checking: between.dimensions.dropLast() + [filters]))
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    guard var first = depthwise.parameters(for: inputs).first,
      let between = try? depthwise.shapes(for: inputs[0]).output
    else { return [] }
    first.name = "depthwise_kernel"
    let fan = Fan(input: between.last, output: filters)
    let second = ParameterSpec(
      name: "pointwise_kernel", shape: [between.last, filters], axes: "in,out", role: .kernel,
      initializer: kernelInitializer, fan: fan)
    guard usesBias else { return [first, second] }
    return [
      first, second,
      ParameterSpec(
        name: "bias", shape: [filters], axes: "out", role: .bias, initializer: biasInitializer,
        fan: fan),
    ]
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    guard let between = try? depthwise.shapes(for: inputs[0]).output else { return [] }
    // What the first half gives, and its gradient.
    return Array(repeating: ScratchSpec(between, isPerExample: true), count: 2)
  }

  public func prepared(for inputs: [ValueSpec]) -> (any Sendable)? {
    (try? depthwise.shapes(for: inputs[0]))?.window
  }

  public func forward(_ pass: ForwardPass) {
    guard let window = pass.prepared as? Window else { return }
    let between = pass.scratch[0]
    Kernels.convolve(
      pass.inputs[0], window, kernel: pass.parameters[0], bias: nil, into: between,
      on: pass.workers)
    let rows = pass.output.asRows
    Kernels.multiply(between.asRows, by: pass.parameters[1], into: rows, on: pass.workers)
    if usesBias { Kernels.addBias(pass.parameters[2], to: rows, on: pass.workers) }
  }

  public func backward(_ pass: BackwardPass) {
    let forward = pass.forward
    guard let window = forward.prepared as? Window else { return }
    let (between, slopes) = (forward.scratch[0], forward.scratch[1])
    let dy = pass.outputGradient.asRows
    if let target = pass.parameterGradients[1] {
      Kernels.multiply(between.asRows, transposed: true, by: dy, into: target, on: pass.workers)
    }
    if usesBias, let target = pass.parameterGradients[2] {
      Kernels.sumRows(of: dy, into: target, on: pass.workers)
    }
    Kernels.multiply(
      dy, by: forward.parameters[1], transposed: true, into: slopes.asRows, on: pass.workers)
    if let target = pass.parameterGradients[0] {
      Kernels.convolutionKernelGradient(
        forward.inputs[0], outputGradient: slopes, window, into: target, on: pass.workers)
    }
    if let target = pass.inputGradients[0] {
      Kernels.convolveBack(
        slopes, window, kernel: forward.parameters[0], bias: nil, into: target, on: pass.workers)
    }
  }
}
