import Tensors

/// In what order the last axis of a value stands in PyTorch, where channels come before rows and columns.
///
/// Behind a flatten layer our features are rows, columns and channels, those of PyTorch channels, rows and
/// columns: weights that follow have their rows in another order.
struct FeatureOrder: Hashable, Sendable {
  /// Features that follow each other.
  struct Segment: Hashable, Sendable {
    var count: Int
    /// What was flattened, `[height, width, channels]`; nil where both orders are one.
    var flattened: Shape?
  }

  /// All features, from the first on.
  var segments: [Segment]

  /// So many features in one order.
  init(_ count: Int) { segments = [Segment(count: count)] }

  /// Features of what was flattened.
  init(flattening shape: Shape) {
    let isSame = shape.last == 1 || shape.count == shape.last
    segments = [Segment(count: shape.count, flattened: isSame ? nil : shape)]
  }

  /// Features of several values, one behind the other.
  init(joining orders: [FeatureOrder]) { segments = orders.flatMap(\.segments) }

  /// Whether both orders are one.
  var isPlain: Bool { segments.allSatisfy { $0.flattened == nil } }

  /// The parts of a parameter along its axis of features.
  ///
  /// - Parameter fileStride: how many elements apart neighbouring features are in the file, and
  ///   `ownStride` in the parameter.
  func parts(of parameter: String, fileStride: Int, ownStride: Int) -> [WeightPart] {
    if isPlain {
      let count = segments.reduce(0) { $0 + $1.count }
      return [
        WeightPart(parameter, axes: [.init(count, file: fileStride, own: ownStride)])
      ]
    }
    var start = 0
    return segments.map { segment in
      defer { start += segment.count }
      return WeightPart(
        parameter, fileOffset: start * fileStride, ownOffset: start * ownStride,
        axes: FeatureOrder.axes(of: segment, fileStride, ownStride))
    }
  }

  private static func axes(
    of segment: Segment, _ fileStride: Int, _ ownStride: Int
  ) -> [WeightPart.Axis] {
    guard let shape = segment.flattened else {
      return [.init(segment.count, file: fileStride, own: ownStride)]
    }
    let places = shape.count / shape.last
    var axes = [WeightPart.Axis(shape.last, file: places * fileStride, own: ownStride)]
    var inner = places
    for axis in 0..<shape.rank - 1 {
      inner /= shape[axis]
      axes.append(.init(shape[axis], file: inner * fileStride, own: inner * shape.last * ownStride))
    }
    return axes
  }
}
