import Formats
import Layers
import ModelFiles
import Networks
import Tensors
import Training

/// Reads ONNX models: follows the graph and makes layers of it, with activations channels last.
package enum ONNXImporter: ModelImporter {
  package static let kind = FileKind.onnx

  package static func model(reading path: String, log: inout ConversionLog) throws -> Model {
    let message = try ONNXModel(FileBytes(path: path))
    try describe(message, &log)
    let graph = GraphPatterns.replaced(
      try FunctionInlining.inlined(message, file: path), file: path)
    let index = try GraphIndex(message, graph: graph, file: path)
    let first = try assembly(of: index, log, tries: anyTries)
    let assembly = first.assembly
    guard assembly.hasFreeAxes else {
      log = first.log
      return try assembly.model(keepsFreeAxes: true)
    }
    // What follows from an extent is another thing with another one: then that one is kept. Extents
    // that the graph itself does not take prove nothing.
    let others = anyTries.filter {
      $0.extent != first.choice.extent && $0.isDistinct == first.choice.isDistinct
    }
    let neighbours = (1...3).compactMap { more in
      try? self.assembly(
        of: index, log, tries: [(first.choice.extent + more, first.choice.isDistinct)])
    }
    let second = try? self.assembly(of: index, log, tries: others)
    let isFree =
      second.map { assembly.isSame(as: $0.assembly) } == true
      && neighbours.allSatisfy { assembly.isSame(as: $0.assembly) }
    var traced = first.log
    if !isFree {
      for input in assembly.network.inputs where !input.freeAxes.isEmpty {
        traced.change(
          "input \(input.name)",
          "takes \(input.shape) only: numbers in the graph follow from extents that could be any")
      }
    }
    log = traced
    return try assembly.model(keepsFreeAxes: isFree)
  }

  /// An extent to try where a graph takes any, and whether axes of other names get other ones.
  private typealias Choice = (extent: Int, isDistinct: Bool)

  /// What is tried: images need large extents, tables of places small ones, and a sequence and its mask
  /// the same, whatever their axes are called.
  private static let anyTries: [Choice] =
    [64, 32, 16, 8, 4].map { ($0, true) } + [64, 32, 16, 8, 4].map { ($0, false) }

  /// The network of a graph with the first extent that it takes.
  private static func assembly(
    of index: GraphIndex, _ log: ConversionLog, tries: [Choice]
  ) throws -> (assembly: NetworkAssembly, log: ConversionLog, choice: Choice) {
    var refusal: (any Error)?
    for choice in tries {
      var tracer = GraphTracer(
        index, log: log, anyExtent: choice.extent, isDistinct: choice.isDistinct)
      do {
        try tracer.trace()
        return (try NetworkAssembly(&tracer), tracer.log, choice)
      } catch {
        refusal = refusal ?? error
        guard tracer.hasFreeAxes else { throw error }
      }
    }
    throw refusal ?? log.error(nil, "has no network")
  }

  /// Notes what a model says that changes nothing of what it computes, and what is not read of it.
  private static func describe(_ model: ONNXModel, _ log: inout ConversionLog) throws {
    for part in model.unreadParts.sorted(by: { "\($0)" < "\($1)" }) {
      switch part {
      case .trainingInfo:
        try log.lose("training_info", "graphs of training and their state have no counterpart")
      case .sparseInitializer:
        try log.lose("sparse_initializer", "sparse weights are not read")
      case .field(let number):
        log.ignore("field \(number)", "is none that is known here")
      }
    }
    for function in model.functions {
      log.change(
        "function \(function.domain).\(function.name)", "its nodes stand where it is called")
    }
    if model.hasProducerName {
      log.ignore(
        "producer", "\(model.producerName) \(model.producerVersion)".trimmingTrailingSpace)
    }
    for entry in model.metadataProps {
      log.ignore("metadata \(entry.key)", "says nothing about what is computed")
    }
    if !model.docString.isEmpty { log.ignore("doc_string", "is text for people") }
  }
}

extension String {
  /// Without spaces at its end.
  fileprivate var trimmingTrailingSpace: String {
    String(reversed().drop { $0 == " " }.reversed())
  }
}

// MARK: - The way through a graph

extension GraphTracer {
  /// Follows the whole graph.
  ///
  /// - Throws: ``ConversionError`` naming the node where there is no counterpart.
  mutating func trace() throws {
    for name in graph.initializers.keys.sorted() {
      guard let tensor = graph.initializers[name], graph.uses[name] != nil else { continue }
      let shape = try tensor.extents(in: file)
      let numbers = try tensor.numbers(in: file)
      storedCount += numbers.count
      values[name] = .constant(ConstantArray(shape.dimensions, numbers, sources: [name]))
    }
    try makeInputs()
    for operation in graph.order { try read(operation) }
    for node in graph.unused {
      log.ignore(Operation.label(node), "leads to no output")
    }
  }

  private mutating func read(_ operation: Operation) throws {
    guard operation.node.domain.isEmpty || operation.node.domain == "ai.onnx" else {
      throw operation.error(
        "belongs to the operators '\(operation.node.domain)', which have no counterpart")
    }
    let first = nodes.count
    let results: [GraphValue]
    if let arrays = try ConstantFolding.results(of: operation, &self) {
      results = arrays.map { .constant($0) }
      try budget(arrays, for: operation)
      log.change(operation.label, "a constant")
    } else if let reading = OperatorReader.standard[operation.kind] {
      do {
        results = try reading(operation, &self)
      } catch let problem as ConstantProblem {
        throw operation.error("\(problem)")
      }
      note(operation, from: first)
    } else {
      let isGraph = ["If", "Loop", "Scan"].contains(operation.kind)
      throw operation.error(
        isGraph ? "holds graphs of its own, which have no counterpart" : "has no counterpart")
    }
    for name in operation.unknownAttributes {
      try log.lose(operation.label, "its attribute '\(name)' is not known")
    }
    for (name, value) in zip(operation.node.output, results) where !name.isEmpty {
      values[name] = value
    }
  }

  /// Refuses to hold far more numbers than the file has.
  private mutating func budget(_ arrays: [ConstantArray], for operation: Operation) throws {
    let count = arrays.reduce(0) { $0 + $1.numbers.count }
    if operation.kind == "Constant" { storedCount += count } else { foldedCount += count }
    guard foldedCount <= 1 << 24 || foldedCount <= 16 * storedCount else {
      throw operation.error("constants are computed from constants without end")
    }
  }

  /// Notes what became of a node; what its layers are called is known later.
  private mutating func note(_ operation: Operation, from first: Int) {
    traces.append(OperationTrace(label: operation.label, nodes: Array(first..<nodes.count)))
  }
}

/// A node of the ONNX graph and the nodes that it made.
struct OperationTrace {
  let label: String
  let nodes: [Int]
}
