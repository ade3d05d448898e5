import Kernels
import Tensors

/// What all layers share that make one number of each window.
struct PoolingCore {
  enum Function: Hashable, Sendable {
    case maximum
    case average(countsPadding: Bool)
  }

  /// 1 for sequences, 2 for planes.
  var axes: Int
  var function: Function
  var window: WindowOptions

  /// The window for an input, and what comes out.
  func shapes(for input: ValueSpec) throws -> (window: Window, output: Shape) {
    try window.check(axes: axes, sizeName: "size")
    guard !input.isIndices else { throw LayerError.expectedNumbers }
    let shape = input.shape
    let names = axes == 1 ? "[time, channels]" : "[height, width, channels]"
    guard shape.rank == axes + 1, shape.count > 0 else {
      throw LayerError.inputShape(expected: names, found: shape)
    }
    // A window that stands on padding alone would have nothing to choose from.
    if case .explicit(let cells) = window.padding {
      for (pair, size) in zip(cells, window.size) where pair[0] >= size || pair[1] >= size {
        throw LayerError.option(
          name: "padding", expected: "less than the size, \(size)", found: "\(pair)")
      }
    }
    if window.padding == .causal {
      throw LayerError.option(name: "padding", expected: "valid, same or numbers", found: "causal")
    }
    var way: [WindowAxis] = []
    for axis in 0..<axes {
      guard let one = window.axis(axis, input: shape[axis]) else {
        throw LayerError.inputShape(
          expected: "\(names) as large as a window of \(window.size)", found: shape)
      }
      way.append(one)
    }
    return (
      Window(
        height: axes == 1 ? .one : way[0], width: way[axes - 1], input: shape.last,
        output: shape.last),
      try Shape(checking: way.map { $0.output } + [shape.last])
    )
  }
}

/// A layer that makes one number of each window.
protocol PoolingLayer: Layer {
  /// What it does, in the terms that all of them share.
  var core: PoolingCore { get }
}

extension PoolingLayer {
  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    ValueSpec(try core.shapes(for: inputs[0]).output)
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    guard core.function == .maximum, let output = try? core.shapes(for: inputs[0]).output else {
      return []
    }
    // Where in its window each maximum was.
    return [ScratchSpec(output, isPerExample: true)]
  }

  public func prepared(for inputs: [ValueSpec]) -> (any Sendable)? {
    let core = core
    return (try? core.shapes(for: inputs[0])).map {
      PreparedPooling(window: $0.window, function: core.function)
    }
  }

  public func forward(_ pass: ForwardPass) {
    let x = pass.inputs[0]
    guard let core = pass.prepared as? PreparedPooling else { return }
    let window = core.window
    switch core.function {
    case .maximum:
      Kernels.maxPool(
        x, window, into: pass.output, taps: pass.mode == .training ? pass.scratch[0] : nil,
        on: pass.workers)
    case .average(let countsPadding):
      Kernels.averagePool(
        x, window, countsPadding: countsPadding, into: pass.output, on: pass.workers)
    }
  }

  public func backward(_ pass: BackwardPass) {
    guard let target = pass.inputGradients[0],
      let core = pass.forward.prepared as? PreparedPooling
    else { return }
    let window = core.window
    switch core.function {
    case .maximum:
      Kernels.maxPoolGradient(
        pass.outputGradient, window, taps: pass.forward.scratch[0], into: target,
        on: pass.workers)
    case .average(let countsPadding):
      Kernels.averagePoolGradient(
        pass.outputGradient, window, countsPadding: countsPadding, into: target,
        on: pass.workers)
    }
  }
}

/// A pooling whose shapes are known.
struct PreparedPooling: Sendable {
  let window: Window
  let function: PoolingCore.Function
}
