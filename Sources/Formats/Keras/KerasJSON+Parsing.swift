extension KerasJSON {
  /// The most bytes of a text; the graphs of the largest published models take a tenth of it.
  package static let byteLimit = 32 << 20

  /// How deep lists and objects may lie in each other.
  package static let depthLimit = 128

  /// Reads a text. Accepts what Python writes: JSON, and NaN, Infinity and -Infinity.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8.
  ///   - file: the file that it is of, for messages.
  ///   - member: where in it.
  /// - Throws: ``FormatError`` naming the byte.
  package init(
    parsing bytes: [UInt8], file: String, member: String? = nil
  ) throws(FormatError) {
    guard bytes.count <= KerasJSON.byteLimit else {
      throw FormatError(
        file, member: member,
        "expected a description of at most \(KerasJSON.byteLimit) bytes, found \(bytes.count)")
    }
    var parser = KerasJSONParser(bytes: bytes, file: file, member: member)
    self = try parser.document()
  }
}

/// Reads one text from the front to the back.
private struct KerasJSONParser {
  let bytes: [UInt8]
  let file: String
  let member: String?
  var place = 0
  var depth = 0

  init(bytes: [UInt8], file: String, member: String?) {
    self.bytes = bytes
    self.file = file
    self.member = member
  }

  func error(_ expected: String) -> FormatError {
    let found =
      place >= bytes.count
      ? "the end"
      : bytes[place] >= 0x20 && bytes[place] < 0x7F
        ? "'\(Character(UnicodeScalar(bytes[place])))'" : "byte \(bytes[place])"
    return FormatError(
      file, member: member, "not JSON at byte \(place): expected \(expected), found \(found)")
  }

  var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      place += 1
    }
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    place += 1
    return true
  }

  mutating func document() throws(FormatError) -> KerasJSON {
    let value = try value()
    skipSpace()
    guard place == bytes.count else { throw error("the end") }
    return value
  }

  mutating func value() throws(FormatError) -> KerasJSON {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try nested { parser throws(FormatError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(FormatError) in try parser.list() }
    case UInt8(ascii: "\""): return .text(try text())
    default: break
    }
    if word("null") { return .null }
    if word("true") { return .bool(true) }
    if word("false") { return .bool(false) }
    if word("NaN") { return .number(.nan) }
    if word("Infinity") { return .number(.infinity) }
    if word("-Infinity") { return .number(-.infinity) }
    return try number()
  }

  mutating func nested(
    _ body: (inout KerasJSONParser) throws(FormatError) -> KerasJSON
  ) throws(FormatError) -> KerasJSON {
    guard depth < KerasJSON.depthLimit else {
      throw error("at most \(KerasJSON.depthLimit) lists and objects in each other")
    }
    depth += 1
    place += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  mutating func list() throws(FormatError) -> KerasJSON {
    var items: [KerasJSON] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .list(items) }
    while true {
      items.append(try value())
      skipSpace()
      if take(UInt8(ascii: "]")) { return .list(items) }
      guard take(UInt8(ascii: ",")) else { throw error("',' or ']'") }
    }
  }

  mutating func object() throws(FormatError) -> KerasJSON {
    var object = KerasObject()
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(object) }
    while true {
      skipSpace()
      let start = place
      let name = try text()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw error("':'") }
      guard object.add(name, try value()) else {
        place = start
        throw error("each name once in an object")
      }
      skipSpace()
      if take(UInt8(ascii: "}")) { return .object(object) }
      guard take(UInt8(ascii: ",")) else { throw error("',' or '}'") }
    }
  }

  mutating func word(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard place + count <= bytes.count,
      "\(word)".utf8.elementsEqual(bytes[place..<place + count])
    else { return false }
    place += count
    return true
  }

  mutating func number() throws(FormatError) -> KerasJSON {
    let start = place
    var isInteger = true
    while let byte = next {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"):
        isInteger = false
      default:
        return try number(start, isInteger)
      }
      place += 1
    }
    return try number(start, isInteger)
  }

  private mutating func number(
    _ start: Int, _ isInteger: Bool
  ) throws(FormatError) -> KerasJSON {
    let words = String(decoding: bytes[start..<place], as: UTF8.self)
    if isInteger, let value = Int(words) { return .integer(value) }
    guard start < place, place - start <= 400, let value = Double(words) else {
      place = start
      throw error("a value")
    }
    return .number(value)
  }

  mutating func text() throws(FormatError) -> String {
    guard take(UInt8(ascii: "\"")) else { throw error("'\"'") }
    var units: [UInt8] = []
    while let byte = next {
      place += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: units, as: UTF8.self) else {
          throw error("text in UTF-8 before it")
        }
        return text
      case UInt8(ascii: "\\"): units += try escaped()
      case 0..<0x20:
        place -= 1
        throw error("text without control characters")
      default: units.append(byte)
      }
    }
    throw error("'\"'")
  }

  private mutating func escaped() throws(FormatError) -> [UInt8] {
    guard let byte = next else { throw error("an escape") }
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      var value = try unit()
      if (0xD800..<0xDC00).contains(value) {
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
          throw error("the second half of a character")
        }
        let low = try unit()
        guard (0xDC00..<0xE000).contains(low) else { throw error("the second half of a character") }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = UnicodeScalar(value) else { throw error("a character") }
      return Array(String(Character(scalar)).utf8)
    default:
      place -= 1
      throw error("an escape")
    }
  }

  private mutating func unit() throws(FormatError) -> UInt32 {
    guard place + 4 <= bytes.count else { throw error("four hexadecimal digits") }
    var value: UInt32 = 0
    for byte in bytes[place..<place + 4] {
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw error("four hexadecimal digits")
      }
      value = value << 4 + UInt32(digit)
    }
    place += 4
    return value
  }
}
