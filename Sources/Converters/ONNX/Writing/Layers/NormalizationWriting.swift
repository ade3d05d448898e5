import Layers

extension BatchNormalization: ONNXWritable {
  /// BatchNormalization with the running statistics; its channels are the second axis.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let channels = writer.outputChannels
    let result = writer.add(
      "BatchNormalization",
      [
        writer.inputChannelsFirst(), writer.factor("scale", count: channels),
        writer.offset("shift", count: channels), writer.parameter("running_mean"),
        writer.parameter("running_variance"),
      ], .number("epsilon", epsilon), .number("momentum", momentum))
    return writer.inputExtents[0].count > 1
      ? ONNXValue(first: result) : ONNXValue(last: result)
  }
}

extension LayerNormalization: ONNXWritable {
  /// LayerNormalization over the last axis.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let scale = writer.factor("scale", count: writer.outputChannels)
    let shift = usesShift ? [writer.parameter("shift")] : []
    return ONNXValue(
      last: writer.add(
        "LayerNormalization", [writer.input(), scale] + shift, .integer("axis", -1),
        .number("epsilon", epsilon)))
  }
}

extension GroupNormalization: ONNXWritable {
  /// InstanceNormalization of groups that stand as channels, then Mul and Add, as PyTorch writes it.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let rank = writer.inputExtents[0].count
    let x = writer.inputChannelsFirst()
    let ones = writer.graph.repeated(1, count: groups)
    let zeros = writer.graph.repeated(0, count: groups)
    let normal = writer.add(
      "InstanceNormalization", [writer.reshape(x, [0, groups, -1]), ones, zeros],
      .number("epsilon", epsilon))
    var result = writer.add("Reshape", [normal, writer.add("Shape", [x])])
    if usesScale {
      result = writer.add("Mul", [result, writer.channelsFirst("scale", rank: rank)])
    }
    if usesShift {
      result = writer.add("Add", [result, writer.channelsFirst("shift", rank: rank)])
    }
    return rank > 1 ? ONNXValue(first: result) : ONNXValue(last: result)
  }
}

extension RMSNormalization: ONNXWritable {
  /// x / √(mean of x² + ε), and Mul.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let x = writer.input()
    let mean = writer.add(
      "ReduceMean", [writer.add("Mul", [x, x])], .integers("axes", [-1]), .integer("keepdims", 1))
    let root = writer.add("Sqrt", [writer.add("Add", [mean, writer.graph.number(epsilon)])])
    let result = writer.add("Div", [x, root])
    return ONNXValue(
      last: usesScale ? writer.add("Mul", [result, writer.parameter("scale")]) : result)
  }
}

extension Normalization: ONNXWritable {
  /// Mul by one over the deviation, and Add of minus the mean over it.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    func factor(_ variance: Float) -> Double { 1 / max(Double(variance).squareRoot(), epsilon) }
    let factors = writer.derived(["variance"], as: "factor \(epsilon)") { tensors in
      ArrangedNumbers(tensors[0].values.map { Float(factor($0)) }, shape: tensors[0].shape)
    }
    let offsets = writer.derived(["mean", "variance"], as: "offset \(epsilon)") { tensors in
      ArrangedNumbers(
        zip(tensors[0].values, tensors[1].values).map { Float(-Double($0) * factor($1)) },
        shape: tensors[0].shape)
    }
    return ONNXValue(
      last: writer.add("Add", [writer.add("Mul", [writer.input(), factors]), offsets]))
  }
}

extension ONNXLayerWriter {
  /// A parameter that multiplies every channel; ones where the layer has none.
  func factor(_ name: String, count: Int) -> String {
    has(name) ? parameter(name) : graph.repeated(1, count: count)
  }

  /// A parameter that is added to every channel; zeros where the layer has none.
  func offset(_ name: String, count: Int) -> String {
    has(name) ? parameter(name) : graph.repeated(0, count: count)
  }
}
