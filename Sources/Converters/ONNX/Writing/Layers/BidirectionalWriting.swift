import Layers

extension Bidirectional: ONNXWritable {
  /// RNN, GRU or LSTM in both directions; two Scans where the layer is masked.
  func write(to writer: ONNXLayerWriter) throws -> ONNXValue {
    guard var recurrence = (layer as? any ONNXRecurrent)?.recurrence else {
      throw writer.error("'\(layer.kind)' cannot be written in both directions")
    }
    let prefixes = ["forward_", "backward_"]
    guard recurrence.isMasked else {
      return ONNXValue(
        last: recurrence.operators(writer, prefixes: prefixes, direction: "bidirectional") {
          value, axis in
          // The directions behind the steps, or behind the batch.
          let turned = writer.transpose(value, axis == 1 ? [2, 0, 1, 3] : [1, 0, 2])
          return merged(turned, axis: axis + 1, writer)
        })
    }
    let forward = ONNXMaskedRecurrence(recurrence, writer, prefix: prefixes[0]).output()
    recurrence.goesBackwards = true
    let backward = ONNXMaskedRecurrence(recurrence, writer, prefix: prefixes[1])
      .output(alignsSteps: true)
    let both = [forward, backward].map { value in
      guard recurrence.returnsSequence else { return value }
      // Steps that are left out give 0.
      return writer.add(
        "Where", [ONNXMaskedRecurrence.mask(writer), value, writer.graph.number(0)])
    }
    return ONNXValue(last: merged(both, writer))
  }

  /// The two directions along an axis of extent 2 as one.
  private func merged(_ value: String, axis: Int, _ writer: ONNXLayerWriter) -> String {
    switch merge {
    case .concatenate: writer.reshape(value, axis == 2 ? [0, 0, -1] : [0, -1])
    case .sum:
      writer.add(
        "ReduceSum", [value, writer.graph.integers([axis])], .integer("keepdims", 0))
    case .average:
      writer.add("ReduceMean", [value], .integers("axes", [axis]), .integer("keepdims", 0))
    case .multiply: writer.squeeze(writer.add("Mul", halves(of: value, axis, writer)), axis: axis)
    }
  }

  private func halves(of value: String, _ axis: Int, _ writer: ONNXLayerWriter) -> [String] {
    writer.graph.add(
      "Split", [value], [.integer("axis", axis)], outputs: [true, true],
      named: "\(writer.node.name)/Split")
  }

  /// Two values as one.
  private func merged(_ values: [String], _ writer: ONNXLayerWriter) -> String {
    switch merge {
    case .concatenate: writer.add("Concat", values, .integer("axis", -1))
    case .sum: writer.add("Add", values)
    case .average: writer.add("Mean", values)
    case .multiply: writer.add("Mul", values)
    }
  }
}
