import Foundation

/// A name with options on one line: `adamw(beta2=0.99)`, `dense(64, activation=relu)`.
struct CallSyntax {
  let name: String

  /// The value that stands first and without a name.
  private(set) var main: ConfigurationValue?

  /// The values with names.
  private(set) var options: [String: ConfigurationValue] = [:]

  /// Reads a call.
  ///
  /// - Throws: ``ConfigurationMismatch`` where brackets or names are wrong.
  init(_ text: String) throws {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard let open = text.firstIndex(of: "(") else {
      name = text
      return
    }
    let wrong = ConfigurationMismatch(expected: "name(option=value, …)", found: .text(text))
    guard text.last == ")" else { throw wrong }
    name = text[..<open].trimmingCharacters(in: .whitespaces)
    let parts = CallSyntax.parts(text[text.index(after: open)...].dropLast())
    for (place, part) in parts.enumerated() {
      // The = of a call inside stands behind its bracket.
      let name = part.prefix { $0 != "=" && $0 != "(" && $0 != "[" }
      let sides =
        part.dropFirst(name.count).first == "="
        ? [name, part.dropFirst(name.count + 1)] : [part]
      let value = try CallSyntax.value(sides[sides.count - 1])
      if sides.count == 2 {
        options[sides[0].trimmingCharacters(in: .whitespaces)] = value
      } else if place == 0 {
        main = value
      } else {
        throw wrong
      }
    }
  }

  /// A word, or a list in brackets.
  private static func value(_ text: Substring) throws -> ConfigurationValue {
    let text = text.trimmingCharacters(in: .whitespaces)
    guard text.hasPrefix("["), text.hasSuffix("]") else { return .text(text) }
    return .list(try parts(text.dropFirst().dropLast()).map { try value($0) })
  }

  /// The parts between commas that stand in no brackets.
  static func parts(_ text: Substring) -> [Substring] {
    var depth = 0
    return text.split(omittingEmptySubsequences: true) { character in
      if "[({".contains(character) { depth += 1 }
      if "])}".contains(character) { depth -= 1 }
      return character == "," && depth == 0
    }
  }
}
