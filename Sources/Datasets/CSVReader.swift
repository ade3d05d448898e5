import Kernels

/// Cuts a delimited text into blocks of whole records, in constant memory.
///
/// The text follows RFC 4180, and also: a byte order mark, any of four delimiters, line feeds
/// with or without a carriage return before them (or carriage returns alone), blanks around
/// quotes, quotes in the middle of plain fields, empty lines, and a last line without an end.
///
/// Cutting is cheap and sequential. What a block holds is found by ``RowBlock/index()``, which
/// may run on any thread while the next block is read.
package final class CSVReader: @unchecked Sendable {
  /// The most bytes that one record may have.
  package static let recordLimit = 16 << 20

  /// What the columns are called.
  package let header: [String]

  /// Whether the names were in the file.
  package let hasHeader: Bool

  /// How records are written.
  package let dialect: TextDialect

  /// What the file is called in messages.
  package let name: String

  private let source: ByteSource
  private let blockByteCount: Int
  private let rest: TextBuffer
  private var nextLine = 1
  private var nextNumber = 0
  private var isAtEnd = false

  /// Starts to read: finds out the dialect and takes the header.
  ///
  /// - Parameter blockByteCount: how much text a block holds, if no record is longer.
  /// - Throws: ``TableError`` when the text is empty, is not UTF-8 in its header, or has two
  ///   columns of the same name.
  package init(
    _ source: ByteSource, options: CSVOptions = CSVOptions(), blockByteCount: Int = 1 << 18
  ) throws(TableError) {
    precondition(blockByteCount > 0, "a block holds something")
    self.source = source
    self.blockByteCount = blockByteCount
    name = source.name
    rest = TextBuffer(capacity: blockByteCount)
    while rest.count < max(blockByteCount, 1 << 16) {
      guard try source.read(into: rest, upTo: blockByteCount) > 0 else {
        isAtEnd = true
        break
      }
    }
    try CSVReader.dropByteOrderMark(rest, name: name)
    let start = rest.bytes(0..<min(rest.count, 1 << 16))
    guard start.contains(where: { $0 > UInt8(ascii: " ") }) else {
      throw TableError(name, .empty)
    }
    var dialect = TextDialect(newline: CSVSample.newline(of: start))
    let isWhole = isAtEnd && start.count == rest.count
    let sample = CSVSample(start, newline: dialect.newline, isWhole: isWhole)
    dialect.delimiter =
      options.delimiter?.rawValue.utf8.first ?? sample.delimiter()
    dialect.decimal =
      options.decimalMark?.rawValue.utf8.first ?? sample.decimal(delimiter: dialect.delimiter)
    self.dialect = dialect
    hasHeader = options.hasHeader ?? sample.hasHeader(dialect)

    // The first record by the rules that all others are read with.
    let first = RowBlock()
    (header, nextLine) = try CSVReader.takeHeader(
      from: rest, block: first, dialect: dialect, isAtEnd: isAtEnd, hasNames: hasHeader,
      source: source)
  }

  /// Replaces a block's content with the next records; false when there are none.
  package func next(into block: RowBlock) throws(TableError) -> Bool {
    let text = block.text
    text.truncate(to: 0)
    text.append(rest, 0..<rest.count)
    rest.truncate(to: 0)
    var wanted = blockByteCount
    var records = (end: 0, lines: 0)
    while true {
      while text.count < wanted, !isAtEnd {
        isAtEnd = try source.read(into: text, upTo: wanted - text.count) == 0
      }
      if isAtEnd, text.count > 0, text[text.count - 1] != dialect.newline {
        text.append(contentsOf: CollectionOfOne(dialect.newline))
      }
      do throws(TextFault) {
        records = try Text.wholeRecords(in: text, dialect: dialect, isLast: isAtEnd)
      } catch {
        throw CSVReader.error(error, in: text, line: nextLine, name: name, dialect: dialect)
      }
      if records.end > 0 { break }
      if isAtEnd { return false }
      guard wanted < CSVReader.recordLimit else {
        throw TableError(name, line: nextLine, .recordTooLong(limit: CSVReader.recordLimit))
      }
      wanted = min(2 * max(wanted, text.count), CSVReader.recordLimit)
    }
    rest.append(text, records.end..<text.count)
    text.truncate(to: records.end)
    block.begin(
      source: name, dialect: dialect, columns: header.count, number: nextNumber,
      firstLine: nextLine)
    nextLine += records.lines
    nextNumber += 1
    return true
  }
}

// MARK: - The start of a file

