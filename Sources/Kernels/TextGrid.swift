import CKernels

/// Where the fields of a block of whole records lie.
///
/// Reused from block to block; after the first block nothing allocates.
@safe
package final class TextGrid: @unchecked Sendable {
  /// The number of records.
  package private(set) var rows = 0

  /// The number of fields of each record.
  package private(set) var columns = 0

  /// The number of empty lines that were left out.
  package private(set) var emptyLines = 0

  /// Where the first few empty lines start.
  package private(set) var firstEmptyLines: [Int] = []

  private(set) var ends: UnsafeMutablePointer<UInt32>
  private(set) var starts: UnsafeMutablePointer<UInt32>
  private var capacity = 0

  package init() {
    ends = .allocate(capacity: 1)
    starts = .allocate(capacity: 1)
  }

  deinit {
    ends.deallocate()
    starts.deallocate()
  }

  /// Finds all fields of a text of whole records.
  ///
  /// - Parameter columns: the number of fields that every record must have; nil takes what the
  ///   first record has.
  /// - Throws: ``TextFault`` for a quote or a record that is not as it must be.
  package func index(
    _ text: TextBuffer, dialect: TextDialect, columns expected: Int?
  ) throws(TextFault) {
    precondition(text.count < Int(UInt32.max), "a block is shorter than 4 GiB")
    rows = 0
    emptyLines = 0
    firstEmptyLines = []
    if text.count > capacity { grow(to: text.count) }
    let index = nnk_text_index(text.start, text.count, dialect.native, ends)
    if let fault = TextFault(status: index.status, position: index.position) { throw fault }
    columns = expected ?? firstRecordCount(text, dialect: dialect, separators: index.separators)
    let grid = nnk_text_rows(
      text.start, dialect.native, ends, index.separators, index.newlines, columns, starts)
    let fault = TextFault(status: grid.status, position: grid.position, found: grid.found)
    if let fault { throw fault }
    rows = grid.rows
    emptyLines = grid.empty
    if grid.empty > 0 {
      firstEmptyLines = Array(TextGrid.array(grid.empty_at).prefix(grid.empty))
    }
  }

  /// The bytes of one field, with quotes and blanks, without its line's end.
  package func field(row: Int, column: Int, in text: TextBuffer) -> Range<Int> {
    precondition(row >= 0 && row < rows && column >= 0 && column < columns, "outside the grid")
    let line = row * columns
    let start = column == 0 ? Int(starts[row]) : Int(ends[line + column - 1]) + 1
    var end = Int(ends[line + column])
    if column + 1 == columns && end > start && text[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<end
  }

  /// The first byte of a record.
  package func start(ofRow row: Int) -> Int {
    precondition(row >= 0 && row < rows, "outside the grid")
    return Int(starts[row])
  }

  private func grow(to count: Int) {
    capacity = max(count, 2 * capacity)
    ends.deallocate()
    starts.deallocate()
    ends = .allocate(capacity: capacity + 64)
    starts = .allocate(capacity: capacity + 64)
  }

  private func firstRecordCount(
    _ text: TextBuffer, dialect: TextDialect, separators: Int
  ) -> Int {
    var first = 0
    for place in 0..<separators where text[Int(ends[place])] == dialect.newline {
      // An empty line is no record.
      if place > first || !isBlank(text, from: first, to: place) { return place - first + 1 }
      first = place + 1
    }
    return 1
  }

  private func isBlank(_ text: TextBuffer, from first: Int, to last: Int) -> Bool {
    let start = first == 0 ? 0 : Int(ends[first - 1]) + 1
    return (start..<Int(ends[last])).allSatisfy { text[$0] <= UInt8(ascii: " ") }
  }
}

// MARK: - Reading columns

extension TextGrid {
  /// How many fields of a column were of which kind.
  package struct ColumnSummary: Sendable {
    /// The number of fields of each kind, by its raw value.
    package let counts: [Int]
    /// The first row of each kind.
    package let firstRows: [Int]
    /// How many of the texts are words of truth.
    package let truths: Int

    package func count(_ kind: Text.FieldKind) -> Int { counts[Int(kind.rawValue)] }
    package func firstRow(_ kind: Text.FieldKind) -> Int { firstRows[Int(kind.rawValue)] }
  }

  /// Appends a column's numbers; everything else becomes NaN.
  package func appendNumbers(
    of column: Int, in text: TextBuffer, decimal: UInt8, to values: inout [Double]
  ) -> ColumnSummary {
    precondition(column >= 0 && column < columns, "outside the grid")
    let count = values.count
    values.append(contentsOf: repeatElement(0, count: rows))
    let summary = values.withUnsafeMutableBufferPointer { values in
      nnk_text_read_numbers(
        text.start, ends, starts, rows, columns, column, decimal, 0,
        values.baseAddress.map { $0 + count })
    }
    return ColumnSummary(
      counts: TextGrid.array(summary.kinds), firstRows: TextGrid.array(summary.first),
      truths: summary.truths)
  }

  /// Appends the codes of a column's names, -1 for missing ones.
  package func appendNames(
    of column: Int, in text: TextBuffer, dictionary: TextDictionary, to codes: inout [Int32]
  ) {
    precondition(column >= 0 && column < columns, "outside the grid")
    let count = codes.count
    codes.append(contentsOf: repeatElement(0, count: rows))
    codes.withUnsafeMutableBufferPointer { codes in
      nnk_text_read_names(
        text.start, ends, starts, rows, columns, column, dictionary.native,
        codes.baseAddress.map { $0 + count })
    }
  }

  private static func array(_ five: (Int, Int, Int, Int, Int)) -> [Int] {
    [five.0, five.1, five.2, five.3, five.4]
  }
}

/// Distinct names, numbered in the order they came.
///
/// Lookups may come from several threads at once, as long as nobody inserts.
@safe
package final class TextDictionary: @unchecked Sendable {
  let native: OpaquePointer

  package init() { native = nnk_dictionary_create() }

  /// A dictionary of the given names, numbered in their order.
  package convenience init(_ names: [String]) {
    self.init()
    for name in names { insert(Array(name.utf8)) }
  }

  /// A dictionary of numbers, which ``TextEncoder`` finds however they are written.
  package convenience init(numbers: [Double]) {
    self.init()
    for number in numbers {
      // Plus zero makes zero of minus zero.
      withUnsafeBytes(of: number + 0) { _ = insert(Array($0)) }
    }
  }

  deinit { nnk_dictionary_free(native) }

  /// The number of names.
  package var count: Int { Int(nnk_dictionary_count(native)) }

  /// The number of a name, given to it if it is new.
  @discardableResult
  package func insert(_ name: [UInt8]) -> Int {
    let buffer = TextBuffer(name)
    return Int(nnk_dictionary_insert(native, buffer.start, buffer.count))
  }

  /// The number of a name, nil if it is not known.
  package func find(_ name: [UInt8]) -> Int? {
    let buffer = TextBuffer(name)
    let code = nnk_dictionary_find(native, buffer.start, buffer.count)
    return code < 0 ? nil : Int(code)
  }

  /// A name by its number.
  package subscript(code: Int) -> [UInt8] {
    precondition(code >= 0 && code < count, "no such name")
    var length = 0
    let bytes = nnk_dictionary_bytes(native, Int32(code), &length)
    return Array(UnsafeBufferPointer(start: bytes, count: length))
  }
}
