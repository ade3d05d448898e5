import Layers

/// Functions of one element, and softmax.
enum ElementwiseOperators {
  static let all: [OperatorReader] = [
    plain("Relu", .relu), plain("Sigmoid", .sigmoid), plain("Tanh", .tanh),
    plain("Softplus", .softplus), plain("Softsign", .softsign), plain("Exp", .exponential),
    plain("HardSwish", .hardSwish), plain("Mish", .mish),
    OperatorReader("LeakyRelu", read: leaky),
    OperatorReader("Elu", read: elu),
    OperatorReader("Selu", read: selu),
    OperatorReader("Gelu", read: gelu),
    OperatorReader("HardSigmoid", read: hardSigmoid),
    OperatorReader("Swish", read: swish),
    OperatorReader("Neg", read: negate),
    OperatorReader("Clip", read: clip),
    OperatorReader("PRelu", read: prelu),
    OperatorReader("Softmax", read: softmax),
    OperatorReader("LogSoftmax", read: logSoftmax),
  ]

  private static func plain(_ kind: String, _ function: ActivationFunction) -> OperatorReader {
    OperatorReader(kind) { operation, tracer in
      operation.passOver("consumed_inputs")
      return [try activated(Activation(function), operation, &tracer)]
    }
  }

  private static func activated(
    _ layer: any Layer, _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> GraphValue {
    .computed(try tracer.apply(layer, to: tracer.computed(0, of: operation), for: operation))
  }

  private static func leaky(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let slope = try operation.real("alpha", default: 0.01)
    return [try activated(Activation(.leakyReLU, slope: slope), operation, &tracer)]
  }

  private static func elu(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let slope = try operation.real("alpha", default: 1)
    return [try activated(Activation(.elu, slope: slope), operation, &tracer)]
  }

  private static func selu(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let alpha = try operation.real("alpha", default: 1.67326)
    let gamma = try operation.real("gamma", default: 1.0507)
    guard abs(alpha - 1.67326) < 1e-4, abs(gamma - 1.0507) < 1e-4 else {
      throw operation.error("expected alpha 1.67326 and gamma 1.0507, found \(alpha) and \(gamma)")
    }
    return [try activated(Activation(.selu), operation, &tracer)]
  }

  private static func gelu(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    switch try operation.text("approximate") ?? "none" {
    case "none": return [try activated(Activation(.gelu), operation, &tracer)]
    case "tanh": return [try activated(Activation(.geluTanh), operation, &tracer)]
    case let other: throw operation.error("approximate: expected none or tanh, found '\(other)'")
    }
  }

  private static func hardSigmoid(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let alpha = try operation.real("alpha", default: 0.2)
    let beta = try operation.real("beta", default: 0.5)
    guard alpha > 0 || alpha == 0 && beta == 0.5 else {
      throw operation.error("alpha: expected more than 0, found \(alpha)")
    }
    var value = try tracer.computed(0, of: operation)
    if abs(beta - 0.5) > 1e-6 {
      value = try tracer.apply(
        Rescaling(1, offset: (beta - 0.5) / alpha), to: value, for: operation)
    }
    return [
      .computed(
        try tracer.apply(Activation(.hardSigmoid, slope: alpha), to: value, for: operation))
    ]
  }

  private static func swish(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let alpha = try operation.real("alpha", default: 1)
    guard alpha == 1 else { throw operation.error("alpha: expected 1, found \(alpha)") }
    return [try activated(Activation(.silu), operation, &tracer)]
  }

  private static func negate(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    [try activated(Rescaling(-1), operation, &tracer)]
  }

  private static func clip(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let isOld = operation.opset < 11
    let least = try isOld ? operation.real("min") : tracer.scalar(1, of: operation)
    let most = try isOld ? operation.real("max") : tracer.scalar(2, of: operation)
    operation.passOver("consumed_inputs")
    let value = try tracer.computed(0, of: operation)
    return [.computed(try tracer.clipped(value, least, most, for: operation))]
  }

  private static func prelu(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let slope = try tracer.neededConstant(1, of: operation)
    operation.passOver("consumed_inputs")
    var value = try tracer.finished(tracer.computed(0, of: operation), for: operation)
    if slope.scalar.map({ $0 >= 0 }) == true, slope.count == 1, value.axes.count < 2 {
      return [
        .computed(
          try tracer.apply(
            Activation(.leakyReLU, slope: slope.scalar ?? 0), to: value, for: operation))
      ]
    }
    let spread = try tracer.spread(slope, over: value, for: operation)
    let channels = spread.factors.isEmpty ? value.axes[1] : spread.factors
    let isShared = channels.count < value.storedFactors.count
    if isShared, Set(value.storage.last ?? []) != Set(channels) {
      value = try tracer.arranged(
        value, as: tracer.withLast(channels, of: value, for: operation), for: operation)
    }
    let order = isShared ? value.storage.last ?? [] : value.storedFactors
    let numbers =
      try spread.factors.isEmpty
      ? Array(repeating: spread.array.real(0), count: try tracer.madeCount(order.extent, operation))
      : spread.numbers(in: order)
    return [
      .computed(
        try tracer.apply(
          PReLU(sharesPositions: isShared), to: value,
          parameters: [
            "slope": TracedParameter(
              numbers, from: slope.sources,
              change: spread.factors.isEmpty ? "one for each channel" : nil)
          ], hint: tracer.hint(of: operation, parameter: 1), for: operation))
    ]
  }

  private static func softmax(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    let isOld = operation.opset < 13
    let place = try operation.axis(
      operation.integer("axis", default: isOld ? 1 : -1), rank: value.axes.count)
    if var attention = value.attention {
      guard attention.stage == .scores, value.axes[place] == attention.sources,
        !isOld || place == value.axes.count - 1
      else {
        throw operation.error("expected softmax over the keys of attention")
      }
      attention.stage = .weights
      attention.origins.append(operation.label)
      var result = value
      result.attention = attention
      return [.computed(result)]
    }
    // Before opset 13 all axes from the given one on are one.
    let over = isOld ? value.axes[place...].flatMap { $0 } : value.axes[place]
    let arranged = try tracer.arranged(
      value, as: tracer.withLast(over, of: value, for: operation), for: operation)
    return [
      .computed(try tracer.apply(Activation(.softmax), to: arranged, for: operation))
    ]
  }

  private static func logSoftmax(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    operation.passOver("axis")
    let isLast = tracer.graph.graph.output.contains { $0.name == operation.node.output.first }
    guard isLast else {
      throw operation.error("the logarithm of softmax has no counterpart inside of a network")
    }
    try tracer.log.lose(
      operation.label, "the logarithm of softmax has no counterpart; the logits are left")
    return [.computed(try tracer.computed(0, of: operation))]
  }
}

extension GraphTracer {
  /// The order of storage in which some factors are the last axis, in the order that they are stored
  /// in, and the others as they are.
  ///
  /// - Throws: ``ConversionError`` when the batch is one of them.
  func withLast(
    _ factors: [AxisFactor], of value: TracedValue, for operation: Operation
  ) throws -> [[AxisFactor]] {
    guard !factors.contains(where: \.isBatch) else {
      throw operation.error("works along the batch, which has no counterpart")
    }
    let wanted = Set(factors)
    let others = value.storage.map { $0.filter { !wanted.contains($0) } }
    // A last axis that has nothing else in it stays.
    if let last = value.storage.last, Set(last) == wanted { return value.storage }
    let inner = value.storedFactors.filter { wanted.contains($0) }
    return others.filter { !$0.isEmpty } + [inner]
  }

