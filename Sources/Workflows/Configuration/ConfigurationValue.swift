import Catalogs

/// A value as it is written in a configuration: on the command line, in YAML, or in a model file.
///
/// Flags and YAML give texts and leave it to each option to read them, so that an option means the
/// same wherever it is given.
public enum ConfigurationValue: Hashable, Sendable {
  case none
  case text(String)
  case flag(Bool)
  case integer(Int)
  case number(Double)
  case list([ConfigurationValue])
  case map([String: ConfigurationValue])
}

// MARK: - Reading

extension ConfigurationValue {
  /// The value as words, as a message shows it.
  var words: String {
    switch self {
    case .none: "nothing"
    case .text(let text): "'\(text)'"
    case .flag(let flag): "\(flag)"
    case .integer(let integer): "\(integer)"
    case .number(let number): "\(number)"
    case .list(let values): "a list of \(values.count)"
    case .map: "a mapping"
    }
  }

  /// Whether nothing is given, in whatever way that is written.
  var isNone: Bool {
    switch self {
    case .none: true
    case .text(let text): ["", "none", "null", "~"].contains(text.lowercased())
    default: false
    }
  }

  func string() throws -> String {
    switch self {
    case .text(let text): return text
    case .integer(let integer): return "\(integer)"
    case .number(let number): return "\(number)"
    case .flag(let flag): return "\(flag)"
    default: throw ConfigurationMismatch(expected: "a word", found: self)
    }
  }

  func bool() throws -> Bool {
    switch self {
    case .flag(let flag): return flag
    case .text(let text):
      switch text.lowercased() {
      case "true", "yes", "on": return true
      case "false", "no", "off": return false
      default: break
      }
    default: break
    }
    throw ConfigurationMismatch(expected: "true or false", found: self)
  }

  func int() throws -> Int {
    switch self {
    case .integer(let integer): return integer
    case .text(let text):
      if let integer = Int(text.filter { $0 != "_" }) { return integer }
    case .number(let number):
      if let integer = Int(exactly: number) { return integer }
    default: break
    }
    throw ConfigurationMismatch(expected: "a whole number", found: self)
  }

  func double() throws -> Double {
    switch self {
    case .integer(let integer): return Double(integer)
    case .number(let number): return number
    case .text(let text):
      if let number = Double(text), number.isFinite { return number }
    default: break
    }
    throw ConfigurationMismatch(expected: "a number", found: self)
  }

  /// The parts of a list; a text is split at its commas.
  func list() throws -> [ConfigurationValue] {
    switch self {
    case .list(let values): return values
    case .none: return []
    case .text(let text):
      return text.split(separator: ",").map { part in
        .text(String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
      }
    case .integer, .number: return [self]
    default: throw ConfigurationMismatch(expected: "a list", found: self)
    }
  }

  func map() throws -> [String: ConfigurationValue] {
    switch self {
    case .map(let values): return values
    case .none: return [:]
    default: throw ConfigurationMismatch(expected: "a mapping of names to options", found: self)
    }
  }

  /// One of a fixed set of words; `-` and `_` are the same, and case does not count.
  func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) throws -> Choice
  where Choice.RawValue == String {
    let text = try string()
    let wanted = text.lowercased().replacing("_", with: "-")
    for choice in Choice.allCases where choice.rawValue.replacing("_", with: "-") == wanted {
      return choice
    }
    throw ConfigurationMismatch(expectedOneOf: Choice.allCases.map { $0.rawValue }, found: text)
  }

  /// What a reader makes of the value, or nil where none is given.
  func optional<Value>(_ read: (ConfigurationValue) throws -> Value) rethrows -> Value? {
    isNone ? nil : try read(self)
  }
}

/// A value that is not what an option takes.
struct ConfigurationMismatch: Error, CustomStringConvertible {
  let description: String

  init(expected: String, found: ConfigurationValue) {
    description = "expected \(expected), found \(found.words)"
  }

  init(expectedOneOf choices: [String], found: String) {
    let near = suggestion(for: found, among: choices)
    description = "expected \(choices.joined(separator: ", ")), found '\(found)'\(near)"
  }
}

// MARK: - Storing

extension ConfigurationValue: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .none
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let integer = try? container.decode(Int.self) {
      self = .integer(integer)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([ConfigurationValue].self) {
      self = .list(list)
    } else {
      self = .map(try container.decode([String: ConfigurationValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .none: try container.encodeNil()
    case .text(let text): try container.encode(text)
    case .flag(let flag): try container.encode(flag)
    case .integer(let integer): try container.encode(integer)
    case .number(let number): try container.encode(number)
    case .list(let values): try container.encode(values)
    case .map(let values): try container.encode(values)
    }
  }
}
