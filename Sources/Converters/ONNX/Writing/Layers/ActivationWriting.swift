import Layers

extension Activation: ONNXWritable {
  /// The operator of the function, or its formula where opset 17 has none.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    if function == .softmax {
      return ONNXValue(last: writer.add("Softmax", [writer.input()], .integer("axis", -1)))
    }
    if function == .identity { return writer.passedThrough }
    return writer.elementwise { x in operators(on: x, writer) }
  }

  private func operators(on x: String, _ writer: ONNXLayerWriter) -> String {
    let graph = writer.graph
    switch function {
    case .identity, .softmax: return x
    case .sigmoid: return writer.add("Sigmoid", [x])
    case .tanh: return writer.add("Tanh", [x])
    case .relu: return writer.add("Relu", [x])
    case .leakyReLU: return writer.add("LeakyRelu", [x], .number("alpha", slope))
    case .elu: return writer.add("Elu", [x], .number("alpha", slope))
    case .selu: return writer.add("Selu", [x])
    case .softplus: return writer.add("Softplus", [x])
    case .softsign: return writer.add("Softsign", [x])
    case .exponential: return writer.add("Exp", [x])
    case .hardSwish: return writer.add("HardSwish", [x])
    case .hardSigmoid:
      return writer.add("HardSigmoid", [x], .number("alpha", slope), .number("beta", 0.5))
    case .relu6: return writer.add("Clip", [x, graph.number(0), graph.number(6)])
    case .silu: return writer.add("Mul", [x, writer.add("Sigmoid", [x])])
    case .mish:
      return writer.add("Mul", [x, writer.add("Tanh", [writer.add("Softplus", [x])])])
    case .gelu:
      // x · (1 + erf(x / √2)) / 2.
      let error = writer.add("Erf", [writer.add("Div", [x, graph.number(2.0.squareRoot())])])
      let share = writer.add("Add", [error, graph.number(1)])
      return writer.add("Mul", [writer.add("Mul", [x, share]), graph.number(0.5)])
    case .geluTanh:
      // x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))) / 2.
      let cube = writer.add("Mul", [writer.add("Mul", [x, x]), x])
      let sum = writer.add("Add", [x, writer.add("Mul", [cube, graph.number(0.044715)])])
      let scaled = writer.add("Mul", [sum, graph.number((2 / Double.pi).squareRoot())])
      let share = writer.add("Add", [writer.add("Tanh", [scaled]), graph.number(1)])
      return writer.add("Mul", [writer.add("Mul", [x, share]), graph.number(0.5)])
    }
  }
}

extension Rescaling: ONNXWritable {
  /// Mul and Add.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    writer.elementwise { x in
      let scaled = writer.add("Mul", [x, writer.graph.number(scale)])
      return offset == 0 ? scaled : writer.add("Add", [scaled, writer.graph.number(offset)])
    }
  }
}

extension Dropout: ONNXWritable {
  /// Nothing: it drops in training only.
  func write(to writer: ONNXLayerWriter) -> ONNXValue { writer.passedThrough }
}

extension SpatialDropout: ONNXWritable {
  /// Nothing: it drops in training only.
  func write(to writer: ONNXLayerWriter) -> ONNXValue { writer.passedThrough }
}

extension GaussianNoise: ONNXWritable {
  /// Nothing: it adds noise in training only.
  func write(to writer: ONNXLayerWriter) -> ONNXValue { writer.passedThrough }
}
