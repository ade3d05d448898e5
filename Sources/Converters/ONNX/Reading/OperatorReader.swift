import Layers

/// How an operator of ONNX becomes layers.
struct OperatorReader: Sendable {
  typealias Reading = @Sendable (Operation, inout GraphTracer) throws -> [GraphValue]

  /// The operators.
  let kinds: [String]

  /// What a node gives, as far as its outputs are used.
  let read: Reading

  init(_ kinds: String..., read: @escaping Reading) {
    self.kinds = kinds
    self.read = read
  }

  /// All operators that have a counterpart, by name.
  static let standard: [String: Reading] = {
    let all =
      ViewOperators.all + ElementwiseOperators.all + ArithmeticOperators.all
      + ProductOperators.all + ConvolutionOperators.all + PoolingOperators.all
      + NormalizationOperators.all + RecurrentOperators.all + SelectionOperators.all
      + ReductionOperators.all + ResizingOperators.all + [ScanRecurrence.reader]
    var readers: [String: Reading] = [:]
    for reader in all {
      for kind in reader.kinds { readers[kind] = reader.read }
    }
    return readers
  }()
}

// MARK: - What operators ask for

extension GraphTracer {
  /// An input, constant or computed; nil where it is left out.
  func input(_ index: Int, of operation: Operation) throws -> GraphValue? {
    guard let name = operation.inputName(index) else { return nil }
    guard let value = values[name] else {
      throw operation.error("takes '\(name)', which nothing gives")
    }
    return value
  }

  /// An initializer, also one that only the graph of a step takes.
  func initializer(_ name: String) throws -> ConstantArray? {
    if case .constant(let array)? = values[name] { return array }
    guard let tensor = graph.initializers[name] else { return nil }
    return ConstantArray(
      try tensor.extents(in: file).dimensions, try tensor.numbers(in: file), sources: [name])
  }

  /// An input that the network computes.
  func computed(_ index: Int, of operation: Operation) throws -> TracedValue {
    switch try input(index, of: operation) {
    case .computed(let value): return value
    case .constant:
      throw operation.error("input \(index) is a constant, which has no counterpart here")
    case nil: throw operation.error("input \(index) is missing")
    }
  }

  /// An input that is known without running the graph; nil where it is left out.
  func constant(_ index: Int, of operation: Operation) throws -> ConstantArray? {
    switch try input(index, of: operation) {
    case .constant(let array): return array
    case .computed:
      throw operation.error(
        "input \(index) depends on the data, which has no counterpart: expected a constant")
    case nil: return nil
    }
  }

  /// A constant input that must be there.
  func neededConstant(_ index: Int, of operation: Operation) throws -> ConstantArray {
    guard let array = try constant(index, of: operation) else {
      throw operation.error("input \(index) is missing")
    }
    return array
  }

  /// An input of integers; nil where it is left out.
  func integers(_ index: Int, of operation: Operation) throws -> [Int]? {
    guard let array = try constant(index, of: operation) else { return nil }
    do {
      return try array.integers()
    } catch {
      throw operation.error("input \(index): \(error)")
    }
  }

  /// An input of one number; nil where it is left out.
  func scalar(_ index: Int, of operation: Operation) throws -> Double? {
    guard let array = try constant(index, of: operation) else { return nil }
    guard let number = array.scalar else {
      throw operation.error("input \(index): expected one number, found \(array.extents)")
    }
    return number
  }

  /// Axes that were an attribute before an opset and have been an input since.
  func axes(of operation: Operation, input: Int, since opset: Int) throws -> [Int]? {
    operation.opset < opset
      ? try operation.integers("axes") : try integers(input, of: operation)
  }

  func dropoutRate(of operation: Operation) throws -> Double {
    let rate =
      try operation.opset < 12
      ? operation.real("ratio", default: 0.5) : scalar(1, of: operation) ?? 0.5
    if let training = try scalar(2, of: operation), training != 0 {
      throw operation.error("is in training mode, which a file for inference cannot be")
    }
    return rate
  }
}
