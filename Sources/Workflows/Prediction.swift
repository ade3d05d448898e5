import Datasets
import Formats
import Foundation
import Kernels
import ModelFiles
import Networks
import Tensors
import Training

/// Predicts every row of a table or of arrays, in constant memory whatever their length.
public enum Prediction {
  /// What is asked.
  public struct Options: Sendable {
    /// The model.
    public var model: String
    /// The table, or arrays of NumPy; "-" is standard input.
    public var input: String
    /// Whether every byte of the model is compared with its digest before it is used.
    public var verifies: Bool
    /// Where predictions go; standard output when nil. Arrays where the name ends in `.npy` or `.npz`.
    public var output: String?
    /// Columns of the table that are passed through.
    public var keep: [String]
    /// How predictions are written.
    public var format: PredictionFormat
    /// Whether classes get their probabilities.
    public var includesProbabilities: Bool
    /// How the table is read, where that is not to be found out.
    public var csv: CSVOptions
    /// How many threads work; all processors when nil.
    public var threads: Int?

    /// Options of predicting.
    public init(
      model: String = "model.h5", input: String, verifies: Bool = false, output: String? = nil,
      keep: [String] = [],
      format: PredictionFormat = .csv, includesProbabilities: Bool = true,
      csv: CSVOptions = CSVOptions(), threads: Int? = nil
    ) {
      self.model = model
      self.input = input
      self.verifies = verifies
      self.output = output
      self.keep = keep
      self.format = format
      self.includesProbabilities = includesProbabilities
      self.csv = csv
      self.threads = threads
    }
  }

  /// What was done.
  public struct Result: Encodable, Hashable, Sendable {
    /// The number of rows predicted.
    public var rowCount: Int
    /// What was noticed, one line each: columns not used, values filled in.
    public var notes: [String]

    private enum CodingKeys: String, CodingKey {
      case rowCount = "rows"
      case notes
    }
  }

  /// Predicts every row, in the order of the input. A row's prediction depends neither on the other
  /// rows nor on the number of threads.
  ///
  /// Arrays are known by their content, and are the inputs of the network by name, as they are after
  /// a table's columns have been prepared. A table for a model that knows no columns has one for each
  /// number of the flattened inputs, in their order.
  ///
  /// - Throws: `ModelFileError`, `FormatError`, or `TableError` with line, column and value of what the model's
  ///   policies refuse. A file at `output` is then as it was.
  public static func run(_ options: Options) throws -> Result {
    let file = try ModelFile(reading: options.model)
    if options.verifies { try file.checkDigests() }
    if FileSignature(ofFile: options.input) != nil {
      return try ArrayPrediction.run(options, arrays: NumPyFile(path: options.input), by: file)
    }
    let source = try unsafe ByteSource(path: options.input)
    let reader = try CSVReader(source, options: options.csv)
    guard let preprocessing = file.preprocessing else {
      return try ArrayPrediction.run(options, table: reader, by: file)
    }
    let model = try TableModel(file, preprocessing: preprocessing)
    let binding = try preprocessing.binding(to: reader.header, source: reader.name)
    let writer = try PredictionWriter(
      targets: preprocessing.targets, format: options.format, columns: reader.header,
      kept: options.keep, includesProbabilities: options.includesProbabilities,
      source: reader.name)
    let predictor = try BlockPredictor(
      model: model, reader: reader, binding: binding, writer: writer)
    var result = Result(rowCount: 0, notes: file.notes)
    var report = EncodingReport()
    let threads = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
    let place = try PredictionPlace(options)
    try place.write(model.outputs, reading: [options.input, options.model]) { sink in
      report = try predictor.run(threads: threads, into: sink)
    }
    result.rowCount = report.rowCount
    let ignored = binding.ignoredColumns.filter { !options.keep.contains($0) }
    if !ignored.isEmpty {
      result.notes.append("not used by the model: \(ignored.joined(separator: ", "))")
    }
    result.notes += report.lines
    return result
  }
}

/// Predicts blocks of rows on several threads.
private struct BlockPredictor {
  let model: TableModel
  let reader: CSVReader
  let binding: ColumnBinding
  let writer: PredictionWriter

  init(
    model: TableModel, reader: CSVReader, binding: ColumnBinding, writer: PredictionWriter
  ) throws {
    self.model = model
    self.reader = reader
    self.binding = binding
    self.writer = writer
  }

  /// Memory for one block on its way, reused for block after block.
  private final class Slot {
    let block = RowBlock()
    let text = TextBuffer()
    let batch: EncodedBatch
    let session: Session
    var report = EncodingReport()
    var predictions: TensorView?

    init(_ predictor: BlockPredictor) throws {
      batch = EncodedBatch(predictor.binding)
      session = try predictor.model.session()
    }
  }

  func run(threads: Int, into sink: PredictionSink) throws -> EncodingReport {
    var report = EncodingReport()
    try sink.begin(writer.header)
    // One block more than threads, so that no thread waits for another's block to be written; fewer
    // where their memory would be too much together.
    let threads = max(min(threads, model.sessionLimit - 1), 1)
    let slots = try (0...threads).map { _ in try Slot(self) }
    try Workers(threadCount: threads).pipeline(slots: slots) { slot in
      try reader.next(into: slot.block)
    } work: { slot in
      slot.text.truncate(to: 0)
      let predictions = try predict(slot)
      if sink.isText { writer.append(predictions, block: slot.block, to: slot.text) }
      slot.predictions = predictions
    } give: { slot in
      if let predictions = slot.predictions { try sink.take(slot.text, predictions) }
      report.add(slot.report)
    }
    return report
  }

  /// The predictions of a block, valid until the next.
  private func predict(_ slot: Slot) throws -> TensorView {
    slot.report = EncodingReport()
    try slot.block.index()
    slot.report.emptyLines.add(slot.block)
    try binding.encode(slot.block, into: slot.batch, report: &slot.report)
    return slot.batch.predictions(by: slot.session, for: model)
  }
}
