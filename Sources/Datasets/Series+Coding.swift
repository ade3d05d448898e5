import Tensors

extension BlockInput: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, shape, columns
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    shape = try container.decode(Shape.self, forKey: .shape)
    columns = try container.decode([String].self, forKey: .columns)
    transform = try NumberTransform(from: decoder)
    guard shape.count == columns.count, !columns.isEmpty, !transform.hasFlag else {
      throw DecodingError.dataCorruptedError(
        forKey: .shape, in: container,
        debugDescription: "expected as many columns as the shape has elements, found "
          + "\(columns.count) for \(shape)")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(shape, forKey: .shape)
    try container.encode(columns, forKey: .columns)
    try transform.encode(to: encoder)
  }
}

extension SequenceTransform {
  enum CodingKeys: String, CodingKey {
    case length, channels, padding, truncation
    case hasMask = "has_mask"
    case refusesMissing = "refuses_missing"
    case scaling, statistics
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    length = try container.decodeExtent(forKey: .length)
    channels = try container.decodeExtent(forKey: .channels)
    _ = try Shape(checking: [length, channels])
    padding = try container.decode(SequenceEnd.self, forKey: .padding)
    truncation = try container.decode(SequenceEnd.self, forKey: .truncation)
    hasMask = try container.decode(Bool.self, forKey: .hasMask)
    refusesMissing = try container.decode(Bool.self, forKey: .refusesMissing)
    scaling = try container.decode(Scaling.self, forKey: .scaling)
    statistics = try container.decode(NumberStatistics.self, forKey: .statistics)
  }
}

extension TextTransform {
  enum CodingKeys: String, CodingKey {
    case unit
    case lowercases = "lower_cases"
    case length, padding, truncation
    case refusesMissing = "refuses_missing"
    case vocabulary, counts
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    unit = try container.decode(TextUnit.self, forKey: .unit)
    lowercases = try container.decode(Bool.self, forKey: .lowercases)
    length = try container.decodeExtent(forKey: .length)
    padding = try container.decode(SequenceEnd.self, forKey: .padding)
    truncation = try container.decode(SequenceEnd.self, forKey: .truncation)
    refusesMissing = try container.decode(Bool.self, forKey: .refusesMissing)
    vocabulary = try container.decode([String].self, forKey: .vocabulary)
    counts = try container.decode([Int].self, forKey: .counts)
    guard Set(vocabulary).count == vocabulary.count, counts.count == vocabulary.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .vocabulary, in: container,
        debugDescription: "expected different entries, each with a count, found "
          + "\(vocabulary.count) entries and \(counts.count) counts")
    }
  }
}

extension KeyedDecodingContainer {
  /// The extent of an axis.
  fileprivate func decodeExtent(forKey key: Key) throws -> Int {
    let extent = try decode(Int.self, forKey: key)
    guard (1...1 << 24).contains(extent) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "expected 1 to \(1 << 24), found \(extent)")
    }
    return extent
  }
}
