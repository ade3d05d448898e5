import Layers

extension Flatten: ONNXWritable {
  /// Flatten behind the batch.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    // A scalar of each example becomes a vector of one.
    if writer.inputExtents[0].isEmpty {
      return ONNXValue(last: writer.unsqueeze(writer.input(), axes: 1))
    }
    if writer.inputExtents[0].count == 1 { return writer.passedThrough }
    return ONNXValue(last: writer.add("Flatten", [writer.input()], .integer("axis", 1)))
  }
}

extension Reshape: ONNXWritable {
  /// Reshape with the batch kept.
  func write(to writer: ONNXLayerWriter) throws -> ONNXValue {
    guard !shape.contains(0) else {
      throw writer.error("shape: an extent of 0 means another thing in ONNX; found \(shape)")
    }
    return ONNXValue(last: writer.reshape(writer.input(), [0] + shape))
  }
}

extension Permute: ONNXWritable {
  /// Transpose with the batch kept.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    ONNXValue(last: writer.transpose(writer.input(), [0] + axes.map { $0 + 1 }))
  }
}

extension Repeat: ONNXWritable {
  /// Unsqueeze and Expand.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let ones = Array(repeating: 1, count: writer.inputExtents[0].count)
    let one = writer.unsqueeze(writer.input(), axes: 1)
    return ONNXValue(
      last: writer.add("Expand", [one, writer.graph.integers([1, count] + ones)]))
  }
}

extension Slice: ONNXWritable {
  /// Slice along the axis; places count as in Python in both.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let rank = writer.inputExtents[0].count
    return ONNXValue(
      last: writer.slice(
        writer.input(), from: [start], to: [stop ?? Int.max],
        axes: [(axis < 0 ? axis + rank : axis) + 1], steps: [step]))
  }
}

extension ONNXLayerWriter {
  /// Ranges of places along some axes, that of the batch being 0.
  func slice(
    _ value: String, from starts: [Int], to ends: [Int], axes: [Int], steps: [Int]? = nil
  ) -> String {
    let steps = steps ?? axes.map { _ in 1 }
    return add(
      "Slice",
      [
        value, graph.integers(starts), graph.integers(ends), graph.integers(axes),
        graph.integers(steps),
      ])
  }
}