extension CSVReader {
  private static func dropByteOrderMark(_ text: TextBuffer, name: String) throws(TableError) {
    let start = text.bytes(0..<min(text.count, 4))
    if start.starts(with: [0xEF, 0xBB, 0xBF]) { return text.removeFirst(3) }
    if start.starts(with: [0xFF, 0xFE, 0, 0]) || start.starts(with: [0, 0, 0xFE, 0xFF]) {
      throw TableError(name, .wideEncoding("UTF-32"))
    }
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
      throw TableError(name, .wideEncoding("UTF-16"))
    }
  }

  /// The names of the columns, and the line that the first row starts in.
  private static func takeHeader(
    from rest: TextBuffer, block: RowBlock, dialect: TextDialect, isAtEnd: Bool, hasNames: Bool,
    source: ByteSource
  ) throws(TableError) -> (names: [String], line: Int) {
    var isAtEnd = isAtEnd
    var records = (end: 0, lines: 0)
    while true {
      if isAtEnd, rest[rest.count - 1] != dialect.newline {
        rest.append(contentsOf: CollectionOfOne(dialect.newline))
      }
      do throws(TextFault) {
        records = try Text.wholeRecords(in: rest, dialect: dialect, isLast: isAtEnd)
      } catch {
        throw self.error(error, in: rest, line: 1, name: source.name, dialect: dialect)
      }
      if records.end > 0 || isAtEnd { break }
      guard rest.count < recordLimit else {
        throw TableError(source.name, line: 1, .recordTooLong(limit: recordLimit))
      }
      isAtEnd = try source.read(into: rest, upTo: rest.count) == 0
    }
    // One record at a time, because later ones may be ragged, which is not this one's fault.
    var line = 1
    var place = 0
    while place < records.end {
      let end = try endOfFirstRecord(in: rest, from: place, dialect: dialect, limit: records.end)
      block.text.truncate(to: 0)
      block.text.append(rest, place..<end)
      block.begin(
        source: source.name, dialect: dialect, columns: nil, number: 0, firstLine: line)
      try block.index()
      guard block.rowCount > 0 else {
        line += 1
        place = end
        continue
      }
      let count = block.grid.columns
      guard hasNames else {
        rest.removeFirst(place)
        return ((1...count).map { "column_\($0)" }, line)
      }
      var names: [String] = []
      for column in 0..<count {
        let content = block.content(row: 0, column: column)
        let name = try block.string(content, row: 0, column: nil)
        names.append(content.isEmpty ? "column_\(column + 1)" : name)
      }
      try checkDistinct(names, source: source.name, line: line)
      line += Text.lineCount(in: block.text, upTo: end - place, newline: dialect.newline)
      rest.removeFirst(end)
      return (names, line)
    }
    throw TableError(source.name, .empty)
  }

  private static func endOfFirstRecord(
    in text: TextBuffer, from start: Int, dialect: TextDialect, limit: Int
  ) throws(TableError) -> Int {
    let piece = TextBuffer(capacity: 256)
    for place in start..<limit {
      piece.append(contentsOf: CollectionOfOne(text[place]))
      guard text[place] == dialect.newline else { continue }
      let records = try? Text.wholeRecords(in: piece, dialect: dialect, isLast: false)
      if let records, records.end == piece.count { return place + 1 }
    }
    return limit
  }

  private static func checkDistinct(
    _ names: [String], source: String, line: Int
  ) throws(TableError) {
    var places: [String: Int] = [:]
    for (place, name) in names.enumerated() {
      if let first = places.updateValue(place, forKey: name) {
        throw TableError(
          source, line: line, column: name,
          .duplicateColumn(first: first + 1, second: place + 1))
      }
    }
  }

  /// A fault with its line.
  static func error(
    _ fault: TextFault, in text: TextBuffer, line: Int, name: String, dialect: TextDialect,
    columns: Int = 0
  ) -> TableError {
    let firstLine = line
    func lineNumber(_ place: Int) -> Int {
      firstLine + Text.lineCount(in: text, upTo: min(place, text.count), newline: dialect.newline)
    }
    return switch fault {
    case .zeroByte(let place): TableError(name, line: lineNumber(place), .zeroByte)
    case .openQuote(let place): TableError(name, line: lineNumber(place), .openQuote)
    case .textAfterQuote(let place): TableError(name, line: lineNumber(place), .textAfterQuote)
    case .ragged(let place, let found):
      TableError(name, line: lineNumber(place), .ragged(expected: columns, found: found))
    }
  }
}
