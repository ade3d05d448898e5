/// A value of Keras' JSON configurations, whose members keep their order.
indirect enum WrittenKerasValue: Hashable, Sendable {
  case null
  case truth(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([WrittenKerasValue])
  case object([Member])

  /// A name and its value.
  struct Member: Hashable, Sendable {
    var name: String
    var value: WrittenKerasValue

    init(_ name: String, _ value: WrittenKerasValue) {
      self.name = name
      self.value = value
    }
  }

  /// A list of whole numbers.
  static func integers(_ values: [Int]) -> WrittenKerasValue { .list(values.map { .integer($0) }) }

  /// A list of pairs of whole numbers.
  static func pairs(_ values: [[Int]]) -> WrittenKerasValue { .list(values.map { .integers($0) }) }

  /// An object of Keras' library as it is written where it stands in a configuration.
  static func keras(
    _ module: String, _ className: String, _ config: [Member]
  ) -> WrittenKerasValue {
    .object([
      Member("module", .text(module)), Member("class_name", .text(className)),
      Member("config", .object(config)), Member("registered_name", .null),
    ])
  }
}

extension WrittenKerasValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(nilLiteral: ()) { self = .null }
  init(booleanLiteral value: Bool) { self = .truth(value) }
  init(integerLiteral value: Int) { self = .integer(value) }
  init(floatLiteral value: Double) { self = .number(value) }
  init(stringLiteral value: String) { self = .text(value) }
  init(arrayLiteral elements: WrittenKerasValue...) { self = .list(elements) }
  init(dictionaryLiteral elements: (String, WrittenKerasValue)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }
}

// MARK: - JSON

extension WrittenKerasValue {
  /// The value as JSON, with numbers at full precision.
  var json: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .truth(let value): text += value ? "true" : "false"
    case .integer(let value): text += "\(value)"
    case .number(let value): text += WrittenKerasValue.words(value)
    case .text(let value): WrittenKerasValue.quote(value, to: &text)
    case .list(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += ", " }
        value.write(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += ", " }
        WrittenKerasValue.quote(member.name, to: &text)
        text += ": "
        member.value.write(to: &text)
      }
      text += "}"
    }
  }

  /// A number as Python's JSON writes and reads it.
  private static func words(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "Infinity" : "-Infinity" }
    return "\(value)"
  }

  private static func quote(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 32:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
