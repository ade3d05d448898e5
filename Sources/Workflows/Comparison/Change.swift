import ModelFiles

/// One difference between two models that is not one of tensors.
public struct Change: Encodable, Hashable, Sendable {
  /// What happened on the way from the old model to the new one.
  public enum Kind: String, Encodable, Hashable, Sendable {
    case added, removed, changed, moved, renamed
  }

  /// What happened.
  public let kind: Kind
  /// What is meant, as `architecture/dense_1/units`: the part, and the names that lead there.
  public let path: String
  /// What it was; nil where it was not.
  public let old: ConfigurationValue?
  /// What it is; nil where it is no more.
  public let new: ConfigurationValue?

  init(_ kind: Kind, _ path: String, old: ConfigurationValue? = nil, new: ConfigurationValue? = nil)
  {
    self.kind = kind
    self.path = path
    self.old = old
    self.new = new
  }
}

/// What differs between two values that are stored as names and values.
enum ValueComparison {
  /// The value as names and values.
  static func value(of stored: some Encodable) throws -> ConfigurationValue {
    try CanonicalJSON.value(
      ConfigurationValue.self, from: CanonicalJSON.text(of: stored))
  }

  /// The options of a value, by name.
  static func options(of stored: some Encodable) throws -> [String: ConfigurationValue] {
    guard case .map(let options) = try value(of: stored) else { return [:] }
    return options
  }

  /// The differences between two values, each at the place of the smallest part that differs.
  static func changes(
    at path: String, _ old: ConfigurationValue?, _ new: ConfigurationValue?
  ) -> [Change] {
    switch (old.given, new.given) {
    case (nil, nil): return []
    case (let old?, nil): return [Change(.removed, path, old: old)]
    case (nil, let new?): return [Change(.added, path, new: new)]
    case (.map(let old)?, .map(let new)?): return changes(at: path, old, new)
    case (.list(let old)?, .list(let new)?):
      let isOfNames = path.split(separator: "/").last.map { listsOfNames.contains(String($0)) }
      return (isOfNames ?? false ? namesChanges(at: path, old, new) : nil)
        ?? (areEqual(.list(old), .list(new))
          ? [] : [Change(.changed, path, old: .list(old), new: .list(new))])
    case (let old?, let new?):
      return areEqual(old, new) ? [] : [Change(.changed, path, old: old, new: new)]
    }
  }

  /// The differences between options, by name.
  static func changes(
    at path: String, _ old: [String: ConfigurationValue], _ new: [String: ConfigurationValue]
  ) -> [Change] {
    Set(old.keys).union(new.keys).sorted().flatMap { name in
      changes(at: "\(path)/\(name)", old[name], new[name])
    }
  }

  /// Lists whose entries are known by their names, rather than by their places.
  private static let listsOfNames: Set = [
    "categories", "classes", "labels", "vocabulary", "columns",
  ]

  /// Lists of different names are compared name by name.
  private static func namesChanges(
    at path: String, _ old: [ConfigurationValue], _ new: [ConfigurationValue]
  ) -> [Change]? {
    let (one, two) = (old.compactMap(\.name), new.compactMap(\.name))
    let (oneSet, twoSet) = (Set(one), Set(two))
    guard one.count == old.count, two.count == new.count, oneSet.count == one.count,
      twoSet.count == two.count, !oneSet.isDisjoint(with: twoSet)
    else { return nil }
    let removed = one.filter { !twoSet.contains($0) }
    let added = two.filter { !oneSet.contains($0) }
    let isReordered = one.filter(twoSet.contains) != two.filter(oneSet.contains)
    return removed.map { Change(.removed, "\(path)/\($0)", old: .text($0)) }
      + added.map { Change(.added, "\(path)/\($0)", new: .text($0)) }
      + (isReordered ? [Change(.moved, path, old: .list(old), new: .list(new))] : [])
  }

  /// Whether values are the same; 1 and 1.0 are.
  static func areEqual(_ old: ConfigurationValue, _ new: ConfigurationValue) -> Bool {
    switch (old, new) {
    case (.integer(let one), .number(let two)), (.number(let two), .integer(let one)):
      Double(one) == two
    case (.number(let one), .number(let two)): one == two || one.isNaN && two.isNaN
    case (.list(let one), .list(let two)):
      one.count == two.count && zip(one, two).allSatisfy(areEqual)
    case (.map(let one), .map(let two)):
      one.count == two.count
        && one.allSatisfy { name, value in two[name].map { areEqual(value, $0) } ?? false }
    default: old == new
    }
  }
}

extension Optional<ConfigurationValue> {
  /// The value, unless it is nothing.
  fileprivate var given: ConfigurationValue? { self == .some(.none) ? nil : self }
}

extension ConfigurationValue {
  fileprivate var name: String? { if case .text(let text) = self { text } else { nil } }
}
