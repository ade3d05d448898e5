import Formats
import Foundation

/// Operators whose result follows from constants and from shapes alone, computed while a graph is read.
enum ConstantFolding {
  typealias Inputs = [ConstantArray?]
  typealias Folding = @Sendable (Operation, Inputs) throws -> [ConstantArray]

  /// The results of a node; nil where it is no such operator, or not all inputs are constant.
  static func results(
    of operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [ConstantArray]? {
    switch operation.kind {
    case "Constant": return [try constant(operation, tracer)]
    case "Shape": return [try shape(operation, tracer)]
    case "Size":
      return [ConstantArray(scalar: try ConstantArray.count(of: extents(operation, tracer)))]
    default: break
    }
    guard let folding = all[operation.kind] else { return nil }
    var inputs: Inputs = []
    for index in operation.node.input.indices {
      switch try tracer.input(index, of: operation) {
      case .computed: return nil
      case .constant(let array): inputs.append(array)
      case nil: inputs.append(nil)
      }
    }
    do {
      var results = try folding(operation, inputs)
      let sources = inputs.flatMap { $0?.sources ?? [] }
      var seen: Set<String> = []
      let unique = sources.filter { seen.insert($0).inserted }
      for index in results.indices { results[index].sources = unique }
      return results
    } catch let problem as ConstantProblem {
      throw operation.error("\(problem)")
    }
  }

  /// The results of a node for inputs that are all there.
  ///
  /// - Throws: ``ConstantProblem`` or ``ConversionError`` where it is no such operator.
  static func results(of operation: Operation, constants: Inputs) throws -> [ConstantArray] {
    guard let folding = all[operation.kind] else {
      throw ConstantProblem("\(operation.kind) is not computed")
    }
    return try folding(operation, constants)
  }

  private static let all: [String: Folding] = arithmetic.merging(arrangement) { $1 }

  private static func constant(
    _ operation: Operation, _ tracer: GraphTracer
  ) throws -> ConstantArray {
    if let tensor = try operation.tensor("value") {
      let shape = try tensor.extents(in: tracer.file)
      return ConstantArray(shape.dimensions, try tensor.numbers(in: tracer.file))
    }
    if let number = try operation.integer("value_int") { return ConstantArray(scalar: number) }
    if let numbers = try operation.integers("value_ints") { return ConstantArray(numbers) }
    if let number = try operation.real("value_float") {
      return ConstantArray([], .reals([Float(number)]))
    }
    if let numbers = try operation.reals("value_floats") {
      return ConstantArray([numbers.count], .reals(numbers.map { Float($0) }))
    }
    throw operation.error("holds no numbers: text and sparse tensors have no counterpart")
  }

  private static func extents(
    _ operation: Operation, _ tracer: GraphTracer
  ) throws -> [Int] {
    switch try tracer.input(0, of: operation) {
    case .computed(let value): return value.extents
    case .constant(let array): return array.extents
    case nil: throw operation.error("input 0 is missing")
    }
  }

  private static func shape(
    _ operation: Operation, _ tracer: GraphTracer
  ) throws -> ConstantArray {
    let extents = try extents(operation, tracer)
    let start = SelectionOperators.place(
      try operation.integer("start", default: 0), of: extents.count)
    let end = SelectionOperators.place(
      try operation.integer("end", default: extents.count), of: extents.count)
    return ConstantArray(Array(extents[min(start, end)..<end]))
  }

  /// An input that must be there.
  static func needed(_ inputs: Inputs, _ index: Int) throws -> ConstantArray {
    guard index < inputs.count, let array = inputs[index] else {
      throw ConstantProblem("input \(index) is missing")
    }
    return array
  }

  /// The integers of an input, of an attribute before an opset.
  static func integers(
    _ operation: Operation, _ inputs: Inputs, _ index: Int, _ name: String, since opset: Int
  ) throws -> [Int]? {
    if operation.opset < opset { return try operation.integers(name) }
    guard index < inputs.count, let array = inputs[index] else { return nil }
    return try array.integers()
  }
}

// MARK: - Arithmetic

extension ConstantFolding {
  private static let arithmetic: [String: Folding] = [
    "Add": pairs({ $0 + $1 }, { $0.addingReportingOverflow($1) }),
    "Sub": pairs({ $0 - $1 }, { $0.subtractingReportingOverflow($1) }),
    "Mul": pairs({ $0 * $1 }, { $0.multipliedReportingOverflow(by: $1) }),
    "Div": pairs({ $0 / $1 }, { $1 == 0 ? (0, true) : $0.dividedReportingOverflow(by: $1) }),
    "Mod": pairs(
      { $0.remainder(dividingBy: $1) },
      { left, right in
        guard right != 0 else { return (0, true) }
        let (rest, overflow) = left.remainderReportingOverflow(dividingBy: right)
        return (rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest, overflow)
      }),
    "Min": pairs({ min($0, $1) }, { (min($0, $1), false) }),
    "Max": pairs({ max($0, $1) }, { (max($0, $1), false) }),
    "Pow": power,
    "Equal": tests({ $0 == $1 }), "Less": tests({ $0 < $1 }), "Greater": tests({ $0 > $1 }),
    "LessOrEqual": tests({ $0 <= $1 }), "GreaterOrEqual": tests({ $0 >= $1 }),
    "And": tests({ $0 != 0 && $1 != 0 }), "Or": tests({ $0 != 0 || $1 != 0 }),
    "Not": { _, inputs in
      let array = try needed(inputs, 0)
      return [array.mappedIntegers { array.real($0) == 0 ? 1 : 0 }]
    },
    "IsNaN": { _, inputs in
      let array = try needed(inputs, 0)
      return [array.mappedIntegers { array.real($0).isNaN ? 1 : 0 }]
    },
    "Sqrt": singles { $0.squareRoot() }, "Reciprocal": singles { 1 / $0 },
    "Neg": { operation, inputs in
      let array = try needed(inputs, 0)
      return array.isReal
        ? [array.negated()] : [array.mappedIntegers { 0 &- array.integer($0) }]
    },
    "Floor": singles { $0.rounded(.down) }, "Ceil": singles { $0.rounded(.up) },
    "Abs": { _, inputs in
      let array = try needed(inputs, 0)
      return array.isReal
        ? [array.mappedReals { abs($0) }]
        : [array.mappedIntegers { Int(clamping: array.integer($0).magnitude) }]
    },
    "Cast": { operation, inputs in
      let array = try needed(inputs, 0)
      let type = try operation.integer("to", default: 1)
      operation.passOver("saturate", "round_mode")
      if type == 9 { return [array.mappedIntegers { array.real($0) == 0 ? 0 : 1 }] }
      return [1, 10, 11, 16].contains(type)
        ? [array.mappedReals { $0 }] : [array.mappedIntegers { array.integer($0) }]
    },
    "Where": { _, inputs in
      let (condition, yes, no) = (
        try needed(inputs, 0), try needed(inputs, 1), try needed(inputs, 2)
      )
      let extents = try ConstantArray.broadcastExtents(
        condition.extents, ConstantArray.broadcastExtents(yes.extents, no.extents))
      let parts = try [condition, yes, no].map { try $0.broadcast(to: extents) }
      let isUniform = parts.allSatisfy(\.isUniform)
      let count = isUniform ? 1 : try ConstantArray.count(of: extents)
      try ConstantArray.check(count, from: parts.reduce(0) { $0 + $1.numbers.count })
      if yes.isReal || no.isReal {
        return [
          ConstantArray(
            extents,
            .reals((0..<count).map { parts[parts[0].real($0) != 0 ? 1 : 2].real($0) }))
        ]
      }
      return [
        ConstantArray(
          extents,
          .integers((0..<count).map { parts[parts[0].real($0) != 0 ? 1 : 2].integer($0) }))
      ]
    },
  ]

