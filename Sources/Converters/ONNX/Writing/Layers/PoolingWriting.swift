import Formats
import Layers

/// A layer that makes one number of each window.
protocol ONNXPooling: ONNXWritable {
  var size: [Int] { get }
  var stride: [Int]? { get }
  var padding: Padding { get }
  static var onnxOperator: String { get }
  /// Whether cells of the padding count as zeros; nil where they never do.
  var countsCells: Bool? { get }
}

extension ONNXPooling {
  /// MaxPool or AveragePool.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let window = ONNXWindow(
      size: size, stride: stride ?? size, dilation: size.map { _ in 1 }, padding: padding)
    let own = countsCells.map { [ONNXNodeAttribute.integer("count_include_pad", $0 ? 1 : 0)] } ?? []
    func pool(_ padded: (value: String, pads: ONNXNodeAttribute)) -> String {
      writer.add(
        Self.onnxOperator, [padded.value],
        [.integers("kernel_shape", size), .integers("strides", window.stride), padded.pads] + own)
    }
    guard let countsCells else {
      return ONNXValue(first: pool(window.padded(writer, filling: -.greatestFiniteMagnitude)))
    }
    let mean = pool(window.padded(writer))
    guard !countsCells, window.isPaddedBefore(writer) else { return ONNXValue(first: mean) }
    // Zeros were put around that do not count: divided by the share of cells that do.
    let one = writer.graph.number(1)
    let ones = writer.add("Expand", [one, writer.add("Shape", [writer.inputChannelsFirst()])])
    return ONNXValue(
      first: writer.add("Div", [mean, pool(window.padded(writer, value: ones))]))
  }
}

extension MaxPooling1D: ONNXPooling {
  static var onnxOperator: String { "MaxPool" }
  var countsCells: Bool? { nil }
}

extension MaxPooling2D: ONNXPooling {
  static var onnxOperator: String { "MaxPool" }
  var countsCells: Bool? { nil }
}

extension AveragePooling1D: ONNXPooling {
  static var onnxOperator: String { "AveragePool" }
  var countsCells: Bool? { countsPadding }
}

extension AveragePooling2D: ONNXPooling {
  static var onnxOperator: String { "AveragePool" }
  var countsCells: Bool? { countsPadding }
}

extension GlobalMaxPooling: ONNXWritable {
  /// ReduceMax over all positions.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    ONNXValue(last: writer.reducePositions("ReduceMax"))
  }
}

extension GlobalAveragePooling: ONNXWritable {
  /// ReduceMean over all positions.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    ONNXValue(last: writer.reducePositions("ReduceMean"))
  }
}

extension ONNXLayerWriter {
  /// One number of all positions of a channel, in whichever order the axes stand.
  fileprivate func reducePositions(_ operation: String) -> String {
    let rank = inputExtents[0].count
    let isFirst = isChannelsFirst()
    return add(
      operation, [isFirst ? inputChannelsFirst() : input()],
      .integers("axes", Array(isFirst ? 2..<rank + 1 : 1..<rank)), .integer("keepdims", 0))
  }
}
