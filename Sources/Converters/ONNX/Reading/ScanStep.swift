import Formats
import Foundation

/// The graph of one step of a Scan, which is computed with numbers to find out what it is.
struct ScanStep {
  private let body: ONNXGraph
  private let operations: [Operation]
  private var constants: [String: ConstantArray] = [:]

  /// - Throws: ``ConversionError`` or `FormatError` when the graph is damaged.
  init(
    _ body: ONNXGraph, opset: Int, outer: (String) throws -> ConstantArray?, file: String
  ) throws {
    self.body = body
    operations = try body.node.map {
      try Operation($0, opset: opset, file: file)
    }
    for tensor in body.initializer {
      constants[tensor.name] = ConstantArray(
        try tensor.extents(in: file).dimensions, try tensor.numbers(in: file),
        sources: [tensor.name])
    }
    let own = Set(body.input.map(\.name) + body.node.flatMap(\.output))
    for name in Set(body.node.flatMap(\.input)) where constants[name] == nil && !own.contains(name)
    {
      constants[name] = try outer(name)
    }
  }

  /// The constants that nodes of a kind take as their second input.
  func constants(of kind: String, rank: Int) -> [ConstantArray] {
    operations.filter { $0.kind == kind }.compactMap { operation in
      operation.node.input.compactMap { constants[$0] }.first { $0.extents.count == rank }
    }
  }

  /// What comes out for one row; nothing where an operator is not known.
  func outputs(states: [[Float]], gates: [Float], mask: Int) throws -> [[Float]] {
    var values = constants
    let fed =
      states.map { ConstantArray([1, $0.count], .reals($0)) } + [
        ConstantArray([1, gates.count], .reals(gates)),
        ConstantArray([1, 1], .integers([mask])),
      ]
    guard fed.count == body.input.count else { return [] }
    for (info, array) in zip(body.input, fed) { values[info.name] = array }
    for operation in operations {
      let inputs = operation.node.input.map { values[$0] }
      guard let results = try? results(of: operation, inputs) else { return [] }
      for (name, array) in zip(operation.node.output, results) { values[name] = array }
    }
    return body.output.compactMap { try? values[$0.name]?.reals() }
  }

  private func results(
    of operation: Operation, _ inputs: [ConstantArray?]
  ) throws -> [ConstantArray] {
    switch operation.kind {
    case "Tanh": [try ConstantFolding.needed(inputs, 0).mappedReals { tangent($0) }]
    case "Sigmoid":
      [try ConstantFolding.needed(inputs, 0).mappedReals { 1 / (1 + exponential(-$0)) }]
    case "Relu": [try ConstantFolding.needed(inputs, 0).mappedReals { max($0, 0) }]
    case "MatMul":
      [
        try product(
          ConstantFolding.needed(inputs, 0), ConstantFolding.needed(inputs, 1))
      ]
    default: try ConstantFolding.results(of: operation, constants: inputs)
    }
  }

  private func product(_ row: ConstantArray, _ matrix: ConstantArray) throws -> ConstantArray {
    guard matrix.extents.count == 2, row.extents == [1, matrix.extents[0]] else {
      throw ConstantProblem("expected a row and a matrix")
    }
    let (depth, columns) = (matrix.extents[0], matrix.extents[1])
    return ConstantArray(
      [1, columns],
      .reals(
        (0..<columns).map { column in
          (0..<depth).reduce(0) { $0 + row.real($1) * matrix.real($1 * columns + column) }
        }))
  }
}

/// eˣ.
func exponential(_ x: Float) -> Float { exp(x) }

/// tanh x.
func tangent(_ x: Float) -> Float { tanh(x) }
