import Kernels
import Tensors

/// A range of places along one axis.
///
/// - Input: any shape with the axis. Output: the same with the extent
///   ⌈(stop − start) / step⌉ along it.
public struct Slice: Layer {
  public static let kind = "slice"
  public static var defaults: Slice { Slice() }

  /// The axis of an example, counted from 0 without the batch axis; −1 is the innermost.
  public var axis: Int

  /// The first place; negative counts from the end.
  public var start: Int

  /// The place behind the last; negative counts from the end, nil is the end.
  public var stop: Int?

  /// The distance of places, 1 or more.
  public var step: Int

  /// A layer that takes a range of places.
  public init(axis: Int = -1, start: Int = 0, stop: Int? = nil, step: Int = 1) {
    self.axis = axis
    self.start = start
    self.stop = stop
    self.step = step
  }

  private enum CodingKeys: String, CodingKey {
    case axis, start, stop, step
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(axis, forKey: .axis)
    try container.encode(start, forKey: .start)
    try container.encode(stop, forKey: .stop)
    try container.encode(step, forKey: .step)
  }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    let shape = inputs[0].shape
    guard axis >= -shape.rank, axis < shape.rank else {
      throw LayerError.option(name: "axis", expected: "an axis of \(shape)", found: "\(axis)")
    }
    guard step > 0 else {
      throw LayerError.option(name: "step", expected: "1 or more", found: "\(step)")
    }
    let extent = shape[index(of: axis, rank: shape.rank)]
    let places = places(extent)
    guard !places.isEmpty else {
      throw LayerError.option(
        name: "start", expected: "a range with a place in it, of \(extent)",
        found: "\(start) to \(stop.map { "\($0)" } ?? "the end")")
    }
    return ValueSpec(
      shape.replacing(axis: index(of: axis, rank: shape.rank), with: count(places)),
      isIndices: inputs[0].isIndices)
  }

  public func forward(_ pass: ForwardPass) {
    let (walk, offset) = walk(pass.inputs[0])
    Kernels.copy(pass.inputs[0], from: offset, into: pass.output, along: walk, on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradients[0] else { return }
    inputGradient.clear()
    let (walk, offset) = walk(inputGradient)
    Kernels.copy(
      pass.outputGradient, into: inputGradient, at: offset, along: walk.reversed, on: pass.workers)
  }

  /// Rows outside the axis, the places along it, and what lies inside.
  private func walk(_ input: TensorView) -> (walk: StridedWalk, offset: Int) {
    let axis = index(of: self.axis, rank: input.shape.rank - 1) + 1
    let extent = input.shape[axis]
    let inner = input.shape.stride(axis)
    let places = places(extent)
    let outer = input.count / max(extent * inner, 1)
    var walk = StridedWalk()
    walk.append(outer, sourceStride: extent * inner, targetStride: count(places) * inner)
    walk.append(count(places), sourceStride: step * inner, targetStride: inner)
    walk.append(inner, sourceStride: 1, targetStride: 1)
    return (walk, places.lowerBound * inner)
  }

  private func index(of axis: Int, rank: Int) -> Int { axis < 0 ? axis + rank : axis }

  /// The range of an axis, cut to what it has, as Python slices do.
  private func places(_ extent: Int) -> Range<Int> {
    func place(_ value: Int) -> Int {
      min(max(value < 0 ? value.addingReportingOverflow(extent).partialValue : value, 0), extent)
    }
    let first = place(start)
    return first..<max(first, stop.map(place) ?? extent)
  }

  private func count(_ places: Range<Int>) -> Int { 1 + (places.count - 1) / step }
}
