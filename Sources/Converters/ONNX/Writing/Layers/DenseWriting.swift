import Layers
import Tensors

extension Dense: ONNXWritable {
  /// Gemm where an example is a vector, else MatMul and Add.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let bias = usesBias ? [writer.parameter("bias")] : []
    let inputs = [writer.input(), writer.parameter("kernel")]
    if writer.inputExtents[0].count == 1 {
      return ONNXValue(last: writer.add("Gemm", inputs + bias))
    }
    let product = writer.add("MatMul", inputs)
    return ONNXValue(last: bias.isEmpty ? product : writer.add("Add", [product] + bias))
  }
}

extension Embedding: ONNXWritable {
  /// Gather along the rows of the table.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    var indices = writer.input()
    let rank = writer.inputExtents[0].count
    // A trailing axis of extent 1 is replaced by the vector.
    if writer.inputExtents[0].last == 1 { indices = writer.squeeze(indices, axis: rank) }
    return ONNXValue(
      last: writer.add("Gather", [writer.parameter("kernel"), indices], .integer("axis", 0)))
  }
}

extension PReLU: ONNXWritable {
  /// PRelu, with a slope that is repeated over the positions.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let rank = writer.inputExtents[0].count
    guard sharesPositions, writer.isChannelsFirst(), rank > 1 else {
      return ONNXValue(last: writer.add("PRelu", [writer.input(), writer.parameter("slope")]))
    }
    let slope = writer.channelsFirst("slope", rank: rank)
    return ONNXValue(first: writer.add("PRelu", [writer.inputChannelsFirst(), slope]))
  }
}

extension ONNXLayerWriter {
  /// A parameter of one number for each channel, `[channels]`, as it is repeated over the positions of
  /// an example of so many axes whose channels are the first: `[channels, 1, …]`.
  func channelsFirst(_ name: String, rank: Int) -> String {
    guard rank > 1 else { return parameter(name) }
    return parameter(
      name, axes: [0], shape: [outputChannels] + Array(repeating: 1, count: rank - 1))
  }

  /// The extent of the last axis of the output, which no layer with parameters leaves open.
  var outputChannels: Int { (outputExtents.last ?? nil) ?? 1 }
}
