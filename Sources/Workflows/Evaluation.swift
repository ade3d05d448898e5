import Datasets
import Foundation
import Kernels
import ModelFiles
import Networks
import Tensors
import Training

/// Compares a model's predictions with the true values of a table.
public enum Evaluation {
  /// What is asked.
  public struct Options: Sendable {
    /// The model.
    public var model: String
    /// The table, with the target's column; "-" is standard input.
    public var table: String
    /// How the table is read, where that is not to be found out.
    public var csv: CSVOptions

    /// Options of evaluating.
    public init(model: String = "model.h5", table: String, csv: CSVOptions = CSVOptions()) {
      self.model = model
      self.table = table
      self.csv = csv
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

    init(_ target: Preprocessing.Target, predictions: [Float], labels: [Int32], numbers: [Float]) {
      self.target = target.name
      classes = target.names.isEmpty ? nil : target.names
      switch target {
      case .classes(let target):
        classification = ClassificationScores(
          probabilities: predictions, labels: labels, classCount: target.classes.count)
      case .labels(let target):
        self.labels = LabelScores(
          probabilities: predictions, targets: numbers, labelCount: target.labels.count)
      case .number(let target):
        regression = RegressionScores(
          predictions: predictions.map { Double(target.value(ofOutput: $0)) },
          targets: numbers.map { Double(target.value(ofOutput: $0)) })
      }
    }
  }

  /// Predicts every row and scores the predictions. Only predictions and targets are kept in
  /// memory, never the table.
  ///
  /// - Throws: `ModelFileError`, or `TableError` with line, column and value of what is wrong; a
  ///   table without a target's column is refused.
  public static func run(_ options: Options) throws -> Result {
    let file = try ModelFile(reading: options.model)
    let reader = try unsafe CSVReader(ByteSource(path: options.table), options: options.csv)
    guard let preprocessing = file.preprocessing else {
      throw ModelFileError(options.model, "knows no columns, so that no table can be read for it")
    }
    let model = try TableModel(file, preprocessing: preprocessing)
    let binding = try preprocessing.binding(
      to: reader.header, source: reader.name, includesTarget: true)
    guard binding.hasTargets else {
      let missing = preprocessing.targetColumns.first { !reader.header.contains($0) }
      throw TableError(
        reader.name, column: missing ?? "", .noTargetColumn(columns: reader.header))
    }
    let batch = EncodedBatch(binding)
    let session = try model.session()
    let block = RowBlock()
    var report = EncodingReport()
    var parts = preprocessing.targets.map { _ in Part() }
    while try reader.next(into: block) {
      try block.index()
      report.emptyLines.add(block)
      try binding.encode(block, into: batch, report: &report)
      guard batch.rowCount > 0 else { continue }
      let predictions = batch.predictions(by: session, for: model)
      var column = 0
      for (index, target) in preprocessing.targets.enumerated() {
        parts[index].add(
          predictions, columns: column..<column + target.outputCount, targets: batch.targets[index])
        column += target.outputCount
      }
    }
    guard report.rowCount > 0 else { throw TableError(reader.name, .noRows) }
    return Result(
      rowCount: report.rowCount,
      targets: zip(preprocessing.targets, parts).map { target, part in
        TargetResult(
          target, predictions: part.predictions, labels: part.labels, numbers: part.numbers)
      }, notes: model.file.notes + report.lines)
  }

  /// The predictions and targets of one target so far.
  private struct Part {
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
