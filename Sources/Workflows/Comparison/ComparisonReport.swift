/// A part of a model that is compared, in the order in which parts matter.
public enum ComparisonPart: String, CaseIterable, Encodable, Hashable, Sendable {
  /// Inputs, layers, their options and their wiring.
  case architecture
  /// The weights that predictions use.
  case parameters
  /// What both answer to the rows of a table.
  case behaviour
  /// Columns, scaling, targets and classes.
  case preprocessing
  /// What was asked of the run besides optimizer and schedule, and how it stands.
  case training
  /// The optimizer, what it keeps, and the weights of an unfinished run.
  case optimizer
  /// The way of the learning rate, and the place on it.
  case schedule
  /// What epochs measured.
  case history
  /// Where models come from.
  case provenance
  /// What other programs keep in the files.
  case extensions
}

/// What differs between two models.
public struct ComparisonReport: Encodable, Sendable {
  /// A file that was compared.
  public struct File: Encodable, Sendable {
    public let path: String
    /// What it is, as `nnmodel` or `onnx`.
    public let kind: String
    /// What it holds, as a model file of nnmodel or as the one that it would become.
    public let identity: String?
    /// The number of parameters; nil where there is no graph.
    public let parameterCount: Int?

    private enum CodingKeys: String, CodingKey {
      case path, kind, identity
      case parameterCount = "parameters"
    }
  }

  /// What differs in one part of the models.
  public struct Part: Encodable, Sendable {
    public let part: ComparisonPart
    /// Differences that are not of tensors.
    public let changes: [Change]
    /// What became of the tensors of the part; nil where it has none.
    public let tensors: TensorsReport?
    /// How many differences were not to be counted.
    public let ignoredCount: Int

    /// The number of differences.
    public var differenceCount: Int { changes.count + (tensors?.changes.count ?? 0) }
    /// Whether nothing differs.
    public var isSame: Bool { differenceCount == 0 }

    private enum CodingKeys: String, CodingKey {
      case isSame, changes, tensors
      case ignoredCount = "ignored"
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(isSame, forKey: .isSame)
      try container.encode(changes, forKey: .changes)
      try container.encodeIfPresent(tensors, forKey: .tensors)
      try container.encode(ignoredCount, forKey: .ignoredCount)
    }
  }

  public let old: File
  public let new: File
  /// The parts that were compared and that the files have, in the order in which they matter.
  public let parts: [Part]
  /// How the models are related; nil where that was not asked or no file says.
  public let lineage: LineageReport?
  /// What both answer to rows; nil where none were given.
  public let behaviour: BehaviourReport?
  /// The number of layers, of those of the old model that the new one has too, and of epochs at the start
  /// of both that measured the same; nil where that was not asked.
  public let layers: LayersReport?
  public let commonEpochCount: Int?
  /// What a reader should know, one line each.
  public let notes: [String]

  /// How many layers there are.
  public struct LayersReport: Encodable, Hashable, Sendable {
    public let old: Int
    public let new: Int
    /// Those that are on both sides, changed or not.
    public let common: Int
    /// Those of them that have another name, place, kind, option or input.
    public let changed: Int
  }

  /// The number of differences.
  public var differenceCount: Int {
    parts.reduce(0) { $0 + $1.differenceCount } + (behaviour.map { $0.isSame ? 0 : 1 } ?? 0)
  }
  /// The number of differences that were not to be counted.
  public var ignoredCount: Int { parts.reduce(0) { $0 + $1.ignoredCount } }
  /// Whether nothing differs that was to be compared.
  public var isSame: Bool { differenceCount == 0 }

  /// A part that was compared.
  public func part(_ part: ComparisonPart) -> Part? { parts.first { $0.part == part } }

  private enum CodingKeys: String, CodingKey {
    case old, new, isSame, lineage, behaviour, layers, notes
    case differenceCount = "differences"
    case ignoredCount = "ignored"
    case commonEpochCount = "common_epochs"
  }

  private struct PartKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ part: ComparisonPart) { stringValue = part.rawValue }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(old, forKey: .old)
    try container.encode(new, forKey: .new)
    try container.encode(isSame, forKey: .isSame)
    try container.encode(differenceCount, forKey: .differenceCount)
    try container.encode(ignoredCount, forKey: .ignoredCount)
    try container.encodeIfPresent(lineage, forKey: .lineage)
    try container.encodeIfPresent(behaviour, forKey: .behaviour)
    try container.encodeIfPresent(layers, forKey: .layers)
    try container.encodeIfPresent(commonEpochCount, forKey: .commonEpochCount)
    try container.encode(notes, forKey: .notes)
    var named = encoder.container(keyedBy: PartKey.self)
    for part in parts { try named.encode(part, forKey: PartKey(part.part)) }
  }
}
