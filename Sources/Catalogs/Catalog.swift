/// A constant list of types that a file or an option can name.
///
/// What can be named is decided when the program is built; there is no registering.
public struct Catalog<Entry: Sendable>: Sendable {
  /// What the entries are, in words, for messages: `layer kind`.
  public let subject: String

  /// The entries in the order in which they are documented.
  public let entries: [Entry]

  /// Their names, in the same order.
  public let names: [String]

  /// A catalogue of the given entries.
  ///
  /// - Precondition: no two entries have the same name.
  public init(of subject: String, _ entries: [Entry], name: (Entry) -> String) {
    self.subject = subject
    self.entries = entries
    names = entries.map(name)
    precondition(Set(names).count == names.count, "two entries of a catalogue share a name")
  }

  /// The entry of a name; `-` and `_` are the same, and case does not count.
  ///
  /// - Throws: ``UnknownNameError`` with the nearest name.
  public func entry(named name: String) throws -> Entry {
    let wanted = name.lowercased().map { $0 == "-" ? "_" : $0 }
    for (candidate, entry) in zip(names, entries) where Array(candidate) == wanted { return entry }
    throw UnknownNameError(subject: subject, name: name, known: names)
  }
}

/// A name that no catalogue holds.
public struct UnknownNameError: Error, Hashable, CustomStringConvertible {
  /// What was named.
  public let subject: String
  /// The name that was given.
  public let name: String
  /// The names there are.
  public let known: [String]

  /// An error about a name.
  public init(subject: String, name: String, known: [String]) {
    self.subject = subject
    self.name = name
    self.known = known
  }

  public var description: String {
    let near = suggestion(for: name, among: known)
    let choices = near.isEmpty ? "; known: \(known.joined(separator: ", "))" : near
    return "unknown \(subject) '\(name)'\(choices)"
  }
}
