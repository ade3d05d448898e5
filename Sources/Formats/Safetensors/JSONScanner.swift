import Foundation

/// Reads JSON (RFC 8259) from its start, piece by piece; what is not asked for is passed over and not
/// kept, so that a text costs no more memory than what is made of it.
struct JSONScanner {
  private let bytes: [UInt8]
  private(set) var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// What is wrong at a place, or with what is said there.
  struct Problem: Error {
    let words: String
  }

  /// The most arrays and objects that may lie in each other where they are passed over.
  static let depthLimit = 64

  /// An error about the place that is reached.
  func problem(_ expected: String) -> Problem {
    Problem(words: "damaged header: expected \(expected) at byte \(place)")
  }
}

// MARK: - Signs

extension JSONScanner {
  /// The next byte that is no blank.
  var peek: UInt8? {
    mutating get {
      while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
      return place < bytes.count ? bytes[place] : nil
    }
  }

  /// Passes over one sign if it is next.
  mutating func takeIf(_ sign: Character) -> Bool {
    guard peek == sign.asciiValue else { return false }
    place += 1
    return true
  }

  /// Passes over one sign.
  mutating func take(_ sign: Character) throws(Problem) {
    guard takeIf(sign) else { throw problem("'\(sign)'") }
  }

  /// Checks that nothing but blanks follows.
  mutating func finish() throws(Problem) {
    guard peek == nil else { throw problem("the end") }
  }

  /// Calls a closure with the name of every entry of an object; it takes the value.
  ///
  /// - Throws: ``Problem`` where two entries have one name, and what the closure throws.
  mutating func object(
    _ body: (String, inout JSONScanner) throws(Problem) -> Void
  ) throws(Problem) {
    var names: Set<String> = []
    try take("{")
    if takeIf("}") { return }
    repeat {
      let name = try string()
      guard names.insert(name).inserted else {
        throw Problem(words: "damaged header: two entries are named '\(name)'")
      }
      try take(":")
      try body(name, &self)
    } while takeIf(",")
    try take("}")
  }

  /// Calls a closure for every element of an array; it takes the value.
  mutating func array(_ body: (inout JSONScanner) throws(Problem) -> Void) throws(Problem) {
    try take("[")
    if takeIf("]") { return }
    repeat { try body(&self) } while takeIf(",")
    try take("]")
  }
}

// MARK: - Values

extension JSONScanner {
  /// A whole number, 0 or more.
  mutating func number() throws(Problem) -> Int {
    let words = "a whole number from 0 to \(Int.max)"
    guard let first = peek, (0x30...0x39).contains(first) else { throw problem(words) }
    var value = 0
    let start = place
    while place < bytes.count, (0x30...0x39).contains(bytes[place]) {
      let (product, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, isTooLarge) = product.addingReportingOverflow(Int(bytes[place] - 0x30))
      guard !overflows, !isTooLarge else {
        place = start
        throw problem(words)
      }
      value = sum
      place += 1
    }
    guard first != 0x30 || place == start + 1 else {
      place = start
      throw problem(words)
    }
    return value
  }

  /// A text.
  mutating func string() throws(Problem) -> String {
    try take("\"")
    var result: [UInt8] = []
    let start = place
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: "\"") {
        place += 1
        guard let text = String(bytes: result, encoding: .utf8) else {
          place = start
          throw problem("a text in UTF-8")
        }
        return text
      }
      guard byte >= 0x20 else { throw problem("a text without control characters") }
      place += 1
      if byte == UInt8(ascii: "\\") {
        result += try escape().utf8
      } else {
        result.append(byte)
      }
    }
    throw problem("the end of a text")
  }

  /// What follows a backslash.
  private mutating func escape() throws(Problem) -> String {
    guard place < bytes.count else { throw problem("the end of a text") }
    let sign = bytes[place]
    place += 1
    switch sign {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var units = [try unit()]
      if (0xD800...0xDBFF).contains(units[0]) {
        guard bytes[place...].starts(with: Array("\\u".utf8)) else {
          throw problem("the second half of a character")
        }
        place += 2
        units.append(try unit())
      }
      var decoder = UTF16()
      var iterator = units.makeIterator()
      guard case .scalarValue(let scalar) = decoder.decode(&iterator) else {
        throw problem("a character")
      }
      return String(Character(scalar))
    default:
      place -= 1
      throw problem("one of \"\\/bfnrtu")
    }
  }

  private mutating func unit() throws(Problem) -> UInt16 {
    guard place + 4 <= bytes.count,
      bytes[place..<place + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt16(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
    else { throw problem("four hexadecimal digits") }
    place += 4
    return value
  }

  /// Passes over any value.
  mutating func skip() throws(Problem) {
    // The signs that end what is open, innermost last.
    var open: [Character] = []
    repeat {
      var isOpening = false
      switch peek {
      case UInt8(ascii: "{"):
        place += 1
        open.append("}")
        isOpening = true
      case UInt8(ascii: "["):
        place += 1
        open.append("]")
        isOpening = true
      case UInt8(ascii: "\""): _ = try string()
      default: try word()
      }
      guard open.count <= JSONScanner.depthLimit else {
        throw problem("at most \(JSONScanner.depthLimit) values in each other")
      }
      // Up to where the next value begins.
      while let end = open.last {
        if takeIf(end) {
          open.removeLast()
          isOpening = false
          continue
        }
        if !isOpening { try take(",") }
        if end == "}" {
          _ = try string()
          try take(":")
        }
        break
      }
    } while !open.isEmpty
  }

  /// A number, true, false or null.
  private mutating func word() throws(Problem) {
    _ = peek
    let start = place
    let signs = Array("+-.0123456789Eeaflnrstu".utf8)
    while place < bytes.count, signs.contains(bytes[place]) { place += 1 }
    let word = String(decoding: bytes[start..<place], as: UTF8.self)
    guard ["true", "false", "null"].contains(word) || Double(word) != nil else {
      place = start
      throw problem("a value")
    }
  }
}