  /// Numbers cut to a range, of which one end may be open.
  mutating func clipped(
    _ value: TracedValue, _ least: Double?, _ most: Double?, for operation: Operation
  ) throws -> TracedValue {
    let large = Double(Float.greatestFiniteMagnitude)
    let least = least.flatMap { $0 <= -large ? nil : $0 }
    let most = most.flatMap { $0 >= large ? nil : $0 }
    func apply(_ layers: [any Layer]) throws -> TracedValue {
      var result = value
      for layer in layers { result = try self.apply(layer, to: result, for: operation) }
      return result
    }
    switch (least, most) {
    case (nil, nil): return value
    case (0?, nil): return try apply([Activation(.relu)])
    case (0?, 6?): return try apply([Activation(.relu6)])
    case (let least?, nil):
      return try apply([
        Rescaling(1, offset: -least), Activation(.relu), Rescaling(1, offset: least),
      ])
    case (nil, let most?):
      return try apply([
        Rescaling(-1, offset: most), Activation(.relu), Rescaling(-1, offset: most),
      ])
    case (let least?, let most?):
      guard least < most else {
        throw operation.error("expected a range to cut to, found \(least) to \(most)")
      }
      return try apply([
        Rescaling(1, offset: -(least + most) / 2),
        Activation(.hardSigmoid, slope: 1 / (most - least)),
        Rescaling(most - least, offset: least),
      ])
    }
  }
}
