import CKernels

/// Numbers and words in text, by the rules that every table is read with.
package enum Text {
  /// What a field holds.
  package enum FieldKind: Int32, Sendable {
    /// A decimal number that float32 can hold.
    case number
    /// Nothing, or a word for it.
    case missing
    /// A word for infinity.
    case infinite
    /// A number that no float32 can hold.
    case tooLarge
    /// Anything else.
    case text
  }

  /// Reads a field as a number: `[+-] digits [. digits] [e [+-] digits]`, correctly rounded.
  package static func number(
    _ field: some Collection<UInt8>, decimal: UInt8 = UInt8(ascii: ".")
  ) -> (kind: FieldKind, value: Double) {
    let buffer = TextBuffer(field)
    var value = Double.nan
    let kind = nnk_text_number(buffer.start, buffer.start + buffer.count, decimal, &value)
    return (FieldKind(rawValue: kind) ?? .text, kind == 0 ? value : .nan)
  }

  /// The content of a field: without blanks around it, quotes, and doubled quotes inside.
  package static func content(_ field: some Collection<UInt8>) -> [UInt8] {
    let buffer = TextBuffer(field)
    return content(buffer, 0..<buffer.count)
  }

  /// The content of a field in a buffer.
  package static func content(_ buffer: TextBuffer, _ range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= buffer.count, "outside the text")
    let field = nnk_text_field(buffer.start + range.lowerBound, buffer.start + range.upperBound)
    defer { nnk_text_field_free(field) }
    return Array(UnsafeBufferPointer(start: field.bytes, count: field.count))
  }

  /// Whether a field's content is a word for a missing value.
  package static func isMissing(_ content: [UInt8]) -> Bool {
    nnk_text_is_missing(content, content.count) != 0
  }

  /// The truth value that a field's content is a word for.
  package static func truth(_ content: [UInt8]) -> Bool? {
    switch nnk_text_truth(content, content.count) {
    case 0: false
    case 1: true
    default: nil
    }
  }

  /// A float in the fewest digits, at most nine, that read back as the same float.
  package static func shortest(_ value: Float) -> String {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = nnk_text_print_float(value, &bytes)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}

/// How the records of a delimited text are written.
package struct TextDialect: Hashable, Sendable {
  package var delimiter: UInt8
  package var newline: UInt8
  package var decimal: UInt8

  package init(
    delimiter: UInt8 = UInt8(ascii: ","), newline: UInt8 = UInt8(ascii: "\n"),
    decimal: UInt8 = UInt8(ascii: ".")
  ) {
    self.delimiter = delimiter
    self.newline = newline
    self.decimal = decimal
  }

  var native: nnk_dialect {
    nnk_dialect(delimiter: delimiter, newline: newline, decimal: decimal)
  }
}

/// What is wrong with a text, and at which byte.
package enum TextFault: Error, Hashable {
  case zeroByte(at: Int)
  case openQuote(at: Int)
  case textAfterQuote(at: Int)
  case ragged(at: Int, found: Int)

  init?(status: Int32, position: Int, found: Int = 0) {
    switch Int(status) {
    case NNK_TEXT_NUL: self = .zeroByte(at: position)
    case NNK_TEXT_OPEN_QUOTE: self = .openQuote(at: position)
    case NNK_TEXT_AFTER_QUOTE: self = .textAfterQuote(at: position)
    case NNK_TEXT_RAGGED: self = .ragged(at: position, found: found)
    default: return nil
    }
  }
}

extension Text {
  /// The whole records at the start of a text: their bytes and their line ends.
  ///
  /// - Parameter isLast: whether the text ends here; then it must end with a newline.
  package static func wholeRecords(
    in text: TextBuffer, dialect: TextDialect, isLast: Bool
  ) throws(TextFault) -> (end: Int, lines: Int) {
    let split = nnk_text_split(text.start, text.count, dialect.native, isLast ? 1 : 0)
    if let fault = TextFault(status: split.status, position: split.position) { throw fault }
    return (split.end, split.lines)
  }

  /// The number of newlines in the first bytes of a text.
  package static func lineCount(in text: TextBuffer, upTo end: Int, newline: UInt8) -> Int {
    precondition(end >= 0 && end <= text.count, "outside the text")
    return nnk_text_count_lines(text.start, end, newline)
  }
}
