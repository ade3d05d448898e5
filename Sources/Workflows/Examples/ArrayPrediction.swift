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
    try options.csv.requireNone()
    let inputs = try ArrayInputs(arrays, for: file.network)
    let examples = try ArrayExamples(inputs)
    let model = try inputs.naming { try ExampleModel(file, shapes: $0) }
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
    let place = try PredictionPlace(options)
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
