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
    /// The target's column.
    public var target: String
    /// The classes in the order of the scores.
    public var classes: [String]?
    /// The scores of a classification.
    public var classification: ClassificationScores?
    /// The scores of a regression, in the unit of the target.
    public var regression: RegressionScores?
    /// What was noticed, one line each.
    public var notes: [String]

    private enum CodingKeys: String, CodingKey {
      case rowCount = "rows"
      case target, classes, classification, regression, notes
    }
  }

  /// Predicts every row and scores the predictions. Only predictions and targets are kept in
  /// memory, never the table.
  ///
  /// - Throws: `ModelFileError`, or `TableError` with line, column and value of what is wrong; a
  ///   table without the target's column is refused.
  public static func run(_ options: Options) throws -> Result {
    let model = try TableModel(options.model)
    let reader = try unsafe CSVReader(ByteSource(path: options.table), options: options.csv)
    let preprocessing = model.preprocessing
    let binding = try preprocessing.binding(
      to: reader.header, source: reader.name, includesTarget: true)
    guard binding.hasTarget else {
      throw TableError(
        reader.name, column: preprocessing.targetName, .noTargetColumn(columns: reader.header))
    }
    let batch = EncodedBatch(binding)
    let session = try model.session()
    let block = RowBlock()
    var report = EncodingReport()
    var predictions: [Float] = []
    var labels: [Int32] = []
    var numbers: [Float] = []
    while try reader.next(into: block) {
      try block.index()
      report.emptyLines.add(block)
      try binding.encode(block, into: batch, report: &report)
      guard batch.rowCount > 0, let targets = batch.targets else { continue }
      predictions += batch.predictions(by: session, link: model.link).elements(as: Float.self)
      if targets.elementType == .int32 {
        labels += targets.elements(as: Int32.self)
      } else {
        numbers += targets.elements(as: Float.self)
      }
    }
    guard !predictions.isEmpty else { throw TableError(reader.name, .noRows) }
    var result = Result(
      rowCount: report.rowCount, target: preprocessing.targetName,
      notes: model.file.notes + report.lines)
    switch preprocessing.target {
    case .classes(let target):
      result.classes = target.classes
      result.classification = ClassificationScores(
        probabilities: predictions, labels: labels, classCount: target.classes.count)
    case .number(let target):
      result.regression = RegressionScores(
        predictions: predictions.map { Double(target.value(ofOutput: $0)) },
        targets: numbers.map { Double(target.value(ofOutput: $0)) })
    }
    return result
  }
}
