import Datasets
import Formats
import Foundation
import ModelFiles
import Networks
import Tensors
import Training

/// All examples of a file at once, as a network takes them: a table for a model that knows its columns,
/// a table of the flattened inputs, or arrays of NumPy.
struct WholeExamples {
  /// One tensor for every input, in the order of the network.
  let inputs: [Tensor]
  /// What was asked of the outputs: int32 classes `[rows]`, or float32.
  let targets: [Tensor]
  /// What the targets are called.
  let targetNames: [String]
  let rowCount: Int
  /// What was noticed, one line each.
  let notes: [String]

  private init(inputs: [Tensor], rowCount: Int, notes: [String]) {
    self.inputs = inputs
    targets = []
    targetNames = []
    self.rowCount = rowCount
    self.notes = notes
  }

  /// Reads the inputs of a file for a model.
  ///
  /// - Throws: `TableError` or `FormatError` with what is wrong where.
  init(_ path: String, for file: ModelFile) throws {
    if let preprocessing = file.preprocessing, FileSignature(ofFile: path) == nil {
      let configuration = try file.configuration.map { text in
        try Configuration(values: CanonicalJSON.value(ConfigurationValue.self, from: text))
      }
      let source = try TrainingTable(
        path, csv: (configuration ?? Configuration()).csvOptions,
        kinds: preprocessing.columnKinds, unreadable: preprocessing.unreadable)
      let encoded = try preprocessing.encode(source.table)
      guard encoded.rowCount > 0 else { throw TableError(path, .noRows) }
      self.init(
        inputs: encoded.inputs.map(\.tensor), rowCount: encoded.rowCount,
        notes: source.table.notes + encoded.report.lines)
    } else {
      try self.init(path, for: file, judged: [], names: nil)
    }
  }

  /// Reads the inputs of a file, and what its outputs are compared with, as the model takes them; no
  /// columns are prepared.
  ///
  /// - Parameter names: of the targets, in the order of the outputs; the usual ones when nil.
  /// - Throws: as ``init(_:for:)``.
  init(_ path: String, for file: ModelFile, judged: [JudgedOutput], names: [String]?) throws {
    if FileSignature(ofFile: path) != nil {
      let arrays = try NumPyFile(path: path)
      let inputs = try ArrayInputs(arrays, for: file.network)
      let examples = try ArrayExamples(
        inputs, targets: judged.map { (names: $0.names, form: $0.form) })
      try self.init(
        examples, shapes: inputs.shapes, network: file.network, judged: judged,
        targetNames: examples.targetNames,
        notes: examples.unusedNames.isEmpty
          ? [] : ["not used: \(examples.unusedNames.joined(separator: ", "))"])
    } else {
      let reader = try unsafe CSVReader(ByteSource(path: path), options: CSVOptions())
      let examples = try FlatTable(
        reader, for: file.network, targets: judged.map(\.form), targetNames: names)
      try self.init(
        examples, shapes: file.network.inputs.map(\.shape), network: file.network, judged: judged,
        targetNames: examples.targetNames, notes: [])
    }
  }

  private init(
    _ source: some ExampleSource, shapes: [Shape], network: Network, judged: [JudgedOutput],
    targetNames: [String], notes: [String]
  ) throws {
    let inputs = zip(shapes, network.inputs).map { shape, input in
      GrowingTensor(shape: shape, elementType: input.isIndices ? .int32 : .float32)
    }
    let targets = judged.map { judged in
      switch judged.form {
      case .classes: GrowingTensor(shape: [], elementType: .int32)
      case .numbers(let shape): GrowingTensor(shape: shape, elementType: .float32)
      }
    }
    let block = ExampleBlock()
    var count = 0
    while try source.next(into: block, limit: 4096) {
      try source.prepare(block)
      let rows = 0..<block.count
      if rows.isEmpty { continue }
      for (index, input) in inputs.enumerated() {
        try input.append(block.count) {
          try source.copyInput(index, of: rows, in: block, into: $0)
        }
      }
      for (index, target) in targets.enumerated() {
        try target.append(block.count) {
          try source.copyTarget(index, of: rows, in: block, into: $0)
        }
      }
      count += block.count
    }
    guard count > 0 else { throw TableError(source.name, .noRows) }
    self.inputs = inputs.map(\.tensor)
    self.targets = targets.map(\.tensor)
    self.targetNames = targetNames
    rowCount = count
    self.notes = notes
  }
}

/// A tensor that grows by rows.
private final class GrowingTensor {
  private let shape: Shape
  private let elementType: ElementType
  private var memory: Tensor
  private var count = 0

  /// A tensor without rows of a shape each.
  init(shape: Shape, elementType: ElementType) {
    self.shape = shape
    self.elementType = elementType
    memory = Tensor(zeros: shape.prepending(0), elementType: elementType)
  }

  /// All rows.
  var tensor: Tensor { memory.rows(0..<count) }

  /// Adds rows that a closure fills.
  func append(_ rows: Int, _ fill: (TensorView) throws -> Void) rethrows {
    if count + rows > memory.shape[0] {
      var larger = Tensor(
        zeros: shape.prepending(max(count + rows, 2 * count)), elementType: elementType)
      if count > 0 {
        larger.withMutableView { view in
          memory.withView { view.rows(0..<count).copy(from: $0.rows(0..<count)) }
        }
      }
      memory = larger
    }
    try memory.withMutableView { try fill($0.rows(count..<count + rows)) }
    count += rows
  }
}
