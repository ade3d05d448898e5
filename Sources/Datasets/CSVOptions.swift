/// How a delimited text is to be read; what is nil is found out from its first lines.
public struct CSVOptions: Hashable, Sendable, Codable {
  /// What stands between fields.
  public enum Delimiter: String, Hashable, Sendable, Codable, CaseIterable {
    case comma = ","
    case semicolon = ";"
    case tab = "\t"
    case bar = "|"
  }

  /// What stands before the fraction of a number.
  public enum DecimalMark: String, Hashable, Sendable, Codable, CaseIterable {
    case point = "."
    case comma = ","
  }

  /// What stands between fields. Found out: the first of tab, semicolon, bar and comma that
  /// cuts the first lines into equally many fields, more than one.
  public var delimiter: Delimiter?

  /// Whether the first record names the columns. Found out: it does when it holds no number.
  /// Without names, columns are called `column_1`, `column_2` and so on.
  public var hasHeader: Bool?

  /// What stands before the fraction of a number. Found out: a comma where the delimiter is
  /// another character, some number in the first lines has one, and none has a point.
  public var decimalMark: DecimalMark?

  /// Options that leave everything to be found out.
  public init(
    delimiter: Delimiter? = nil, hasHeader: Bool? = nil, decimalMark: DecimalMark? = nil
  ) {
    self.delimiter = delimiter
    self.hasHeader = hasHeader
    self.decimalMark = decimalMark
  }
}
