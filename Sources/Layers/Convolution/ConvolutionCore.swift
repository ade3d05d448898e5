import Kernels
import Tensors

/// What all convolutions share, over one axis or two.
struct ConvolutionCore {
  /// Which of the convolutions it is.
  enum Variant: Hashable {
    case plain
    /// Every input channel by so many kernels of its own.
    case depthwise(multiplier: Int)
    /// The way back, with so many cells more behind each axis.
    case transposed(outputPadding: [Int])
  }

  /// 1 for sequences, 2 for planes.
  var axes: Int
  var variant: Variant
  /// The number of output channels; of a depthwise one it follows from the input.
  var filters: Int
  var window: WindowOptions
  var groups: Int
  var usesBias: Bool
  var kernelInitializer: Initializer
  var biasInitializer: Initializer

  var isTransposed: Bool {
    if case .transposed = variant { true } else { false }
  }
}

// MARK: - Shapes

extension ConvolutionCore {
  /// The window for an input, and what comes out.
  func shapes(for input: ValueSpec) throws -> (window: Window, output: Shape) {
    try window.check(axes: axes)
    guard !input.isIndices else { throw LayerError.expectedNumbers }
    let shape = input.shape
    let names = axes == 1 ? "[time, channels]" : "[height, width, channels]"
    guard shape.rank == axes + 1, shape.count > 0 else {
      throw LayerError.inputShape(expected: names, found: shape)
    }
    let channels = shape.last
    let (outputs, groups) = try self.channels(for: channels)
    var way: [WindowAxis] = []
    for axis in 0..<axes {
      guard let one = try self.axis(axis, input: shape[axis]) else {
        throw LayerError.inputShape(
          expected: "\(names) as large as a window of \((0..<axes).map { window.extent($0) })",
          found: shape)
      }
      way.append(one)
    }
    let isBack = isTransposed
    let extents = way.map { isBack ? $0.input : $0.output }
    let output = try Shape(checking: extents + [outputs])
    // The kernel.
    let taps = try Shape(checking: window.size).count
    _ = try Shape(checking: [
      taps, (isBack ? outputs : channels) / groups, isBack ? channels : outputs,
    ])
    return (
      Window(
        height: axes == 1 ? .one : way[0], width: way[axes - 1],
        input: isBack ? outputs : channels, output: isBack ? channels : outputs, groups: groups),
      output
    )
  }

  private func axis(_ axis: Int, input: Int) throws -> WindowAxis? {
    guard case .transposed(let outputPadding) = variant else {
      return window.axis(axis, input: input)
    }
    guard outputPadding.count == axes,
      zip(outputPadding, zip(window.stride, window.dilation)).allSatisfy({
        $0 >= 0 && $0 < max($1.0, $1.1)
      })
    else {
      throw LayerError.option(
        name: "output_padding", expected: "\(axes) number(s), 0 up to below the stride",
        found: "\(outputPadding)")
    }
    return window.transposedAxis(axis, input: input, outputPadding: outputPadding[axis])
  }

  /// The output channels, and the groups.
  private func channels(for channels: Int) throws -> (outputs: Int, groups: Int) {
    if case .depthwise(let multiplier) = variant {
      guard multiplier > 0 else {
        throw LayerError.option(
          name: "multiplier", expected: "1 or more", found: "\(multiplier)")
      }
      return (try Shape(checking: [channels, multiplier]).count, channels)
    }
    guard filters > 0 else {
      throw LayerError.option(name: "filters", expected: "1 or more", found: "\(filters)")
    }
    guard groups > 0, channels % groups == 0, filters % groups == 0 else {
      throw LayerError.option(
        name: "groups",
        expected: "a number that divides \(channels) channels and \(filters) filters",
        found: "\(groups)")
    }
    return (filters, groups)
  }

  func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    guard let shapes = try? shapes(for: inputs[0]) else { return [] }
    let window = shapes.window
    let taps = window.height.taps * window.width.taps
    var shape = self.window.size
    let axisNames = axes == 1 ? "time" : "height,width"
    let axes: String
    switch variant {
    case .plain:
      shape += [window.input / groups, window.output]
      axes = "\(axisNames),in,out"
    case .depthwise(let multiplier):
      shape += [window.input, multiplier]
      axes = "\(axisNames),in,multiplier"
    case .transposed:
      shape += [window.input / groups, window.output]
      axes = "\(axisNames),out,in"
    }
    let fanIn = isTransposed ? window.output : window.input
    let fanOut = isTransposed ? window.input : window.output
    let kernel = ParameterSpec(
      name: "kernel", shape: Shape(shape), axes: axes, role: .kernel,
      initializer: kernelInitializer,
      fan: Fan(
        input: taps * fanIn / window.groups, output: taps * fanOut / window.groups))
    guard usesBias else { return [kernel] }
    let bias = ParameterSpec(
      name: "bias", shape: [shapes.output.last], axes: "out", role: .bias,
      initializer: biasInitializer, fan: kernel.fan)
    return [kernel, bias]
  }
}

// MARK: - Running

/// A layer of windows with kernels.
protocol ConvolutionLayer: Layer {
  /// What it does, in the terms that all of them share.
  var core: ConvolutionCore { get }
}

extension ConvolutionLayer {
  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .inputs) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    ValueSpec(try core.shapes(for: inputs[0]).output)
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    core.parameters(for: inputs)
  }

  public func prepared(for inputs: [ValueSpec]) -> (any Sendable)? {
    let core = core
    return (try? core.shapes(for: inputs[0])).map {
      PreparedConvolution(window: $0.window, isTransposed: core.isTransposed)
    }
  }

  public func forward(_ pass: ForwardPass) {
    guard let core = pass.prepared as? PreparedConvolution else { return }
    let window = core.window
    let bias = pass.parameters.count > 1 ? pass.parameters[1] : nil
    if core.isTransposed {
      Kernels.convolveBack(
        pass.inputs[0], window, kernel: pass.parameters[0], bias: bias, into: pass.output,
        on: pass.workers)
    } else {
      Kernels.convolve(
        pass.inputs[0], window, kernel: pass.parameters[0], bias: bias, into: pass.output,
        on: pass.workers)
    }
  }

  public func backward(_ pass: BackwardPass) {
    let x = pass.forward.inputs[0]
    guard let core = pass.forward.prepared as? PreparedConvolution else { return }
    let window = core.window
    let (dy, kernel) = (pass.outputGradient, pass.forward.parameters[0])
    let isBack = core.isTransposed
    if let target = pass.parameterGradients[0] {
      Kernels.convolutionKernelGradient(
        isBack ? dy : x, outputGradient: isBack ? x : dy, window, into: target, on: pass.workers)
    }
    if pass.parameterGradients.count > 1, let target = pass.parameterGradients[1] {
      Kernels.sumRows(of: dy.asRows, into: target, on: pass.workers)
    }
    guard let target = pass.inputGradients[0] else { return }
    if isBack {
      Kernels.convolve(dy, window, kernel: kernel, bias: nil, into: target, on: pass.workers)
    } else {
      Kernels.convolveBack(dy, window, kernel: kernel, bias: nil, into: target, on: pass.workers)
    }
  }
}

/// A convolution whose shapes are known.
struct PreparedConvolution: Sendable {
  let window: Window
  let isTransposed: Bool
}
