import Kernels

extension Table {
  /// Reads a table from a file of delimited text, plain or gzip; "-" is standard input.
  ///
  /// A column is a number when every value that is not missing is one; a boolean when every one
  /// is true, yes, t, y, false, no, f or n in any case; else a category. Missing are, in any
  /// case: nothing, NA, N/A, #N/A, <NA>, NaN, null, none, ? and -. Blanks around values do not
  /// count.
  ///
  /// - Throws: ``TableError`` with file, line and column of what is wrong.
  public init(
    contentsOf path: String, options: TableOptions = TableOptions()
  ) throws(TableError) {
    try unsafe self.init(reading: ByteSource(path: path), options: options)
  }

  /// Reads a table from a source of bytes.
  package init(reading source: ByteSource, options: TableOptions) throws(TableError) {
    let reader = try CSVReader(source, options: options.csv, blockByteCount: 1 << 20)
    if options.requiresColumns {
      for name in options.kinds.keys.sorted() where !reader.header.contains(name) {
        throw TableError(
          reader.name, column: name, .noSuchColumn(columns: reader.header))
      }
    }
    self = try TableLoader(reader: reader, options: options).load()
  }
}

/// Reads all blocks, first as numbers; columns that hold text are read again as names.
private struct TableLoader {
  let reader: CSVReader
  let options: TableOptions
  private var blocks: [RowBlock] = []
  private var columns: [NumberScan]
  private var lines = LineNumbers(firstLine: 1)
  private var rowCount = 0
  private var emptyLines = EmptyLines()

  /// What is known of one column after it was read as numbers.
  private struct NumberScan {
    var values: [Double] = []
    var counts = [Int](repeating: 0, count: 5)
    var truths = 0
    /// The line and text of the first field of each kind.
    var firsts = [(line: Int, found: String)?](repeating: nil, count: 5)

    func count(_ kind: Text.FieldKind) -> Int { counts[Int(kind.rawValue)] }
    func first(_ kind: Text.FieldKind) -> (line: Int, found: String)? {
      firsts[Int(kind.rawValue)]
    }
  }

  init(reader: CSVReader, options: TableOptions) {
    self.reader = reader
    self.options = options
    columns = Array(repeating: NumberScan(), count: reader.header.count)
  }

  func load() throws(TableError) -> Table {
    var loader = self
    return try loader.run()
  }

  private mutating func run() throws(TableError) -> Table {
    while true {
      let block = RowBlock()
      guard try reader.next(into: block) else { break }
      try block.index()
      emptyLines.add(block)
      guard block.rowCount > 0 else { continue }
      read(block)
      blocks.append(block)
    }
    guard rowCount > 0 else { throw TableError(reader.name, .noRows) }
    var finished: [TableColumn] = []
    var notes: [String] = []
    if let note = emptyLines.note { notes.append(note) }
    if !reader.hasHeader {
      notes.append("no header found; columns are called column_1 to column_\(columns.count)")
    }
    for place in columns.indices {
      finished.append(try finish(place, notes: &notes))
      columns[place].values = []
    }
    return Table(
      finished, rowCount: rowCount, source: reader.name, notes: notes, lines: lines,
      decimal: reader.dialect.decimal)
  }

  private mutating func read(_ block: RowBlock) {
    let grid = block.grid
    noteLines(of: block)
    for place in columns.indices {
      let summary = grid.appendNumbers(
        of: place, in: block.text, decimal: reader.dialect.decimal, to: &columns[place].values)
      columns[place].truths += summary.truths
      for kind in summary.counts.indices {
        columns[place].counts[kind] += summary.counts[kind]
        if columns[place].firsts[kind] == nil, summary.counts[kind] > 0 {
          let row = summary.firstRows[kind]
          columns[place].firsts[kind] = (
            block.line(ofRow: row), block.excerpt(row: row, column: place)
          )
        }
      }
    }
    rowCount += grid.rows
  }

