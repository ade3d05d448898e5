import Catalogs

// How a preprocessing is stored: what differs by kind says its `kind` first and keeps its options
// beside it.
//
//     {"features": [{"name": "age", "kind": "number", "scaling": "standard", "missing": "mean",
//                    "fill": 41.5, "has_flag": false, "statistics": {"mean": 41.5, …}},
//                   {"name": "city", "kind": "category", "encoding": "one-hot",
//                    "categories": ["Oslo", "Rome"], …}],
//      "target": {"kind": "classes", "name": "bought", "classes": ["no", "yes"], …},
//      "ignored": [{"name": "id", "reason": "row-number"}], "row_count": 1400,
//      "unknown": "missing", "missing_column": "error", "unreadable": "error"}

extension Preprocessing {
  enum CodingKeys: String, CodingKey {
    case features, blocks, target
    case furtherTargets = "further_targets"
    case ignored
    case rowCount = "row_count"
    case unknown
    case missingColumn = "missing_column"
    case unreadable
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    features = try container.decode([Feature].self, forKey: .features)
    blocks = try container.decodeIfPresent([BlockInput].self, forKey: .blocks) ?? []
    targets =
      [try container.decode(Target.self, forKey: .target)]
      + (try container.decodeIfPresent([Target].self, forKey: .furtherTargets) ?? [])
    ignored = try container.decode([IgnoredColumn].self, forKey: .ignored)
    rowCount = try container.decodeCount(forKey: .rowCount)
    unknown = try container.decode(ValuePolicy.self, forKey: .unknown)
    missingColumn = try container.decode(ValuePolicy.self, forKey: .missingColumn)
    unreadable = try container.decode(ValuePolicy.self, forKey: .unreadable)
    let names = features.map { $0.name } + blocks.flatMap { $0.columns } + targetColumns
    let targetNames = targets.map { $0.name }
    guard Set(targetNames).count == targetNames.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .furtherTargets, in: container,
        debugDescription: "expected targets of different names")
    }
    guard names.count > targetColumns.count, Set(names).count == names.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .features, in: container,
        debugDescription: "expected at least one feature, all of different names")
    }
    if let name = repeatedInput {
      throw DecodingError.dataCorruptedError(
        forKey: .features, in: container,
        debugDescription: "expected inputs of different names, found two named '\(name)'")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(features, forKey: .features)
    if !blocks.isEmpty { try container.encode(blocks, forKey: .blocks) }
    try container.encode(target, forKey: .target)
    if targets.count > 1 { try container.encode(Array(targets[1...]), forKey: .furtherTargets) }
    try container.encode(ignored, forKey: .ignored)
    try container.encode(rowCount, forKey: .rowCount)
    try container.encode(unknown, forKey: .unknown)
    try container.encode(missingColumn, forKey: .missingColumn)
    try container.encode(unreadable, forKey: .unreadable)
  }
}

// MARK: - Features

/// The kinds of a ``Preprocessing/Transform``.
private enum TransformKind: String, CaseIterable {
  case number, boolean, category, sequence, text
}

/// The kinds of a ``Preprocessing/Target``.
private enum TargetKind: String, CaseIterable {
  case classes, labels, number
}

private enum KindCodingKeys: String, CodingKey {
  case kind
}

extension Decoder {
  /// The kind of what is read, one of an enumeration.
  fileprivate func kind<Kind>(_ subject: String) throws -> Kind
  where Kind: RawRepresentable<String> & CaseIterable {
    let container = try container(keyedBy: KindCodingKeys.self)
    let name = try container.decode(String.self, forKey: .kind)
    guard let kind = Kind(rawValue: name) else {
      let error = UnknownNameError(
        subject: subject, name: name, known: Kind.allCases.map { $0.rawValue })
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container, debugDescription: "\(error)")
    }
    return kind
  }
}

extension Encoder {
  fileprivate func encode(kind: some RawRepresentable<String>) throws {
    var container = container(keyedBy: KindCodingKeys.self)
    try container.encode(kind.rawValue, forKey: .kind)
  }
}

extension Preprocessing.Feature {
  enum CodingKeys: String, CodingKey {
    case name
  }

  public init(from decoder: any Decoder) throws {
    name = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .name)
    transform = try Preprocessing.Transform(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try transform.encode(to: encoder)
  }
}

