import Tensors

/// How the columns of a table become the inputs and targets of a network, fitted on the training
/// rows.
///
/// Numbers, booleans, was-missing flags and one-hot categories stand side by side in one float32
/// input called `features`; blocks of columns, embedded categories, sequences and texts are inputs of
/// their own. Columns are
/// found by name: their order does not matter, and columns that are not named here are ignored.
public struct Preprocessing: Hashable, Sendable, Codable {
  /// The columns that are used, in the order of their inputs.
  public internal(set) var features: [Feature]

  /// Columns that are an input of their own together.
  public internal(set) var blocks: [BlockInput] = []

  /// What is learned: one target per output of the network, in their order.
  public internal(set) var targets: [Target]

  /// The columns that are not used, and why.
  public internal(set) var ignored: [IgnoredColumn]

  /// The number of rows that it was fitted on.
  public internal(set) var rowCount: Int

  /// What becomes of a category that no training row had.
  public var unknown: ValuePolicy

  /// What becomes of a column that a file lacks.
  public var missingColumn: ValuePolicy

  /// What becomes of text, infinities and too large numbers among numbers.
  public var unreadable: ValuePolicy

  /// A column that is used.
  public struct Feature: Hashable, Sendable, Codable {
    public let name: String
    public internal(set) var transform: Transform
  }

  /// How a column's values become inputs.
  public enum Transform: Hashable, Sendable, Codable {
    case number(NumberTransform)
    case boolean(BooleanTransform)
    case category(CategoryTransform)
    case sequence(SequenceTransform)
    case text(TextTransform)
  }

  /// A column that is not used.
  public struct IgnoredColumn: Hashable, Sendable, Codable {
    public let name: String
    public let reason: Reason

    /// Why a column is not used.
    public enum Reason: String, Hashable, Sendable, Codable {
      case constant
      case identifier
      case rowNumber = "row-number"
      case empty
      case asked
    }
  }

  /// What is learned.
  public enum Target: Hashable, Sendable, Codable {
    case classes(ClassTarget)
    case labels(LabelTarget)
    case number(NumberTarget)
  }
}

/// Statistics and scaling of a number.
public struct NumberTransform: Hashable, Sendable, Codable {
  public let scaling: Scaling
  public let missing: FillPolicy
  /// What a missing number becomes, in the column's own units.
  public let fill: Double
  /// Whether a second input says that the number was missing.
  public let hasFlag: Bool
  public let statistics: NumberStatistics

  /// What is taken away before multiplying by ``scale``.
  public var offset: Double { scaling.offset(statistics) }
  /// What is multiplied with.
  public var scale: Double { scaling.scale(statistics) }
}

/// A truth value as 0 or 1.
public struct BooleanTransform: Hashable, Sendable, Codable {
  public let missing: FillPolicy
  /// What a missing value becomes: for the mean, the share of true ones.
  public let fill: Double
  /// Whether a second input says that the value was missing.
  public let hasFlag: Bool
  public let trueCount: Int
  public let missingCount: Int
}

/// Categories by name.
///
/// The numbers of an embedding are 0 for missing, unknown and folded ones, then 1 for the first
/// category and so on. One-hot inputs are one per category, then, where there is use for it, one
/// for missing, unknown and folded ones; where there is none, those are 0 in every input.
public struct CategoryTransform: Hashable, Sendable, Codable {
  public let encoding: CategoryEncoding
  /// The categories, in the order of their inputs: by number if all are whole numbers, else by
  /// the code points of their names.
  public let categories: [String]
  /// How many training rows had each.
  public let counts: [Int]
  public let missingCount: Int
  /// How many training rows had categories that were too rare to keep.
  public let foldedCount: Int
  /// Whether categories are numbers, so that 1.0 means 1.
  public let hasNumberKeys: Bool
  /// Whether a missing category is an error.
  public let refusesMissing: Bool

  /// Whether there is an input for missing, unknown and folded categories.
  public var hasOther: Bool { missingCount + foldedCount > 0 }
}

/// Classes by name.
public struct ClassTarget: Hashable, Sendable, Codable {
  public let name: String
  /// The classes in the order of the network's outputs: by number if all are whole numbers, else
  /// by the code points of their names.
  public let classes: [String]
  /// How many training rows had each.
  public let counts: [Int]
  /// Whether classes are numbers, so that 1.0 means 1.
  public let hasNumberKeys: Bool
}

/// Labels by name, of which a row may have none, one or several.
public struct LabelTarget: Hashable, Sendable, Codable {
  /// The column, or what several columns are called together.
  public let name: String
  /// The labels in the order of the network's outputs: of one column by number if all are whole
  /// numbers, else by the code points of their names; of several columns as they were named.
  public let labels: [String]
  /// How many training rows had each.
  public let counts: [Int]
  /// Whether every label is a column of its own, which says yes or no; otherwise the labels of a row
  /// stand in one field with `;`, `|` or a comma between them.
  public let areColumns: Bool

  /// The columns of a table that hold the labels.
  public var columns: [String] { areColumns ? labels : [name] }
}

/// A number to be learned.
public struct NumberTarget: Hashable, Sendable, Codable {
  public let name: String
  public let scaling: Scaling
  public let statistics: NumberStatistics

  /// What is taken away before multiplying by ``scale``.
  public var offset: Double { scaling.offset(statistics) }
  /// What is multiplied with.
  public var scale: Double { scaling.scale(statistics) }

  /// The number that a network's output means.
  public func value(ofOutput output: Float) -> Float {
    Float(Double(output) * (1 / scale) + offset)
  }
}