  private mutating func noteLines(of block: RowBlock) {
    let grid = block.grid
    let last = block.line(ofRow: grid.rows - 1)
    lines.add(row: rowCount, line: block.line(ofRow: 0))
    guard last != lines.line(ofRow: rowCount + grid.rows - 1) else { return }
    var line = block.line(ofRow: 0)
    for row in 1..<grid.rows {
      let newline = reader.dialect.newline
      for place in grid.start(ofRow: row - 1)..<grid.start(ofRow: row)
      where block.text[place] == newline { line += 1 }
      lines.add(row: rowCount + row, line: line)
    }
  }

  private mutating func finish(
    _ place: Int, notes: inout [String]
  ) throws(TableError) -> TableColumn {
    let name = reader.header[place]
    let scan = columns[place]
    let texts = scan.count(.text)
    let kind =
      options.kinds[name]
      ?? (texts == 0
        ? .number
        : texts == scan.truths && scan.count(.missing) + texts == rowCount ? .boolean : .category)
    switch kind {
    case .number:
      try checkNumbers(scan, name: name)
      return TableColumn(name, numbers: scan.values)
    case .sequence, .text:
      return try names(of: place, kind: kind)
    case .category:
      if options.kinds[name] == nil, scan.count(.number) * 10 >= rowCount * 9,
        let first = scan.first(.text)
      {
        notes.append(
          "column '\(name)' is read as a category because \(texts) of its values "
            + "\(texts == 1 ? "is not a number" : "are not numbers"), first '\(first.found)' in "
            + "line \(first.line)")
      }
      return try names(of: place, kind: .category)
    case .boolean:
      let column = try names(of: place, kind: .boolean)
      try checkTruths(column)
      return column
    }
  }

  private func checkNumbers(_ scan: NumberScan, name: String) throws(TableError) {
    guard options.unreadable == .error else { return }
    let faults: [(line: Int, problem: TableError.Problem)] = [
      scan.first(.text).map { ($0.line, .notANumber(found: $0.found)) },
      scan.first(.infinite).map { ($0.line, .infinite(found: $0.found)) },
      scan.first(.tooLarge).map { ($0.line, .tooLarge(found: $0.found)) },
    ].compactMap(\.self)
    if let first = faults.min(by: { $0.line < $1.line }) {
      throw TableError(reader.name, line: first.line, column: name, first.problem)
    }
  }

  private func checkTruths(_ column: TableColumn) throws(TableError) {
    guard case .names(let codes, let names) = column.values else { return }
    for (code, name) in names.enumerated() where Booleans.value(of: name) == nil {
      let row = codes.firstIndex(of: Int32(code)) ?? 0
      throw TableError(
        reader.name, line: lines.line(ofRow: row), column: column.name, .notATruth(found: name))
    }
  }

  private func names(of place: Int, kind: ColumnKind) throws(TableError) -> TableColumn {
    let dictionary = TextDictionary()
    var codes: [Int32] = []
    codes.reserveCapacity(rowCount)
    for block in blocks {
      block.grid.appendNames(of: place, in: block.text, dictionary: dictionary, to: &codes)
    }
    var names: [String] = []
    for code in 0..<dictionary.count {
      let bytes = dictionary[code]
      guard let name = String(strictUTF8: bytes) else {
        let row = codes.firstIndex(of: Int32(code)) ?? 0
        throw TableError(
          reader.name, line: lines.line(ofRow: row), column: reader.header[place],
          .notUTF8(String(String(decoding: bytes, as: UTF8.self).prefix(60))))
      }
      names.append(name)
    }
    return TableColumn(
      reader.header[place], kind: kind, values: .names(codes: codes, names: names))
  }
}

/// The words for truth.
enum Booleans {
  /// The truth value that a word means: those of ``Text/truth(_:)``, and 0 and 1.
  static func value(of name: String) -> Bool? {
    let bytes = Array(name.utf8)
    if let truth = Text.truth(bytes) { return truth }
    let (kind, value) = Text.number(bytes)
    guard kind == .number, value == 0 || value == 1 else { return nil }
    return value == 1
  }
}
