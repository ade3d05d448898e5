import Kernels
import Tensors

/// A layer that makes one value of several, element by element.
///
/// Axes of extent 1 are repeated to the extent of the others, as NumPy and Keras do; all inputs have as
/// many axes.
protocol MergingLayer: Layer {
  /// What becomes of two elements.
  static var operation: ElementwiseOperation { get }

  /// Whether the result is divided by the number of inputs.
  static var isMean: Bool { get }
}

extension MergingLayer {
  static var isMean: Bool { false }

  public var memoryUse: LayerMemoryUse {
    switch Self.operation {
    case .sum, .difference: LayerMemoryUse(backwardReads: .nothing)
    case .product, .maximum, .minimum: LayerMemoryUse(backwardReads: .inputs)
    }
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    var extents = inputs[0].shape.dimensions
    for input in inputs {
      guard !input.isIndices else { throw LayerError.expectedNumbers }
      let isFit =
        input.shape.rank == extents.count
        && zip(input.shape.dimensions, extents).allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 }
      guard isFit else {
        throw LayerError.inputShape(
          expected: "\(inputs[0].shape), or with 1 in place of an extent", found: input.shape)
      }
      extents = zip(input.shape.dimensions, extents).map { $0 == 1 ? $1 : $0 }
    }
    return ValueSpec(try Shape(checking: extents))
  }

  /// The places of the scratch: what an input becomes when it is repeated, the gradient before it is
  /// summed, and the chosen elements once more.
  private var expanded: Int { 0 }
  private var whole: Int { 1 }
  private var chosen: Int { 2 }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    guard let output = try? output(for: inputs) else { return [] }
    let isChoice = Self.operation == .maximum || Self.operation == .minimum
    let repeats = inputs.contains { $0.shape != output.shape }
    let room = ScratchSpec(output.shape, isPerExample: true)
    let none = ScratchSpec([0])
    return [repeats ? room : none, repeats ? room : none, isChoice ? room : none]
  }

  public func forward(_ pass: ForwardPass) {
    combine(pass, into: pass.output)
    if Self.isMean {
      Kernels.scale(pass.output, by: 1 / Double(pass.inputs.count), on: pass.workers)
    }
  }

  private func combine(_ pass: ForwardPass, into target: TensorView) {
    target.copy(from: full(0, pass))
    for index in pass.inputs.indices.dropFirst() {
      Kernels.merge(Self.operation, full(index, pass), into: target, on: pass.workers)
    }
  }

  /// An input in the shape of the output.
  private func full(_ index: Int, _ pass: ForwardPass) -> TensorView {
    let input = pass.inputs[index]
    guard input.shape != pass.output.shape else { return input }
    let room = pass.scratch[expanded]
    Kernels.copy(input, into: room, along: Broadcast.walk(input, room), on: pass.workers)
    return room
  }

  public func backward(_ pass: BackwardPass) {
    let forward = pass.forward
    let isChoice = Self.operation == .maximum || Self.operation == .minimum
    if isChoice { combine(forward, into: forward.scratch[chosen]) }
    for (index, target) in pass.inputGradients.enumerated() {
      guard let target else { continue }
      let isRepeated = target.shape != pass.outputGradient.shape
      let gradient = isRepeated ? forward.scratch[whole] : target
      fill(gradient, of: index, pass)
      guard isRepeated else { continue }
      target.clear()
      Kernels.add(
        gradient, to: target, along: Broadcast.walk(target, gradient).reversed, on: pass.workers)
    }
  }

  /// The gradient of an input in the shape of the output.
  private func fill(_ gradient: TensorView, of index: Int, _ pass: BackwardPass) {
    let (forward, workers) = (pass.forward, pass.workers)
    switch Self.operation {
    case .sum, .difference:
      gradient.copy(from: pass.outputGradient)
      let count = Double(forward.inputs.count)
      let factor =
        (Self.isMean ? 1 / count : 1) * (Self.operation == .difference && index > 0 ? -1 : 1)
      if factor != 1 { Kernels.scale(gradient, by: factor, on: workers) }
    case .product:
      gradient.copy(from: pass.outputGradient)
      for other in forward.inputs.indices where other != index {
        Kernels.merge(.product, full(other, forward), into: gradient, on: workers)
      }
    case .maximum, .minimum:
      // Of equal inputs the first was chosen.
      let result = forward.scratch[chosen]
      Kernels.chosenGradient(
        full(index, forward), chosen: result, outputGradient: pass.outputGradient, into: gradient,
        on: workers)
      for other in 0..<index {
        Kernels.clearChosen(full(other, forward), chosen: result, in: gradient, on: workers)
      }
    }
  }
}

/// Axes of extent 1 beside longer ones.
enum Broadcast {
  /// A walk from a small tensor to a large one, both with the batch as first axis.
  static func walk(_ small: TensorView, _ large: TensorView) -> StridedWalk {
    var walk = StridedWalk()
    for axis in 0..<large.shape.rank {
      let isRepeated = small.shape[axis] == 1 && large.shape[axis] > 1
      walk.append(
        large.shape[axis], sourceStride: isRepeated ? 0 : small.shape.stride(axis),
        targetStride: large.shape.stride(axis))
    }
    return walk
  }
}
