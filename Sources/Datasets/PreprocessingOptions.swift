/// What a network learns to give for a row.
public enum LearningTask: String, Hashable, Sendable, Codable, CaseIterable {
  /// One of several classes.
  case classification
  /// Any number of several labels.
  case labels
  /// A number.
  case regression
}

/// How numbers are brought to one size.
public enum Scaling: String, Hashable, Sendable, Codable, CaseIterable {
  /// Minus the mean, divided by the standard deviation (of the population: divided by n).
  case standard
  /// From the smallest and largest value to 0 and 1.
  case minMax = "min-max"
  /// As they are.
  case none
}

/// What a missing number becomes. Written as `mean`, `median`, `error` or `constant:` and a
/// number.
public enum FillPolicy: Hashable, Sendable, Codable, RawRepresentable {
  /// The mean of the training rows.
  case mean
  /// The median of the training rows.
  case median
  /// A number, in the column's own units.
  case constant(Double)
  /// It is an error.
  case error

  public init?(rawValue: String) {
    switch rawValue {
    case "mean": self = .mean
    case "median": self = .median
    case "error": self = .error
    default:
      guard rawValue.hasPrefix("constant:"),
        let number = Double(rawValue.dropFirst("constant:".count)), number.isFinite
      else { return nil }
      self = .constant(number)
    }
  }

  public var rawValue: String {
    switch self {
    case .mean: "mean"
    case .median: "median"
    case .constant(let number): "constant:\(number)"
    case .error: "error"
    }
  }
}

/// How categories are handed to a network. Written as `one-hot` or `embedding:` and a size.
public enum CategoryEncoding: Hashable, Sendable, Codable, RawRepresentable {
  /// One input per category, 1 for the row's own and 0 for the others.
  case oneHot
  /// The category's number, for an embedding of this many dimensions.
  case embedding(Int)

  public init?(rawValue: String) {
    if rawValue == "one-hot" {
      self = .oneHot
    } else if rawValue.hasPrefix("embedding:"),
      let dimension = Int(rawValue.dropFirst("embedding:".count)), (1...4096).contains(dimension)
    {
      self = .embedding(dimension)
    } else {
      return nil
    }
  }

  public var rawValue: String {
    switch self {
    case .oneHot: "one-hot"
    case .embedding(let dimension): "embedding:\(dimension)"
    }
  }
}

/// What is to be done with one column; nil takes what holds for all columns.
public struct ColumnOptions: Hashable, Sendable, Codable {
  public var kind: ColumnKind?
  public var scaling: Scaling?
  public var missing: FillPolicy?
  public var encoding: CategoryEncoding?
  /// False leaves the column out; true uses it though it looks like an identifier.
  public var isUsed: Bool?
  /// How a column of sequences or texts is prepared.
  public var series = SeriesOptions()

  /// Options of one column.
  public init(
    kind: ColumnKind? = nil, scaling: Scaling? = nil, missing: FillPolicy? = nil,
    encoding: CategoryEncoding? = nil, isUsed: Bool? = nil
  ) {
    self.kind = kind
    self.scaling = scaling
    self.missing = missing
    self.encoding = encoding
    self.isUsed = isUsed
  }
}

/// How the columns of a table become the inputs and targets of a network.
public struct PreprocessingOptions: Hashable, Sendable, Codable {
  /// What is learned; nil decides by the target: text and booleans are classes, and so are whole
  /// numbers of at most 20 different values, if at most every fifth row has a new one.
  public var task: LearningTask?
  /// How features are scaled.
  public var scaling = Scaling.standard
  /// How a number to be learned is scaled.
  public var targetScaling = Scaling.standard
  /// What a missing number or boolean becomes. Where training rows have missing values, a
  /// was-missing input is added. A missing category is a category of its own.
  public var missing = FillPolicy.mean
  /// How categories are handed to the network.
  public var encoding = CategoryEncoding.oneHot
  /// What becomes of a category that no training row had. By default it counts as missing and
  /// is counted.
  public var unknown = ValuePolicy.missing
  /// What becomes of a column that a file to predict lacks. By default an error.
  public var missingColumn = ValuePolicy.error
  /// What becomes of text, infinities and too large numbers among numbers. By default an error.
  public var unreadable = ValuePolicy.error
  /// The most categories of a column; the rarest beyond are taken together as one.
  public var maximumCategories = 100
  /// The options of single columns by name.
  public var columns: [String: ColumnOptions] = [:]
  /// Columns that are an input of their own together.
  public var blocks: [BlockOptions] = []

  /// The default options.
  public init() {}
}
