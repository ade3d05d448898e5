import Formats

/// What exporters write as several operators because an older opset has no other word for it: layer and
/// root mean square normalisation, and GELU.
///
/// The last of the operators is replaced by one that says what is meant; the others are left out where
/// nothing else uses them.
struct GraphPatterns {
  private let nodes: [ONNXGraphNode]
  private var makers: [String: Int] = [:]
  private let initializers: [String: ONNXTensorData]
  private let file: String

  private init(_ graph: ONNXGraph, file: String) {
    nodes = graph.node
    self.file = file
    for (index, node) in graph.node.enumerated() {
      for name in node.output where !name.isEmpty { makers[name] = index }
    }
    var initializers: [String: ONNXTensorData] = [:]
    for tensor in graph.initializer { initializers[tensor.name] = tensor }
    self.initializers = initializers
  }

  /// A graph with the patterns replaced.
  static func replaced(_ graph: ONNXGraph, file: String) -> ONNXGraph {
    let patterns = GraphPatterns(graph, file: file)
    var result = graph
    for (index, node) in graph.node.enumerated() {
      if let other = patterns.normalization(node) ?? patterns.gelu(node) {
        result.node[index] = other
      }
    }
    return result
  }
}

// MARK: - Normalisations

extension GraphPatterns {
  /// (x − mean) / √(variance + ε), or x / √(mean of x² + ε).
  private func normalization(_ node: ONNXGraphNode) -> ONNXGraphNode? {
    guard node.input.count == 2 else { return nil }
    switch node.opType {
    case "Div":
      guard let root = maker(node.input[1], "Sqrt") else { return nil }
      return normalization(node, numerator: node.input[0], root)
    case "Mul":
      for (numerator, other) in [(0, 1), (1, 0)] {
        guard let inverse = maker(node.input[other], "Reciprocal"),
          let root = inverse.input.first.flatMap({ maker($0, "Sqrt") })
        else { continue }
        return normalization(node, numerator: node.input[numerator], root)
      }
      return nil
    default: return nil
    }
  }

  private func normalization(
    _ node: ONNXGraphNode, numerator: String, _ root: ONNXGraphNode
  ) -> ONNXGraphNode? {
    guard let sum = root.input.first.flatMap({ maker($0, "Add") }), sum.input.count == 2 else {
      return nil
    }
    for (square, other) in [(0, 1), (1, 0)] {
      guard let epsilon = number(sum.input[other]), epsilon > 0,
        let mean = mean(sum.input[square]), isSquare(mean.base, of: numerator)
      else { continue }
      var result: ONNXGraphNode
      if let difference = maker(numerator, "Sub"), difference.input.count == 2,
        let middle = self.mean(difference.input[1]), middle.base == difference.input[0],
        middle.axes == mean.axes
      {
        result = replacement(node, "LayerNormalization", middle.base, epsilon)
      } else {
        result = replacement(node, "RMSNormalization", numerator, epsilon)
      }
      for (name, number) in [("axis", mean.axes[0]), ("axis_count", mean.axes.count)] {
        var attribute = ONNXNodeAttribute()
        attribute.name = name
        attribute.type = .int
        attribute.i = Int64(number)
        result.attribute.append(attribute)
      }
      return result
    }
    return nil
  }

  /// What a value is the mean of, along neighbouring axes.
  private func mean(_ name: String) -> (base: String, axes: [Int])? {
    guard let node = maker(name, "ReduceMean"), let input = node.input.first else { return nil }
    let axes: [Int]
    if node.input.count > 1 {
      guard let tensor = constant(node.input[1]), let numbers = try? tensor.numbers(in: file),
        case .integers(let values) = numbers
      else { return nil }
      axes = values
    } else {
      axes = node.attribute.first { $0.name == "axes" }?.ints.map { Int($0) } ?? []
    }
    let keeps = node.attribute.first { $0.name == "keepdims" }?.i ?? 1
    let isRun =
      !axes.isEmpty && axes.count < 8 && axes[0].magnitude < 64
      && axes.indices.allSatisfy { axes[$0] == axes[0] + $0 }
    return isRun && keeps == 1 ? (input, axes) : nil
  }

  private func isSquare(_ name: String, of base: String) -> Bool {
    if let power = maker(name, "Pow"), power.input.count == 2 {
      return power.input[0] == base && number(power.input[1]) == 2
    }
    if let product = maker(name, "Mul") { return product.input == [base, base] }
    return false
  }

  private func replacement(
    _ node: ONNXGraphNode, _ kind: String, _ input: String, _ epsilon: Double? = nil
  ) -> ONNXGraphNode {
    var result = ONNXGraphNode()
    result.name = node.name
    result.opType = kind
    result.input = [input]
    result.output = node.output
    if let epsilon {
      var attribute = ONNXNodeAttribute()
      attribute.name = "epsilon"
      attribute.type = .float
      attribute.f = Float(epsilon)
      result.attribute = [attribute]
    }
    return result
  }
}

