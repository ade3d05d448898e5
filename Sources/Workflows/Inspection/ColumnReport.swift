import Datasets
import ModelFiles
import Networks
import Training

/// What a model predicts.
public struct PredictionReport: Encodable, Sendable {
  /// Classification, labels or regression; nil for a model that takes tensors only.
  public let task: String?
  /// What is predicted.
  public let target: String?
  /// The classes or labels in the order of the outputs, with the training rows of each.
  public let classes: [ClassCount]?
  /// The numbers that a regression learned from.
  public let number: NumberSummary?
  /// How the target of a regression was scaled.
  public let scaling: String?
  /// How the network's output becomes a prediction.
  public let link: String
  /// The rows that columns and target were fitted on.
  public let rowCount: Int?

  /// A class, and how many training rows had it.
  public struct ClassCount: Encodable, Sendable {
    public let name: String
    public let rows: Int
  }

  /// The predictions of a file, one for every output.
  static func all(_ file: ModelFile) -> [PredictionReport] {
    let targets = file.preprocessing?.targets ?? []
    return file.network.outputs.indices.map { index in
      PredictionReport(
        index < targets.count ? targets[index] : nil,
        link: index < file.links.count ? file.links[index] : .identity,
        rowCount: file.preprocessing?.rowCount)
    }
  }

  private init(_ target: Preprocessing.Target?, link: Link, rowCount: Int?) {
    task = target?.task.rawValue
    self.target = target?.name
    self.link = link.rawValue
    self.rowCount = rowCount
    var classes: [ClassCount]?
    var number: NumberSummary?
    var scaling: String?
    switch target {
    case .classes(let target)?:
      classes = zip(target.classes, target.counts).map { ClassCount(name: $0, rows: $1) }
    case .labels(let target)?:
      classes = zip(target.labels, target.counts).map { ClassCount(name: $0, rows: $1) }
    case .number(let target)?:
      number = NumberSummary(target.statistics)
      scaling = target.scaling.rawValue
    case nil: break
    }
    self.classes = classes
    self.number = number
    self.scaling = scaling
  }

  private enum CodingKeys: String, CodingKey {
    case task, target, classes, number, scaling, link
    case rowCount = "rows"
  }
}

/// The numbers of a column over the training rows.
public struct NumberSummary: Encodable, Sendable {
  public let minimum: Double
  public let median: Double
  public let mean: Double
  public let deviation: Double
  public let maximum: Double
  /// How many were missing.
  public let missing: Int

  init(_ statistics: NumberStatistics) {
    minimum = statistics.minimum
    median = statistics.median
    mean = statistics.mean
    deviation = statistics.deviation
    maximum = statistics.maximum
    missing = statistics.missingCount
  }
}

/// A column that becomes inputs.
public struct ColumnReport: Encodable, Sendable {
  public let name: String
  /// What it holds: number, boolean, category, sequence, text, or a block of columns.
  public let kind: String
  /// How a number is scaled, or how a category is encoded.
  public let treatment: String?
  /// What a missing value becomes: `mean`, `constant:0`, `a category`, `error`.
  public let missing: String
  /// Whether another input says that the value was missing.
  public let hasMissingFlag: Bool
  /// The training rows whose value was missing.
  public let missingCount: Int
  /// What the numbers were like.
  public let number: NumberSummary?
  /// The categories with the training rows of each.
  public let categories: [PredictionReport.ClassCount]?
  /// The training rows whose value was true.
  public let trueCount: Int?

  init(_ feature: Preprocessing.Feature) {
    name = feature.name
    switch feature.transform {
    case .number(let number):
      kind = "number"
      treatment = number.scaling.rawValue
      missing = number.missing.rawValue
      hasMissingFlag = number.hasFlag
      missingCount = number.statistics.missingCount
      self.number = NumberSummary(number.statistics)
      categories = nil
      trueCount = nil
    case .boolean(let boolean):
      kind = "boolean"
      treatment = nil
      missing = boolean.missing.rawValue
      hasMissingFlag = boolean.hasFlag
      missingCount = boolean.missingCount
      number = nil
      categories = nil
      trueCount = boolean.trueCount
    case .category(let category):
      kind = "category"
      treatment = category.encoding.rawValue
      missing = category.refusesMissing ? "error" : category.hasOther ? "a category" : "zeros"
      hasMissingFlag = false
      missingCount = category.missingCount
      number = nil
      categories = zip(category.categories, category.counts).map {
        PredictionReport.ClassCount(name: $0, rows: $1)
      }
      trueCount = nil
    case .sequence(let sequence):
      kind = "sequence"
      let channels = sequence.channels == 1 ? "" : " of \(sequence.channels)"
      treatment = "\(sequence.length) steps\(channels), \(sequence.scaling.rawValue)"
      missing = sequence.refusesMissing ? "error" : "no steps"
      hasMissingFlag = false
      missingCount = 0
      number = NumberSummary(sequence.statistics)
      categories = nil
      trueCount = nil
    case .text(let text):
      kind = "text"
      treatment = "\(text.length) \(text.unit.rawValue) of \(text.vocabulary.count) known"
      missing = text.refusesMissing ? "error" : "no text"
      hasMissingFlag = false
      missingCount = 0
      number = nil
      categories = nil
      trueCount = nil
    }
  }

  /// A block of columns, as one column of its name.
  init(_ block: BlockInput) {
    name = block.name
    kind = "block"
    let ends = [block.columns.first, block.columns.last].compactMap(\.self)
    treatment =
      "\(block.shape) of \(ends.joined(separator: " to ")), "
      + block.transform.scaling.rawValue
    missing = block.transform.missing.rawValue
    hasMissingFlag = false
    missingCount = block.transform.statistics.missingCount
    number = NumberSummary(block.transform.statistics)
    categories = nil
    trueCount = nil
  }

  private enum CodingKeys: String, CodingKey {
    case name, kind, treatment, missing, number, categories
    case hasMissingFlag = "missing_flag"
    case missingCount = "missing_rows"
    case trueCount = "true_rows"
  }
}

/// A column of the training table that is not used.
public struct IgnoredColumnReport: Encodable, Sendable {
  public let name: String
  /// Why it is not used: constant, identifier, row-number, empty or asked.
  public let reason: String

  init(_ column: Preprocessing.IgnoredColumn) {
    name = column.name
    reason = column.reason.rawValue
  }
}

/// What happens to values that training did not see.
public struct PolicyReport: Encodable, Sendable {
  /// An unknown category.
  public let unknown: String
  /// A column that a table lacks.
  public let missingColumn: String
  /// Text, infinities and too large numbers among numbers.
  public let unreadable: String

  init(_ preprocessing: Preprocessing) {
    unknown = preprocessing.unknown.rawValue
    missingColumn = preprocessing.missingColumn.rawValue
    unreadable = preprocessing.unreadable.rawValue
  }

  private enum CodingKeys: String, CodingKey {
    case unknown, unreadable
    case missingColumn = "missing_column"
  }
}
