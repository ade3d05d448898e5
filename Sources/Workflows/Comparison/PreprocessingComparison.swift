import Datasets

/// What differs between the ways in which two models prepare their columns.
enum PreprocessingComparison {
  private static let path = ComparisonPart.preprocessing.rawValue

  /// All differences: columns, targets and classes, then the rest.
  static func changes(_ old: Preprocessing?, _ new: Preprocessing?) throws -> [Change] {
    guard old != new else { return [] }
    guard let old, let new else {
      let words = { (side: Preprocessing?) in
        side.map { ConfigurationValue.text("\($0.features.count + $0.blocks.count) columns") }
      }
      return ValueComparison.changes(at: path, words(old), words(new))
    }
    var (one, two) = (try ValueComparison.options(of: old), try ValueComparison.options(of: new))
    let columns = try changes(of: columns(old), columns(new), words: "columns")
    let targets = try changes(of: targets(old), targets(new), words: "targets")
    for name in ["features", "blocks", "target", "further_targets", "ignored"] {
      (one[name], two[name]) = (nil, nil)
    }
    let changes =
      columns + targets + ignoredChanges(old, new) + ValueComparison.changes(at: path, one, two)
    // What was counted of the training rows comes last.
    return changes.filter { !isStatistic($0) } + changes.filter(isStatistic)
  }

  private static func isStatistic(_ change: Change) -> Bool {
    let names = change.path.split(separator: "/").map(String.init)
    return names.contains("statistics") || names.last?.hasSuffix("count") ?? false
      || names.last == "counts"
  }

  private typealias Named = (name: String, value: ConfigurationValue)

  private static func columns(_ side: Preprocessing) throws -> [Named] {
    try side.features.map { ($0.name, try ValueComparison.value(of: $0)) }
      + side.blocks.map { ($0.name, try ValueComparison.value(of: $0)) }
  }

  private static func targets(_ side: Preprocessing) throws -> [Named] {
    try side.targets.map { ($0.name, try ValueComparison.value(of: $0)) }
  }

  private static func changes(of old: [Named], _ new: [Named], words: String) -> [Change] {
    let (one, two) = (
      Dictionary(old.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
      Dictionary(new.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    )
    let names = old.map(\.name) + new.map(\.name).filter { one[$0] == nil }
    let changes = names.flatMap { name in
      ValueComparison.changes(at: "\(path)/\(name)", one[name], two[name])
    }
    let (before, after) = (
      old.map(\.name).filter { two[$0] != nil }, new.map(\.name).filter { one[$0] != nil }
    )
    guard before != after else { return changes }
    return changes + [
      Change(
        .moved, "\(path)/\(words)", old: .list(before.map { .text($0) }),
        new: .list(after.map { .text($0) }))
    ]
  }

  private static func ignoredChanges(_ old: Preprocessing, _ new: Preprocessing) -> [Change] {
    func reasons(_ side: Preprocessing) -> [String: ConfigurationValue] {
      Dictionary(
        side.ignored.map { ($0.name, .text($0.reason.rawValue)) },
        uniquingKeysWith: { first, _ in first })
    }
    return ValueComparison.changes(at: "\(path)/ignored", reasons(old), reasons(new))
  }
}
