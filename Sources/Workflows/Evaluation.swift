import Datasets
import Formats
import Foundation
import Kernels
import ModelFiles
import Networks
import Tensors
import Training

/// Compares a model's predictions with the true values of a table or of arrays.
public enum Evaluation {
  /// What is asked.
  public struct Options: Sendable {
    /// The model.
    public var model: String
    /// The table, with the target's column, or arrays of NumPy; "-" is standard input.
    public var table: String
    /// The arrays, or the columns of a table for a model without columns, that hold the targets, with
    /// commas between them; the usual ones when nil.
    public var target: String?
    /// The loss, where the model knows none or another one is wanted; not for tables of a model with
    /// columns.
    public var loss: String?
    /// How the table is read, where that is not to be found out.
    public var csv: CSVOptions
    /// How many threads work; all processors when nil.
    public var threads: Int?

    /// Options of evaluating.
    public init(
      model: String = "model.h5", table: String, target: String? = nil, loss: String? = nil,
      csv: CSVOptions = CSVOptions(), threads: Int? = nil
    ) {
      self.model = model
      self.table = table
      self.target = target
      self.loss = loss
      self.csv = csv
      self.threads = threads
    }
  }

  /// What was measured.
  public struct Result: Encodable, Hashable, Sendable {
    /// The number of rows judged.
    public var rowCount: Int
    /// The scores of every target.
    public var targets: [TargetResult]
    /// What was noticed, one line each.
    public var notes: [String]

    private enum CodingKeys: String, CodingKey {
      case rowCount = "rows"
      case targets, notes
    }

    /// One target stands beside the rest, several stand in a list.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(rowCount, forKey: .rowCount)
      if targets.count == 1 {
        try targets[0].encode(to: encoder)
      } else {
        try container.encode(targets, forKey: .targets)
      }
      try container.encode(notes, forKey: .notes)
    }
  }

  /// What was measured of one target.
  public struct TargetResult: Encodable, Hashable, Sendable {
    /// The target's name.
    public var target: String
    /// The classes or labels in the order of the scores.
    public var classes: [String]?
    /// The scores of a classification.
    public var classification: ClassificationScores?
    /// The scores of labels.
    public var labels: LabelScores?
    /// The scores of a regression, in the unit of the target.
    public var regression: RegressionScores?

    /// The mean loss, where it was measured.
    public var loss: LossScore?

    /// Of more classes than this there is the loss alone.
    static let classLimit = 4096

    init(_ name: String, _ judgement: Judgement, _ part: Part, loss: LossScore? = nil) {
      target = name
      self.loss = loss
      switch judgement {
      case .classes(let names):
        classes = names
        // Of so many classes the confusion matrix alone would fill the memory.
        guard names.count <= TargetResult.classLimit else { return }
        let targets =
          part.labels.isEmpty
          ? Tensor(part.numbers, shape: [part.numbers.count, 1]) : Tensor(part.labels)
        classification = ClassificationScores(
          predictions: part.predictions, targets: targets, classCount: names.count)
      case .labels(let names):
        classes = names
        labels = LabelScores(
          probabilities: part.predictions, targets: part.numbers, labelCount: names.count)
      case .numbers(let target):
        func value(_ number: Float) -> Double { Double(target?.value(ofOutput: number) ?? number) }
        regression = RegressionScores(
          predictions: part.predictions.map(value), targets: part.numbers.map(value))
      }
    }
  }

  /// A mean loss, in the unit of the network's output.
  public struct LossScore: Encodable, Hashable, Sendable {
    /// The kind of loss.
    public var kind: String
    /// The mean over all rows.
    public var mean: Double
  }

  /// Predicts every row and scores the predictions. Only predictions and targets are kept in
  /// memory, never the table.
  ///
  /// - Throws: `ModelFileError`, `FormatError`, or `TableError` with line, column and value of what is wrong; a
  ///   table without a target's column is refused.
  public static func run(_ options: Options) throws -> Result {
    try run(options, by: ModelFile(reading: options.model))
  }

  /// The same by a model that is open already.
  static func run(_ options: Options, by file: ModelFile) throws -> Result {
    if FileSignature(ofFile: options.table) != nil {
      return try ArrayEvaluation.run(options, arrays: NumPyFile(path: options.table), by: file)
    }
    let reader = try unsafe CSVReader(ByteSource(path: options.table), options: options.csv)
    guard let preprocessing = file.preprocessing else {
      return try ArrayEvaluation.run(options, table: reader, by: file)
    }
    for (flag, value) in [("--target", options.target), ("--loss", options.loss)] {
      guard let value else { continue }
      throw OptionError(flag, expected: "arrays, or a model without columns", found: "'\(value)'")
    }
    let model = try TableModel(file, preprocessing: preprocessing)
    let binding = try preprocessing.binding(
      to: reader.header, source: reader.name, includesTarget: true)
    guard binding.hasTargets else {
      let missing = preprocessing.targetColumns.first { !reader.header.contains($0) }
      throw TableError(
        reader.name, column: missing ?? "", .noTargetColumn(columns: reader.header))
    }
    var report = EncodingReport()
    var parts = preprocessing.targets.map { _ in Part() }
    let count = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
    let threads = max(min(count, model.sessionLimit - 1), 1)
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
      guard slot.batch.rowCount > 0, let predictions = slot.predictions else { return }
      var column = 0
      for (index, target) in preprocessing.targets.enumerated() {
        parts[index].add(
          predictions, columns: column..<column + target.outputCount,
          targets: slot.batch.targets[index])
        column += target.outputCount
      }
    }
    guard report.rowCount > 0 else { throw TableError(reader.name, .noRows) }
    return Result(
      rowCount: report.rowCount,
      targets: zip(preprocessing.targets, parts).map { target, part in
        TargetResult(target.name, target.judgement, part)
      }, notes: model.file.notes + report.lines)
  }

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

  /// The predictions and targets of one target so far.
  struct Part {
    var predictions: [Float] = []
    var labels: [Int32] = []
    var numbers: [Float] = []

    mutating func add(_ rows: TensorView, columns: Range<Int>, targets: TensorView) {
      let elements = rows.elements(as: Float.self)
      let width = rows.shape.last
      if columns.count == width {
        predictions += elements
      } else {
        for row in 0..<rows.shape[0] {
          predictions +=
            elements[row * width + columns.lowerBound..<row * width + columns.upperBound]
        }
      }
      if targets.elementType == .int32 {
        labels += targets.elements(as: Int32.self)
      } else {
        numbers += targets.elements(as: Float.self)
      }
    }
  }
}