// MARK: - GELU

extension GraphPatterns {
  /// ½ · x · (1 + erf(x / √2)), or the same with a tanh, in whatever order it is multiplied.
  private func gelu(_ node: ONNXGraphNode) -> ONNXGraphNode? {
    guard node.opType == "Mul" else { return nil }
    let factors = factors(node, depth: 0)
    guard factors.count == 3,
      factors.contains(where: { number($0).map { abs($0 - 0.5) < 1e-6 } ?? false })
    else { return nil }
    for sum in factors {
      guard let (function, isTanh) = onePlus(sum) else { continue }
      for input in factors where input != sum && number(input) == nil {
        guard isTanh ? isTanhArgument(function, of: input) : isErfArgument(function, of: input)
        else { continue }
        var result = replacement(node, "Gelu", input)
        if isTanh {
          var attribute = ONNXNodeAttribute()
          attribute.name = "approximate"
          attribute.type = .string
          attribute.s.append(contentsOf: Array("tanh".utf8))
          result.attribute = [attribute]
        }
        return result
      }
    }
    return nil
  }

  /// What is multiplied, through products of products.
  private func factors(_ node: ONNXGraphNode, depth: Int) -> [String] {
    node.input.flatMap { name -> [String] in
      if depth < 2, let inner = maker(name, "Mul") { return factors(inner, depth: depth + 1) }
      return [name]
    }
  }

  /// The argument of erf or tanh in 1 + f(…).
  private func onePlus(_ name: String) -> (argument: String, isTanh: Bool)? {
    guard let sum = maker(name, "Add"), sum.input.count == 2 else { return nil }
    for (one, other) in [(0, 1), (1, 0)] where number(sum.input[one]) == 1 {
      if let erf = maker(sum.input[other], "Erf") { return (erf.input.first ?? "", false) }
      if let tanh = maker(sum.input[other], "Tanh") { return (tanh.input.first ?? "", true) }
    }
    return nil
  }

  private func isErfArgument(_ name: String, of input: String) -> Bool {
    let root = 2.0.squareRoot()
    if let quotient = maker(name, "Div"), quotient.input.count == 2 {
      return quotient.input[0] == input && isNear(number(quotient.input[1]), root)
    }
    if let product = maker(name, "Mul"), product.input.count == 2 {
      return product.input.contains(input)
        && product.input.contains { isNear(number($0), 1 / root) }
    }
    return false
  }

  /// √(2/π) · (x + 0.044715 · x³).
  private func isTanhArgument(_ name: String, of input: String) -> Bool {
    guard let product = maker(name, "Mul"), product.input.count == 2,
      product.input.contains(where: { isNear(number($0), 0.7978845608) }),
      let sum = product.input.lazy.compactMap({ maker($0, "Add") }).first,
      sum.input.contains(input),
      let cubic = sum.input.lazy.compactMap({ maker($0, "Mul") }).first
    else { return false }
    let parts = factors(cubic, depth: 0)
    guard parts.contains(where: { isNear(number($0), 0.044715) }) else { return false }
    let others = parts.filter { number($0) == nil }
    if others == [input, input, input] { return true }
    guard others.count == 1, let power = maker(others[0], "Pow"), power.input.count == 2 else {
      return false
    }
    return power.input[0] == input && number(power.input[1]) == 3
  }

  private func isNear(_ number: Double?, _ expected: Double) -> Bool {
    number.map { abs($0 - expected) < 1e-5 } ?? false
  }
}

// MARK: - Looking things up

extension GraphPatterns {
  private func maker(_ name: String, _ kind: String) -> ONNXGraphNode? {
    guard let index = makers[name], nodes[index].opType == kind else { return nil }
    return nodes[index]
  }

  private func constant(_ name: String) -> ONNXTensorData? {
    if let tensor = initializers[name] { return tensor }
    guard let node = maker(name, "Constant") else {
      // A number that was cast to the type of its neighbours.
      guard let cast = maker(name, "Cast") ?? maker(name, "Identity"),
        let input = cast.input.first, input != name
      else { return nil }
      return initializers[input]
        ?? maker(input, "Constant").flatMap { $0.attribute.first { $0.name == "value" }?.t.first }
    }
    return node.attribute.first { $0.name == "value" }?.t.first
  }

  /// The value of a constant of one element.
  private func number(_ name: String) -> Double? {
    if let node = maker(name, "Constant"),
      let attribute = node.attribute.first(where: { $0.name == "value_float" })
    {
      return Double(attribute.f)
    }
    guard let tensor = constant(name), tensor.dims.allSatisfy({ $0 == 1 }), tensor.dims.count < 8,
      let numbers = try? tensor.numbers(in: file), numbers.count == 1
    else { return nil }
    return Double(ConstantArray([], numbers).real(0))
  }
}
