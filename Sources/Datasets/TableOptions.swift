/// What becomes of a value that cannot be used as it stands.
public enum ValuePolicy: String, Hashable, Sendable, Codable, CaseIterable {
  /// Reading stops with an error that names the place.
  case error
  /// It counts as missing, and is counted.
  case missing
}

/// How a table is to be read into memory.
public struct TableOptions: Hashable, Sendable {
  /// How its text is written.
  public var csv: CSVOptions

  /// The kinds of columns by name; other columns' kinds are found out.
  public var kinds: [String: ColumnKind]

  /// What becomes of infinities, numbers that no float32 can hold and, in a column whose kind is
  /// given as number, of text. By default an error.
  public var unreadable: ValuePolicy

  /// Whether a name in ``kinds`` that is no column of the file is an error.
  public var requiresColumns: Bool

  /// Options for reading a table.
  public init(
    csv: CSVOptions = CSVOptions(), kinds: [String: ColumnKind] = [:],
    unreadable: ValuePolicy = .error, requiresColumns: Bool = true
  ) {
    self.csv = csv
    self.kinds = kinds
    self.unreadable = unreadable
    self.requiresColumns = requiresColumns
  }
}