/// What was found about the numbers of a column in the training rows.
public struct NumberStatistics: Hashable, Sendable, Codable {
  public let mean: Double
  /// Of the population: divided by n.
  public let deviation: Double
  public let minimum: Double
  public let median: Double
  public let maximum: Double
  public let count: Int
  public let missingCount: Int
}

extension Scaling {
  func offset(_ statistics: NumberStatistics) -> Double {
    switch self {
    case .standard: statistics.mean
    case .minMax: statistics.minimum
    case .none: 0
    }
  }

  /// One divided by the extent; 1 where there is none.
  func scale(_ statistics: NumberStatistics) -> Double {
    let extent =
      switch self {
      case .standard: statistics.deviation
      case .minMax: statistics.maximum - statistics.minimum
      case .none: 1.0
      }
    let scale = 1 / extent
    return extent > 0 && scale.isFinite ? scale : 1
  }
}

// MARK: - What a network is given

/// One input of a network.
public struct InputLayout: Hashable, Sendable {
  public let name: String
  /// The shape of a row.
  public let shape: Shape
  public let elementType: ElementType
  /// For an embedded category or a text, how many numbers there are, with 0.
  public let vocabularySize: Int?
  /// For an embedded category, how many dimensions were asked for.
  public let dimension: Int?
  /// What each element is called.
  public let elements: [String]

  /// The number of elements of a row.
  public var width: Int { shape.count }

  init(
    _ name: String, shape: Shape, elementType: ElementType = .float32, vocabularySize: Int? = nil,
    dimension: Int? = nil, elements: [String]
  ) {
    self.name = name
    self.shape = shape
    self.elementType = elementType
    self.vocabularySize = vocabularySize
    self.dimension = dimension
    self.elements = elements
  }
}

extension Preprocessing {
  /// The name of the input that holds everything that is no input of its own.
  public static let featuresInput = "features"

  /// The network's inputs: `features` first if there is anything in it, then the blocks of columns,
  /// then embedded categories, sequences and texts in the order of their columns.
  public var inputs: [InputLayout] {
    var elements: [String] = []
    var others: [InputLayout] = []
    for feature in features {
      // An input of that name already exists.
      let name =
        feature.name == Preprocessing.featuresInput ? feature.name + "_category" : feature.name
      switch feature.transform {
      case .number(let number):
        elements.append(feature.name)
        if number.hasFlag { elements.append("\(feature.name) missing") }
      case .boolean(let boolean):
        elements.append(feature.name)
        if boolean.hasFlag { elements.append("\(feature.name) missing") }
      case .category(let category):
        switch category.encoding {
        case .oneHot:
          elements += category.categories.map { "\(feature.name) = \($0)" }
          if category.hasOther { elements.append("\(feature.name) other") }
        case .embedding(let dimension):
          others.append(
            InputLayout(
              name, shape: [1], elementType: .int32,
              vocabularySize: category.categories.count + 1, dimension: dimension,
              elements: [feature.name]))
        }
      case .sequence(let sequence):
        others.append(
          InputLayout(
            name, shape: [sequence.length, sequence.channels], elements: [feature.name]))
        if sequence.hasMask {
          others.append(
            InputLayout("\(name)_mask", shape: [sequence.length], elements: [feature.name]))
        }
      case .text(let text):
        others.append(
          InputLayout(
            name, shape: [text.length], elementType: .int32,
            vocabularySize: text.vocabulary.count + Int(TextTransform.first),
            elements: [feature.name]))
      }
    }
    let blocks = blocks.map { InputLayout($0.name, shape: $0.shape, elements: $0.columns) }
    guard !elements.isEmpty else { return blocks + others }
    let features = InputLayout(
      Preprocessing.featuresInput, shape: [elements.count], elements: elements)
    return [features] + blocks + others
  }

  /// The first of what is learned.
  public var target: Target { targets[0] }

  /// The columns of all targets.
  public var targetColumns: [String] { targets.flatMap { $0.columns } }

  /// The kinds of the columns that are used: hand them to ``TableOptions`` when a table is read
  /// for this preprocessing, so that its columns are read as they were when it was fitted.
  public var columnKinds: [String: ColumnKind] {
    var kinds: [String: ColumnKind] = [:]
    for feature in features {
      kinds[feature.name] =
        switch feature.transform {
        case .number: .number
        case .boolean: .boolean
        case .category(let category): category.hasNumberKeys ? nil : .category
        case .sequence: .sequence
        case .text: .text
        }
    }
    for name in blocks.flatMap({ $0.columns }) { kinds[name] = .number }
    for target in targets {
      switch target {
      case .classes(let target): if !target.hasNumberKeys { kinds[target.name] = .category }
      case .labels(let target):
        for name in target.columns { kinds[name] = target.areColumns ? .boolean : .category }
      case .number(let target): kinds[target.name] = .number
      }
    }
    return kinds
  }
}

extension Preprocessing.Target {
  /// What it is called: its column.
  public var name: String {
    switch self {
    case .classes(let target): target.name
    case .labels(let target): target.name
    case .number(let target): target.name
    }
  }

  /// The columns that hold it.
  public var columns: [String] {
    switch self {
    case .classes, .number: [name]
    case .labels(let target): target.columns
    }
  }

  /// What kind of learning it is.
  public var task: LearningTask {
    switch self {
    case .classes: .classification
    case .labels: .labels
    case .number: .regression
    }
  }

  /// The number of values that a network gives for a row.
  public var outputCount: Int {
    switch self {
    case .classes(let target): target.classes.count
    case .labels(let target): target.labels.count
    case .number: 1
    }
  }

  /// The names of its classes or labels.
  public var names: [String] {
    switch self {
    case .classes(let target): target.classes
    case .labels(let target): target.labels
    case .number: []
    }
  }
}