extension Preprocessing.Transform {
  public init(from decoder: any Decoder) throws {
    switch try decoder.kind("kind of feature") as TransformKind {
    case .number: self = .number(try NumberTransform(from: decoder))
    case .boolean: self = .boolean(try BooleanTransform(from: decoder))
    case .category: self = .category(try CategoryTransform(from: decoder))
    case .sequence: self = .sequence(try SequenceTransform(from: decoder))
    case .text: self = .text(try TextTransform(from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .number(let number):
      try encoder.encode(kind: TransformKind.number)
      try number.encode(to: encoder)
    case .boolean(let boolean):
      try encoder.encode(kind: TransformKind.boolean)
      try boolean.encode(to: encoder)
    case .category(let category):
      try encoder.encode(kind: TransformKind.category)
      try category.encode(to: encoder)
    case .sequence(let sequence):
      try encoder.encode(kind: TransformKind.sequence)
      try sequence.encode(to: encoder)
    case .text(let text):
      try encoder.encode(kind: TransformKind.text)
      try text.encode(to: encoder)
    }
  }
}

extension NumberTransform {
  enum CodingKeys: String, CodingKey {
    case scaling, missing, fill
    case hasFlag = "has_flag"
    case statistics
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    scaling = try container.decode(Scaling.self, forKey: .scaling)
    missing = try container.decode(FillPolicy.self, forKey: .missing)
    fill = try container.decodeFinite(forKey: .fill)
    hasFlag = try container.decode(Bool.self, forKey: .hasFlag)
    statistics = try container.decode(NumberStatistics.self, forKey: .statistics)
  }
}

extension BooleanTransform {
  enum CodingKeys: String, CodingKey {
    case missing, fill
    case hasFlag = "has_flag"
    case trueCount = "true_count"
    case missingCount = "missing_count"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    missing = try container.decode(FillPolicy.self, forKey: .missing)
    fill = try container.decodeFinite(forKey: .fill)
    hasFlag = try container.decode(Bool.self, forKey: .hasFlag)
    trueCount = try container.decodeCount(forKey: .trueCount)
    missingCount = try container.decodeCount(forKey: .missingCount)
  }
}

extension CategoryTransform {
  enum CodingKeys: String, CodingKey {
    case encoding, categories, counts
    case missingCount = "missing_count"
    case foldedCount = "folded_count"
    case hasNumberKeys = "has_number_keys"
    case refusesMissing = "refuses_missing"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    encoding = try container.decode(CategoryEncoding.self, forKey: .encoding)
    hasNumberKeys = try container.decode(Bool.self, forKey: .hasNumberKeys)
    (categories, counts) = try container.decodeNames(
      .categories, counts: .counts, areNumbers: hasNumberKeys)
    missingCount = try container.decodeCount(forKey: .missingCount)
    foldedCount = try container.decodeCount(forKey: .foldedCount)
    refusesMissing = try container.decode(Bool.self, forKey: .refusesMissing)
  }
}

extension NumberStatistics {
  enum CodingKeys: String, CodingKey {
    case mean, deviation, minimum, median, maximum, count
    case missingCount = "missing_count"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    mean = try container.decodeFinite(forKey: .mean)
    deviation = try container.decodeFinite(forKey: .deviation)
    minimum = try container.decodeFinite(forKey: .minimum)
    median = try container.decodeFinite(forKey: .median)
    maximum = try container.decodeFinite(forKey: .maximum)
    count = try container.decodeCount(forKey: .count)
    missingCount = try container.decodeCount(forKey: .missingCount)
  }
}

// MARK: - The target

extension Preprocessing.Target {
  public init(from decoder: any Decoder) throws {
    switch try decoder.kind("kind of target") as TargetKind {
    case .classes: self = .classes(try ClassTarget(from: decoder))
    case .labels: self = .labels(try LabelTarget(from: decoder))
    case .number: self = .number(try NumberTarget(from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .classes(let classes):
      try encoder.encode(kind: TargetKind.classes)
      try classes.encode(to: encoder)
    case .labels(let labels):
      try encoder.encode(kind: TargetKind.labels)
      try labels.encode(to: encoder)
    case .number(let number):
      try encoder.encode(kind: TargetKind.number)
      try number.encode(to: encoder)
    }
  }
}

extension ClassTarget {
  enum CodingKeys: String, CodingKey {
    case name, classes, counts
    case hasNumberKeys = "has_number_keys"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    hasNumberKeys = try container.decode(Bool.self, forKey: .hasNumberKeys)
    (classes, counts) = try container.decodeNames(
      .classes, counts: .counts, areNumbers: hasNumberKeys)
    guard !classes.isEmpty else {
      throw DecodingError.dataCorruptedError(
        forKey: .classes, in: container, debugDescription: "expected at least one class")
    }
  }
}

extension LabelTarget {
  enum CodingKeys: String, CodingKey {
    case name, labels, counts
    case areColumns = "are_columns"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    areColumns = try container.decode(Bool.self, forKey: .areColumns)
    (labels, counts) = try container.decodeNames(.labels, counts: .counts, areNumbers: false)
    guard !labels.isEmpty else {
      throw DecodingError.dataCorruptedError(
        forKey: .labels, in: container, debugDescription: "expected at least one label")
    }
  }
}

// MARK: - Checks

extension KeyedDecodingContainer {
  func decodeFinite(forKey key: Key) throws -> Double {
    let value = try decode(Double.self, forKey: key)
    guard value.isFinite else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "expected a finite number, found \(value)")
    }
    return value
  }

  func decodeCount(forKey key: Key) throws -> Int {
    let value = try decode(Int.self, forKey: key)
    try checkCount(value, forKey: key)
    return value
  }

  private func checkCount(_ value: Int, forKey key: Key) throws {
    guard (0...Int(Int32.max) * 1024).contains(value) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "expected a number of rows, found \(value)")
    }
  }

  /// Names, all different, and how many rows had each.
  ///
  /// Names that are numbers are different numbers, and none is a blank, which stands for no name:
  /// otherwise two would be one in a dictionary, and all that follow would mean the one before.
  func decodeNames(
    _ key: Key, counts: Key, areNumbers: Bool
  ) throws -> (names: [String], counts: [Int]) {
    let names = try decode([String].self, forKey: key)
    let numbers = try decode([Int].self, forKey: counts)
    for number in numbers { try checkCount(number, forKey: counts) }
    let keys = Set(names.compactMap { Double($0) }.filter { $0.isFinite })
    guard !areNumbers || keys.count == names.count, !names.contains(" ") else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self,
        debugDescription: areNumbers ? "expected different numbers" : "expected names, found ' '")
    }
    guard Set(names).count == names.count, numbers.count == names.count else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self,
        debugDescription: "expected different names, each with a count, found \(names.count) names "
          + "and \(numbers.count) counts")
    }
    return (names, numbers)
  }
}
