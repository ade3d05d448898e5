/// How often values had to be filled in, by column.
public struct EncodingReport: Hashable, Sendable {
  /// What was filled in a column.
  public struct Counts: Hashable, Sendable {
    /// Values that were missing.
    public var missing = 0
    /// Categories that no training row had.
    public var unknown = 0
    /// Text, infinities and too large numbers among numbers.
    public var unreadable = 0
    /// Sequences and texts that were longer than the input.
    public var cut = 0
  }

  /// The number of rows that were encoded.
  public internal(set) var rowCount = 0

  /// Lines of the file that were left out; counted by whoever reads the file.
  public package(set) var emptyLines = EmptyLines()

  /// The columns in which something was filled in.
  public internal(set) var columns: [String: Counts] = [:]

  /// Columns that the file lacks; all their values were filled in.
  public internal(set) var absentColumns: [String] = []

  /// A report of nothing yet.
  public init() {}

  /// Adds what another report counted.
  public mutating func add(_ other: EncodingReport) {
    rowCount += other.rowCount
    emptyLines.add(other.emptyLines)
    for (name, counts) in other.columns { add(counts, to: name) }
    for name in other.absentColumns where !absentColumns.contains(name) {
      absentColumns.append(name)
    }
  }

  mutating func add(_ counts: Counts, to name: String) {
    guard counts != Counts() else { return }
    columns[name, default: Counts()].missing += counts.missing
    columns[name, default: Counts()].unknown += counts.unknown
    columns[name, default: Counts()].unreadable += counts.unreadable
    columns[name, default: Counts()].cut += counts.cut
  }

  /// A line for empty lines, and one for each column in which something was filled in.
  public var lines: [String] {
    let absent = absentColumns.map { "column '\($0)' is missing and was filled in every row" }
    return [emptyLines.note].compactMap(\.self) + absent
      + columns.sorted { $0.key < $1.key }.map { name, counts in
        var parts: [String] = []
        if counts.missing > 0 { parts.append("\(counts.missing) missing") }
        if counts.unknown > 0 { parts.append("\(counts.unknown) not among the categories") }
        if counts.unreadable > 0 { parts.append("\(counts.unreadable) unreadable") }
        let filled = parts.isEmpty ? "" : "\(parts.joined(separator: ", ")); filled in"
        let cut = counts.cut > 0 ? "\(counts.cut) longer than the input; cut" : ""
        return "column '\(name)': of \(rowCount) values, "
          + [filled, cut].filter { !$0.isEmpty }.joined(separator: "; ")
      }
  }
}
