/// What the values of a column are.
public enum ColumnKind: String, Hashable, Sendable, Codable, CaseIterable {
  case number
  case category
  case boolean
  /// Numbers separated by blanks, commas or semicolons in one field.
  case sequence
  /// Words or characters.
  case text
}

/// A named column of a table, with all its values in memory.
public struct TableColumn: Hashable, Sendable {
  /// The values, one per row.
  public enum Values: Hashable, Sendable {
    /// Numbers; NaN is a missing one.
    case numbers([Double])
    /// Numbers of names in a list of distinct names; -1 is a missing one.
    case names(codes: [Int32], names: [String])
  }

  /// What the column is called.
  public let name: String

  /// What its values are.
  public let kind: ColumnKind

  /// Its values. Booleans are names too, so that the words of the file are kept.
  public let values: Values

  /// A column of numbers; NaN is a missing one.
  public init(_ name: String, numbers: [Double]) {
    self.name = name
    kind = .number
    values = .numbers(numbers)
  }

  /// A column of categories; nil is a missing one.
  public init(_ name: String, categories: [String?]) {
    var places: [String: Int32] = [:]
    var names: [String] = []
    let codes = categories.map { category -> Int32 in
      guard let category else { return -1 }
      if let place = places[category] { return place }
      places[category] = Int32(names.count)
      names.append(category)
      return Int32(names.count - 1)
    }
    self.init(name, kind: .category, values: .names(codes: codes, names: names))
  }

  /// A column of truth values; nil is a missing one.
  public init(_ name: String, booleans: [Bool?]) {
    let codes = booleans.map { $0.map { $0 ? Int32(1) : 0 } ?? -1 }
    self.init(name, kind: .boolean, values: .names(codes: codes, names: ["false", "true"]))
  }

  init(_ name: String, kind: ColumnKind, values: Values) {
    self.name = name
    self.kind = kind
    self.values = values
  }

  /// The number of values.
  public var count: Int {
    switch values {
    case .numbers(let numbers): numbers.count
    case .names(let codes, _): codes.count
    }
  }
}

/// A table in memory: columns of equal length, each of one kind.
public struct Table: Sendable {
  /// Where the table came from, for messages.
  public let source: String

  /// The columns, in the order of the file.
  public let columns: [TableColumn]

  /// The number of rows.
  public let rowCount: Int

  /// What was noticed while it was read, in words: for example how many lines were empty.
  public let notes: [String]

  let lines: LineNumbers

  /// What stands before fractions inside the names of the columns.
  let decimal: UInt8

  /// A table of columns of equal length.
  public init(_ columns: [TableColumn], source: String = "table") {
    let rowCount = columns.first?.count ?? 0
    precondition(columns.allSatisfy { $0.count == rowCount }, "columns must be of equal length")
    precondition(Set(columns.map(\.name)).count == columns.count, "names must be distinct")
    self.init(
      columns, rowCount: rowCount, source: source, notes: [], lines: LineNumbers(firstLine: 1))
  }

  init(
    _ columns: [TableColumn], rowCount: Int, source: String, notes: [String], lines: LineNumbers,
    decimal: UInt8 = UInt8(ascii: ".")
  ) {
    self.columns = columns
    self.rowCount = rowCount
    self.source = source
    self.notes = notes
    self.lines = lines
    self.decimal = decimal
  }

  /// The column of a name.
  public func column(named name: String) -> TableColumn? {
    columns.first { $0.name == name }
  }

  /// The line of the file that a row starts in, from 1; for a table of arrays, the row's number.
  public func line(ofRow row: Int) -> Int { lines.line(ofRow: row) }
}

/// The lines that rows start in, kept as the few places where a row is not one line further.
struct LineNumbers: Sendable {
  private var runs: [(row: Int, line: Int)]

  init(firstLine: Int) { runs = [(0, firstLine)] }

  /// Says in which line a row starts; rows come in order.
  mutating func add(row: Int, line: Int) {
    if self.line(ofRow: row) != line { runs.append((row, line)) }
  }

  func line(ofRow row: Int) -> Int {
    var low = 0
    var high = runs.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if runs[middle].row <= row { low = middle } else { high = middle }
    }
    return runs[low].line + row - runs[low].row
  }
}
