/// Reads the few kinds of Python literals that the header of an array is made of.
///
/// Nothing is evaluated: texts without escapes, `True`, `False`, whole numbers, and the signs between
/// them. Anything else is an error with its place.
struct LiteralScanner {
  private let text: [UInt8]
  private(set) var place = 0

  init(_ text: [UInt8]) { self.text = text }

  /// What is wrong at a place, or with what is said there.
  struct Problem: Error {
    let words: String
  }

  /// Passes over one sign.
  mutating func take(_ sign: Character) throws(Problem) {
    guard takeIf(sign) else { throw problem("'\(sign)'") }
  }

  /// Passes over one sign if it is next.
  mutating func takeIf(_ sign: Character) -> Bool {
    guard peek == sign.asciiValue else { return false }
    place += 1
    return true
  }

  /// The next byte that is no blank.
  var peek: UInt8? {
    mutating get {
      while place < text.count, text[place] == UInt8(ascii: " ") { place += 1 }
      return place < text.count ? text[place] : nil
    }
  }

  /// A text in single or double quotes.
  mutating func string() throws(Problem) -> String {
    guard let quote = peek, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw problem("a text in quotes")
    }
    let start = place + 1
    guard let end = text[start...].firstIndex(of: quote),
      text[start..<end].allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
    else { throw problem("a plain text that ends with its quote") }
    place = end + 1
    return String(decoding: text[start..<end], as: UTF8.self)
  }

  /// `True` or `False`.
  mutating func truth() throws(Problem) -> Bool {
    _ = peek
    for (word, value) in [("True", true), ("False", false)]
    where text[place...].starts(with: word.utf8) {
      place += word.utf8.count
      return value
    }
    throw problem("True or False")
  }

  /// A whole number, 0 or more.
  mutating func number() throws(Problem) -> Int {
    _ = peek
    let digits = text[place...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw problem("a whole number from 0 to \(Int.max)")
    }
    place += digits.count
    return value
  }

  /// Numbers in parentheses: `()`, `(3,)`, `(3, 4)`.
  mutating func tuple(limit: Int) throws(Problem) -> [Int] {
    try take("(")
    var numbers: [Int] = []
    while !takeIf(")") {
      guard numbers.count < limit else { throw problem("at most \(limit) numbers") }
      numbers.append(try number())
      if takeIf(",") { continue }
      // A number in parentheses without a comma is no tuple.
      guard numbers.count > 1 else { throw problem("','") }
      try take(")")
      break
    }
    return numbers
  }

  /// Checks that nothing but blanks and one line end follows.
  mutating func finish() throws(Problem) {
    guard peek == nil || text[place] == 0x0A && place + 1 == text.count else {
      throw problem("the end")
    }
  }

  func problem(_ expected: String) -> Problem {
    Problem(words: "damaged header: expected \(expected) at byte \(place)")
  }
}
