import Datasets
import Formats
import Foundation
import Kernels
import ModelFiles
import Networks
import Tensors
import Training

/// Predicts examples that stand in arrays, or in a table of nothing but the network's inputs.
enum ArrayPrediction {
  /// Predicts the arrays of a file.
  static func run(
    _ options: Prediction.Options, arrays: NumPyFile, by file: ModelFile
  ) throws -> Prediction.Result {
    guard options.keep.isEmpty else {
      throw OptionError("--keep", expected: "a table with columns", found: "arrays")
    }
    let examples = try ArrayExamples(arrays, for: file.network)
    let model = try examples.naming { try ExampleModel(file, shapes: examples.shapes) }
    let writer = try model.writer(options)
    let (rowCount, _) = try ExamplePredictor(model: model, source: examples, writer: writer)
      .run(options)
    var notes = file.notes
    if !examples.unusedNames.isEmpty {
      notes.append("not used by the model: \(examples.unusedNames.joined(separator: ", "))")
    }
    return Prediction.Result(rowCount: rowCount, notes: notes)
  }

  /// Predicts a table whose columns are the flattened inputs in their order.
  static func run(
    _ options: Prediction.Options, table reader: CSVReader, by file: ModelFile
  ) throws -> Prediction.Result {
    let examples = try FlatTable(reader, for: file.network, kept: options.keep)
    let model = try ExampleModel(file)
    let writer = try model.writer(options, columns: reader.header, source: reader.name)
    let (rowCount, emptyLines) = try ExamplePredictor(
      model: model, source: examples, writer: writer
    ).run(options)
    let notes = file.notes + [emptyLines.note].compactMap(\.self)
    return Prediction.Result(rowCount: rowCount, notes: notes)
  }
}

extension ArrayExamples {
  /// Puts the file before what a network says about the shapes of its arrays.
  func naming<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as NetworkError {
      throw FormatError(name, "arrays of these shapes do not go through the network: \(error)")
    }
  }
}

extension ExampleModel {
  /// What prints predictions: of the classes and numbers that the file knows, else of the outputs
  /// by their names.
  fileprivate func writer(
    _ options: Prediction.Options, columns: [String] = [], source: String = ""
  ) throws -> PredictionWriter {
    guard let preprocessing = file.preprocessing else {
      return try PredictionWriter(
        outputs: outputs.map { (name: $0.name, shape: $0.shape) }, format: options.format,
        columns: columns, kept: options.keep, source: source)
    }
    return try PredictionWriter(
      targets: preprocessing.targets, format: options.format, columns: columns,
      kept: options.keep, includesProbabilities: options.includesProbabilities, source: source)
  }
}

/// Predicts blocks of examples on several threads.
private struct ExamplePredictor<Source: ExampleSource> {
  let model: ExampleModel
  let source: Source
  let writer: PredictionWriter

  /// Memory for one block on its way, reused for block after block.
  private final class Slot {
    let block = ExampleBlock()
    let text = TextBuffer()
    let session: Session
    let predictions: GrowingRows

    init(_ model: ExampleModel) {
      session = model.session()
      predictions = GrowingRows(width: model.width)
    }
  }

  /// Predicts everything; returns how many rows there were, and the lines that were left out.
  func run(_ options: Prediction.Options) throws -> (rowCount: Int, emptyLines: EmptyLines) {
    let place = try PredictionPlace(options.output, format: options.format, keeping: options.keep)
    var rowCount = 0
    var emptyLines = EmptyLines()
    let threads = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
    try place.write(model.outputs, reading: [options.input, options.model]) { sink in
      try sink.begin(writer.header)
      try model.forEachBlock(of: source, threads: threads, makeSlot: { Slot(model) }) { slot in
        slot.block
      } work: { slot in
        slot.text.truncate(to: 0)
        let predictions = slot.predictions.reserve(slot.block.count)
        try model.forEachChunk(of: slot.block, from: source, by: slot.session) { rows in
          slot.session.takePredictions(
            model.outputs, count: rows.count, into: predictions.rows(rows))
        }
        if sink.isText { writer.append(predictions, block: slot.block.records, to: slot.text) }
      } give: { slot in
        try sink.take(slot.text, slot.predictions.view)
        rowCount += slot.block.count
        emptyLines.add(slot.block.emptyLines)
      }
    }
    return (rowCount, emptyLines)
  }
}

// MARK: - Blocks

extension ExampleModel {
  /// Takes the blocks of a source, works on several at once, and gives the results in order.
  func forEachBlock<Slot>(
    of source: some ExampleSource, threads: Int, makeSlot: () -> Slot,
    _ block: (Slot) -> ExampleBlock, work: (Slot) throws -> Void, give: (Slot) throws -> Void
  ) throws {
    // One block more than threads, so that no thread waits for another's block to be written; fewer
    // where their memory would be too much together.
    let threads = max(min(threads, sessionLimit - 1), 1)
    let slots = (0...threads).map { _ in makeSlot() }
    try Workers(threadCount: threads).pipeline(slots: slots) { slot in
      try source.next(into: block(slot), limit: capacity)
    } work: { slot in
      try source.prepare(block(slot))
      try work(slot)
    } give: { slot in
      try give(slot)
    }
  }

  /// Runs the network over the examples of a block, as many at a time as a session takes, and calls a
  /// closure after each.
  func forEachChunk(
    of block: ExampleBlock, from source: some ExampleSource, by session: Session,
    _ body: (Range<Int>) throws -> Void
  ) throws {
    for start in stride(from: 0, to: block.count, by: capacity) {
      let rows = start..<min(start + capacity, block.count)
      for input in network.inputs.indices {
        try source.copyInput(
          input, of: rows, in: block, into: session.input(input, count: rows.count))
      }
      session.forward(count: rows.count)
      try body(rows)
    }
  }
}

/// Rows of float32 in memory that grows and is never given back.
final class GrowingRows {
  /// The rows that were asked for last.
  private(set) var view: TensorView
  private let width: Int
  private var tensor: Tensor

  init(width: Int) {
    self.width = width
    tensor = Tensor(zeros: [0, width])
    view = tensor.ownedView()
  }

  /// Room for some rows, with anything in it.
  func reserve(_ rows: Int) -> TensorView {
    if tensor.shape[0] < rows { tensor = Tensor(zeros: [rows, width]) }
    view = tensor.ownedView().prefix(rows)
    return view
  }
}
