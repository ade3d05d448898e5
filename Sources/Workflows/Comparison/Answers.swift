import Datasets
import Formats
import Kernels
import ModelFiles
import Networks
import Tensors
import Training

/// What a model answers to every row of a table or of arrays.
struct Answers {
  /// The answers of one output.
  struct Output {
    /// What is predicted, or the output's name.
    let name: String
    let judgement: Judgement
    /// The columns of a row's numbers.
    let columns: Range<Int>
  }

  private(set) var rowCount = 0
  /// The numbers of all rows, those of all outputs beside each other.
  private(set) var values: [Float] = []
  let outputs: [Output]
  /// The number of numbers of a row.
  let width: Int
  /// The scores, where the table has the targets.
  private(set) var scores: Evaluation.Result?
  private(set) var notes: [String] = []

  /// Predicts every row.
  ///
  /// - Throws: `ModelFileError`, `TableError`, `FormatError`.
  init(of file: ModelFile, to data: String, _ options: Comparison.Options) throws {
    if FileSignature(ofFile: data) != nil {
      try self.init(of: file, arrays: NumPyFile(path: data), options)
      return
    }
    let reader = try unsafe CSVReader(ByteSource(path: data), options: options.csv)
    if let preprocessing = file.preprocessing {
      try self.init(of: file, preprocessing, reader, options)
    } else {
      try self.init(of: file, reader, options)
    }
  }

  /// The outputs side by side.
  private init(_ outputs: [PredictedOutput], names: [String], _ judgements: [Judgement]) {
    var column = 0
    self.outputs = outputs.indices.map { index in
      defer { column += outputs[index].width }
      return Output(
        name: names[index], judgement: judgements[index],
        columns: column..<column + outputs[index].width)
    }
    width = column
  }

  private mutating func add(_ rows: TensorView) {
    rowCount += rows.shape[0]
    values += rows.elements(as: Float.self)
  }
}

// MARK: - Tables

extension Answers {
  /// Memory for one block on its way, reused for block after block.
  private final class Slot {
    let block = RowBlock()
    let batch: EncodedBatch
    let session: Session
    var report = EncodingReport()
    var predictions: TensorView?

    init(_ binding: ColumnBinding, _ model: TableModel) throws {
      batch = EncodedBatch(binding)
      session = try model.session()
    }
  }

  private init(
    of file: ModelFile, _ preprocessing: Preprocessing, _ reader: CSVReader,
    _ options: Comparison.Options
  ) throws {
    let model = try TableModel(file, preprocessing: preprocessing)
    self.init(
      model.outputs, names: preprocessing.targets.map(\.name),
      preprocessing.targets.map(\.judgement))
    let binding = try preprocessing.binding(to: reader.header, source: reader.name)
    var report = EncodingReport()
    let threads = max(min(options.threadCount, model.sessionLimit - 1), 1)
    let slots = try (0...threads).map { _ in try Slot(binding, model) }
    try Workers(threadCount: threads).pipeline(slots: slots) { slot in
      try reader.next(into: slot.block)
    } work: { slot in
      slot.report = EncodingReport()
      try slot.block.index()
      slot.report.emptyLines.add(slot.block)
      try binding.encode(slot.block, into: slot.batch, report: &slot.report)
      slot.predictions = slot.batch.predictions(by: slot.session, for: model)
    } give: { slot in
      report.add(slot.report)
      if slot.batch.rowCount > 0, let predictions = slot.predictions { add(predictions) }
    }
    notes = report.lines
    if preprocessing.targetColumns.allSatisfy(reader.header.contains) {
      scores = try Evaluation.run(options.evaluation, by: file)
    }
  }
}

// MARK: - Arrays and tables of nothing but numbers

extension Answers {
  /// Memory for one block on its way.
  private final class ExampleSlot {
    let block = ExampleBlock()
    let session: Session
    let predictions: GrowingRows

    init(_ model: ExampleModel) {
      session = model.session()
      predictions = GrowingRows(width: model.width)
    }
  }

  private init(of file: ModelFile, arrays: NumPyFile, _ options: Comparison.Options) throws {
    let inputs = try ArrayInputs(arrays, for: file.network)
    let model = try inputs.naming { try ExampleModel(file, shapes: $0) }
    let judged = try? model.judged(loss: nil, names: nil)
    let examples = try ArrayExamples(inputs)
    self.init(model, judged)
    try predict(examples, model, options)
    if let judged, judged.allSatisfy({ $0.names.contains(where: arrays.names.contains) }) {
      scores = try Evaluation.run(options.evaluation, by: file)
    }
  }

  private init(of file: ModelFile, _ reader: CSVReader, _ options: Comparison.Options) throws {
    let model = try ExampleModel(file)
    let judged = try? model.judged(loss: nil, names: nil)
    let inputCount = file.network.inputs.reduce(0) { $0 + $1.shape.count }
    let targets = judged?.map(\.form) ?? []
    let hasTargets =
      !targets.isEmpty
      && reader.header.count == inputCount + targets.reduce(0) { $0 + $1.columnCount }
    let table = try FlatTable(reader, for: file.network, targets: hasTargets ? targets : [])
    self.init(model, judged)
    try predict(table, model, options)
    if hasTargets { scores = try Evaluation.run(options.evaluation, by: file) }
  }

  private init(_ model: ExampleModel, _ judged: [JudgedOutput]?) {
    self.init(
      model.outputs, names: model.outputs.map(\.name),
      model.outputs.indices.map { index in
        let output = model.outputs[index]
        guard let judgement = judged?[index].judgement else {
          return Answers.judgement(of: output)
        }
        // The probability of the second of two classes alone is that of a label.
        if case .classes(let names) = judgement, names.count != output.width {
          return .labels(Array(names.suffix(output.width)))
        }
        return judgement
      })
  }

  /// What can be said of an output of which nothing but its link is known.
  private static func judgement(of output: PredictedOutput) -> Judgement {
    let names = (0..<output.width).map { "\($0)" }
    switch output.link {
    case .softmax: return .classes(names)
    case .sigmoid: return .labels(names)
    default: return .numbers(nil)
    }
  }

  private mutating func predict(
    _ source: some ExampleSource, _ model: ExampleModel, _ options: Comparison.Options
  ) throws {
    var emptyLines = EmptyLines()
    var rows: [Float] = []
    var count = 0
    try model.forEachBlock(
      of: source, threads: options.threadCount, makeSlot: { ExampleSlot(model) }
    ) {
      $0.block
    } work: { slot in
      let predictions = slot.predictions.reserve(slot.block.count)
      try model.forEachChunk(of: slot.block, from: source, by: slot.session) { range in
        slot.session.takePredictions(
          model.outputs, count: range.count, into: predictions.rows(range))
      }
    } give: { slot in
      guard slot.block.count > 0 else { return }
      count += slot.block.count
      rows += slot.predictions.view.elements(as: Float.self)
      emptyLines.add(slot.block.emptyLines)
    }
    rowCount = count
    values = rows
    notes = [emptyLines.note].compactMap(\.self)
  }
}

extension Comparison.Options {
  /// How a model is scored on the rows.
  fileprivate var evaluation: Evaluation.Options {
    Evaluation.Options(table: data ?? "", csv: csv, threads: threads)
  }
}
