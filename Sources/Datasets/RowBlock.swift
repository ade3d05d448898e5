import Kernels

/// Whole records of a delimited text, with where their fields lie.
///
/// A block owns its memory and is filled again and again. It belongs to one thread at a time.
package final class RowBlock: @unchecked Sendable {
  /// The text of the records.
  package let text: TextBuffer

  /// Where the fields lie; valid after ``index()``.
  package let grid = TextGrid()

  /// The file's name, for messages.
  package private(set) var source = ""

  /// How records are written.
  package private(set) var dialect = TextDialect()

  /// The block's place among the blocks of its file, from 0.
  package private(set) var number = 0

  /// The line that the first record starts in, from 1.
  package private(set) var firstLine = 1

  private var columns: Int?

  /// An empty block with room for some text.
  package init(capacity: Int = 0) { text = TextBuffer(capacity: capacity) }

  /// The number of records.
  package var rowCount: Int { grid.rows }

  func begin(
    source: String, dialect: TextDialect, columns: Int?, number: Int, firstLine: Int
  ) {
    self.source = source
    self.dialect = dialect
    self.columns = columns
    self.number = number
    self.firstLine = firstLine
  }

  /// Finds the fields of all records; empty lines are left out.
  ///
  /// - Throws: ``TableError`` with the line of a ragged record or a wrong quote.
  package func index() throws(TableError) {
    do {
      try grid.index(text, dialect: dialect, columns: columns)
    } catch {
      throw CSVReader.error(
        error, in: text, line: firstLine, name: source, dialect: dialect, columns: columns ?? 0)
    }
  }

  /// The line that a record starts in.
  package func line(ofRow row: Int) -> Int {
    line(at: grid.start(ofRow: row))
  }

  /// The line that a byte of the text lies in.
  func line(at place: Int) -> Int {
    firstLine + Text.lineCount(in: text, upTo: place, newline: dialect.newline)
  }

  /// The content of a field.
  package func content(row: Int, column: Int) -> [UInt8] {
    Text.content(text, grid.field(row: row, column: column, in: text))
  }

  /// The content of a field as words for a message: shortened, and readable whatever it holds.
  package func excerpt(row: Int, column: Int) -> String {
    let content = String(decoding: content(row: row, column: column), as: UTF8.self)
    let line = content.map { $0.isNewline ? " " : $0 }
    return line.count > 60 ? String(line.prefix(60)) + "…" : String(line)
  }

  /// A field's content as a string.
  func string(_ content: [UInt8], row: Int, column: String?) throws(TableError) -> String {
    guard let string = String(strictUTF8: content) else {
      let found = String(String(decoding: content, as: UTF8.self).prefix(60))
      throw TableError(source, line: line(ofRow: row), column: column, .notUTF8(found))
    }
    return string
  }
}

extension String {
  /// A string of bytes that must be UTF-8; nil when they are not.
  init?(strictUTF8 bytes: [UInt8]) {
    let string = String(decoding: bytes, as: UTF8.self)
    // Decoding replaces what is wrong, which changes the bytes.
    guard string.utf8.elementsEqual(bytes) else { return nil }
    self = string
  }
}
