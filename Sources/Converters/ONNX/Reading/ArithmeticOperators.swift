import Layers

/// Sums, products and the like, of computed values and of constants.
enum ArithmeticOperators {
  static let all: [OperatorReader] = [
    OperatorReader("Add", "Sum", read: add),
    OperatorReader("Sub", read: subtract),
    OperatorReader("Mul", read: multiply),
    OperatorReader("Div", read: divide),
    OperatorReader("Pow", read: power),
    OperatorReader("Max", read: maximum),
    OperatorReader("Min", read: minimum),
    OperatorReader("Mean", read: mean),
  ]

  /// The inputs: those that are computed, and constants.
  private static func parts(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> (computed: [(index: Int, value: TracedValue)], constants: [ConstantArray]) {
    operation.passOver("consumed_inputs")
    // Before opset 7 the second input spread from an axis on.
    if try operation.opset < 7 && operation.integer("axis") != nil {
      throw operation.error("spreads along an axis, as before opset 7; expected 7 or more")
    }
    if operation.opset < 7 { operation.passOver("broadcast") }
    var computed: [(index: Int, value: TracedValue)] = []
    var constants: [ConstantArray] = []
    for index in operation.node.input.indices {
      switch try tracer.input(index, of: operation) {
      case .computed(let value): computed.append((index, value))
      case .constant(let array): constants.append(array)
      case nil: throw operation.error("input \(index) is missing")
      }
    }
    guard !computed.isEmpty else { throw operation.error("has no input") }
    return (computed, constants)
  }

  private static func merged(
    _ layer: any Layer, _ parts: [(index: Int, value: TracedValue)], _ operation: Operation,
    _ tracer: inout GraphTracer
  ) throws -> TracedValue {
    guard parts.count > 1 else { return parts[0].value }
    return try tracer.merged(layer, parts.map(\.value), for: operation)
  }

  private static func add(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let (computed, constants) = try parts(operation, &tracer)
    if computed.count == 1, constants.count == 1, computed[0].value.attention != nil,
      let masked = try tracer.masked(computed[0].value, by: constants[0], for: operation)
    {
      return [.computed(masked)]
    }
    if computed.count == 2, constants.isEmpty,
      let masked = try tracer.hidden(computed[0].value, computed[1].value, for: operation)
    {
      return [.computed(masked)]
    }
    var value = try merged(Add(), computed, operation, &tracer)
    for constant in constants {
      value = try tracer.shifted(
        value, by: constant, isOnlyUse: isOnlyUse(computed, operation, tracer), for: operation)
    }
    return [.computed(value)]
  }

  /// Whether nothing else looks at the computed input.
  private static func isOnlyUse(
    _ computed: [(index: Int, value: TracedValue)], _ operation: Operation,
    _ tracer: GraphTracer
  ) -> Bool {
    computed.count > 1
      || operation.inputName(computed[0].index).map { tracer.graph.isUsedOnce($0) } ?? false
  }

  private static func subtract(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let (computed, constants) = try parts(operation, &tracer)
    guard operation.node.input.count == 2 else {
      throw operation.error("expected 2 inputs, found \(operation.node.input.count)")
    }
    if computed.count == 2 {
      return [.computed(try merged(Subtract(), computed, operation, &tracer))]
    }
    let isOnly = isOnlyUse(computed, operation, tracer)
    if computed[0].index == 0 {
      return [
        .computed(
          try tracer.shifted(
            computed[0].value, by: constants[0].negated(), isOnlyUse: isOnly, for: operation))
      ]
    }
    let negative = try tracer.apply(Rescaling(-1), to: computed[0].value, for: operation)
    return [
      .computed(
        try tracer.shifted(negative, by: constants[0], isOnlyUse: true, for: operation))
    ]
  }

  private static func multiply(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let (computed, constants) = try parts(operation, &tracer)
    if computed.count == 2, constants.isEmpty,
      let value = try tracer.gated(computed[0].value, computed[1].value, for: operation)
    {
      return [.computed(value)]
    }
    var value = try merged(Multiply(), computed, operation, &tracer)
    for constant in constants {
      value = try tracer.scaled(
        value, by: constant, isOnlyUse: isOnlyUse(computed, operation, tracer), for: operation)
    }
    return [.computed(value)]
  }

  private static func divide(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let (computed, constants) = try parts(operation, &tracer)
    guard computed.count == 1, computed[0].index == 0, constants.count == 1 else {
      throw operation.error("divides by a computed value, which has no counterpart")
    }
    return [
      .computed(
        try tracer.scaled(
          computed[0].value, by: constants[0].inverted(),
          isOnlyUse: isOnlyUse(computed, operation, tracer), for: operation))
    ]
  }

  private static func power(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    let exponent = try tracer.scalar(1, of: operation)
    switch exponent {
    case 1: return [.computed(value)]
    case 2: return [.computed(try tracer.merged(Multiply(), [value, value], for: operation))]
    case 3:
      return [.computed(try tracer.merged(Multiply(), [value, value, value], for: operation))]
    default:
      throw operation.error(
        "a power of \(exponent.map { "\($0)" } ?? "several exponents") has no counterpart")
    }
  }

  private static func maximum(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let (computed, constants) = try parts(operation, &tracer)
    var value = try merged(Maximum(), computed, operation, &tracer)
    for constant in constants {
      value = try tracer.clipped(value, number(constant, operation), nil, for: operation)
    }
    return [.computed(value)]
  }

  private static func minimum(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let (computed, constants) = try parts(operation, &tracer)
    var value = try merged(Minimum(), computed, operation, &tracer)
    for constant in constants {
      value = try tracer.clipped(value, nil, number(constant, operation), for: operation)
    }
    return [.computed(value)]
  }

  private static func number(_ array: ConstantArray, _ operation: Operation) throws -> Double {
    guard let number = array.scalar else {
      throw operation.error("compares with a constant of \(array.extents), not with one number")
    }
    return number
  }

  private static func mean(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let (computed, constants) = try parts(operation, &tracer)
    guard constants.isEmpty else {
      throw operation.error("is the mean of computed values and constants, without counterpart")
    }
    return [.computed(try merged(Average(), computed, operation, &tracer))]
  }
}

extension ConstantArray {
  /// The numbers with the other sign.
  func negated() -> ConstantArray { mapped { -$0 } }

  /// One over each number.
  func inverted() -> ConstantArray { mapped { 1 / $0 } }

  private func mapped(_ change: (Float) -> Float) -> ConstantArray {
    let changed: [Float] =
      switch numbers {
      case .reals(let values): values.map(change)
      case .integers(let values): values.map { change(Float($0)) }
      }
    return ConstantArray(extents, .reals(changed), sources: sources)
  }
}
