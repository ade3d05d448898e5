import Layers

/// A layer that makes one value of several, element by element.
protocol ONNXMerging: ONNXWritable {
  /// The operator, which repeats axes of extent 1 as the layer does.
  static var onnxOperator: String { get }
  /// Whether it takes any number of inputs; else it is put between each two.
  static var isVariadic: Bool { get }
}

extension ONNXMerging {
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let places = writer.node.inputs.indices
    let isFirst = places.allSatisfy { writer.isChannelsFirst($0) }
    let inputs = places.map { isFirst ? writer.inputChannelsFirst($0) : writer.input($0) }
    var result: String
    if Self.isVariadic {
      result = writer.add(Self.onnxOperator, inputs)
    } else {
      result = inputs[0]
      for input in inputs.dropFirst() { result = writer.add(Self.onnxOperator, [result, input]) }
    }
    return isFirst ? ONNXValue(first: result) : ONNXValue(last: result)
  }
}

extension Add: ONNXMerging {
  static var onnxOperator: String { "Add" }
  static var isVariadic: Bool { false }
}

extension Subtract: ONNXMerging {
  static var onnxOperator: String { "Sub" }
  static var isVariadic: Bool { false }
}

extension Multiply: ONNXMerging {
  static var onnxOperator: String { "Mul" }
  static var isVariadic: Bool { false }
}

extension Average: ONNXMerging {
  static var onnxOperator: String { "Mean" }
  static var isVariadic: Bool { true }
}

extension Maximum: ONNXMerging {
  static var onnxOperator: String { "Max" }
  static var isVariadic: Bool { true }
}

extension Minimum: ONNXMerging {
  static var onnxOperator: String { "Min" }
  static var isVariadic: Bool { true }
}

extension Concatenate: ONNXWritable {
  /// Concat along the axis, wherever that is.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let rank = writer.outputExtents.count
    let place = axis < 0 ? axis + rank : axis
    let places = writer.node.inputs.indices
    if places.allSatisfy({ writer.isChannelsFirst($0) }) {
      return ONNXValue(
        first: writer.add(
          "Concat", places.map { writer.inputChannelsFirst($0) },
          .integer("axis", place == rank - 1 ? 1 : place + 2)))
    }
    return ONNXValue(
      last: writer.add(
        "Concat", places.map { writer.input($0) }, .integer("axis", place + 1)))
  }
}
