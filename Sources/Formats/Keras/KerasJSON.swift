/// A value of the JSON in which Keras describes models, as plain data.
///
/// Names of classes and functions in it are text like any other: nothing is looked up by them.
package indirect enum KerasJSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  /// A number with a fraction or an exponent, or beyond what an integer holds. Python also writes NaN
  /// and Infinity.
  case number(Double)
  case text(String)
  case list([KerasJSON])
  case object(KerasObject)
}

/// The members of an object in the order of the text; no name is there twice.
package struct KerasObject: Hashable, Sendable {
  /// The names, in order.
  package private(set) var names: [String] = []

  private var values: [String: KerasJSON] = [:]

  /// An object without members.
  package init() {}

  /// The value of a name; nil where there is none.
  package subscript(name: String) -> KerasJSON? { values[name] }

  /// Adds a member.
  ///
  /// - Returns: false where there is one of that name already; nothing is changed then.
  package mutating func add(_ name: String, _ value: KerasJSON) -> Bool {
    guard values[name] == nil else { return false }
    names.append(name)
    values[name] = value
    return true
  }
}

// MARK: - Access

extension KerasJSON {
  /// The member of an object; nil for one that is absent or null, and for all that is no object.
  package subscript(name: String) -> KerasJSON? {
    guard case .object(let object) = self, let value = object[name], value != .null else {
      return nil
    }
    return value
  }

  /// The text of a value that is one.
  package var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  /// The items of a list.
  package var list: [KerasJSON]? {
    if case .list(let items) = self { items } else { nil }
  }

  /// The members of an object.
  package var object: KerasObject? {
    if case .object(let object) = self { object } else { nil }
  }

  /// A truth value; Python's 0 and 1 are ones too.
  package var bool: Bool? {
    switch self {
    case .bool(let value): value
    case .integer(0): false
    case .integer(1): true
    default: nil
    }
  }

  /// A whole number, also one that is written with a fraction of 0.
  package var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// A real number.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}

// MARK: - Words

extension KerasJSON: CustomStringConvertible {
  /// The value as it would be written, or its beginning.
  package var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let text): "'\(text.prefix(80))'"
    case .list(let items):
      items.count <= 8
        ? "[\(items.map(\.description).joined(separator: ", "))]" : "a list of \(items.count)"
    case .object(let object):
      self["class_name"]?.text.map { "an object '\($0.prefix(80))'" }
        ?? "an object of \(object.names.count) members"
    }
  }
}
