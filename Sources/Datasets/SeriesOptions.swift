/// What a text is taken apart into.
public enum TextUnit: String, Hashable, Sendable, Codable, CaseIterable {
  /// Letters and digits that stand together; everything else parts them.
  case words
  /// Every character, blanks too.
  case characters
}

/// One of the two ends of a sequence.
public enum SequenceEnd: String, Hashable, Sendable, Codable, CaseIterable {
  case start, end
}

/// How a column of sequences or texts becomes an input; nil takes what is usual.
public struct SeriesOptions: Hashable, Sendable, Codable {
  /// The number of steps; longer rows are cut and shorter ones filled up. By default that of the
  /// longest training row, at most ``longestUsual``.
  public var length: Int?
  /// The number of values of a step of a sequence, which stand one behind the other; 1.
  public var channels: Int?
  /// What a text is taken apart into; words.
  public var unit: TextUnit?
  /// Whether upper and lower case of a text are the same; true.
  public var lowercases: Bool?
  /// The most words or characters that are known; 10,000.
  public var vocabularyLimit: Int?
  /// Where short rows are filled up with zeros; the end.
  public var padding: SequenceEnd?
  /// Where long rows are cut; the end.
  public var truncation: SequenceEnd?
  /// Whether a second input says with 1 and 0 which steps of a sequence are there; false.
  public var hasMask: Bool?

  /// The usual options.
  public init() {}

  /// The longest rows are cut to so many steps unless a length is given.
  public static let longestUsual = 512
}

/// Columns that are one input of a network together, such as the pixels of an image.
public struct BlockOptions: Hashable, Sendable, Codable {
  /// The input's name.
  public var name: String
  /// Names of columns, or first and last of neighbours as in `pixel0..pixel783`.
  public var columns: [String]
  /// The shape in which the columns stand, the last axis running fastest; one axis when nil.
  public var shape: [Int]?
  /// How all of its numbers are scaled, by one mean and deviation or one smallest and largest value.
  public var scaling: Scaling?
  /// What a missing number becomes.
  public var missing: FillPolicy?

  /// A block of columns.
  public init(
    _ name: String, columns: [String], shape: [Int]? = nil, scaling: Scaling? = nil,
    missing: FillPolicy? = nil
  ) {
    self.name = name
    self.columns = columns
    self.shape = shape
    self.scaling = scaling
    self.missing = missing
  }
}