  private static func pairs(
    _ real: @escaping @Sendable (Float, Float) -> Float,
    _ whole: @escaping @Sendable (Int, Int) -> (Int, Bool)
  ) -> Folding {
    { operation, inputs in
      operation.passOver("consumed_inputs", "fmod")
      var result = try needed(inputs, 0)
      for index in inputs.indices.dropFirst() {
        result = try combined(result, try needed(inputs, index), real, whole)
      }
      return [result]
    }
  }

  private static func combined(
    _ left: ConstantArray, _ right: ConstantArray, _ real: (Float, Float) -> Float,
    _ whole: (Int, Int) -> (Int, Bool)
  ) throws -> ConstantArray {
    let extents = try ConstantArray.broadcastExtents(left.extents, right.extents)
    let (first, second) = (try left.broadcast(to: extents), try right.broadcast(to: extents))
    let count = max(first.numbers.count, second.numbers.count)
    if left.isReal || right.isReal {
      return ConstantArray(
        extents, .reals((0..<count).map { real(first.real($0), second.real($0)) }))
    }
    return ConstantArray(
      extents,
      .integers(
        try (0..<count).map {
          let (value, overflow) = whole(first.integer($0), second.integer($0))
          guard !overflow else { throw ConstantProblem("integers overflow") }
          return value
        }))
  }

  private static func tests(
    _ test: @escaping @Sendable (Float, Float) -> Bool
  ) -> Folding {
    { _, inputs in
      let result = try combined(
        try needed(inputs, 0).mappedReals { $0 }, try needed(inputs, 1).mappedReals { $0 },
        { test($0, $1) ? 1 : 0 }, { _, _ in (0, true) })
      return [result.mappedIntegers { result.integer($0) }]
    }
  }

  private static func singles(_ change: @escaping @Sendable (Float) -> Float) -> Folding {
    { operation, inputs in
      operation.passOver("consumed_inputs")
      return [try needed(inputs, 0).mappedReals(change)]
    }
  }

  private static let power: Folding = { _, inputs in
    let (base, exponent) = (try needed(inputs, 0), try needed(inputs, 1))
    let result = try combined(
      base.mappedReals { $0 }, exponent.mappedReals { $0 },
      { Float(pow(Double($0), Double($1))) }, { _, _ in (0, true) })
    return [base.isReal ? result : result.mappedIntegers { result.integer($0) }]
  }
}

extension ConstantArray {
  /// A function of each number.
  func mappedReals(_ change: (Float) -> Float) -> ConstantArray {
    ConstantArray(
      extents, .reals(numbers.count == 0 ? [] : (0..<numbers.count).map { change(real($0)) }),
      sources: sources)
  }

  /// An integer for the place of each number.
  func mappedIntegers(_ change: (Int) -> Int) -> ConstantArray {
    ConstantArray(
      extents, .integers(numbers.count == 0 ? [] : (0..<numbers.count).map(change)),
      sources: sources)
  }
}
