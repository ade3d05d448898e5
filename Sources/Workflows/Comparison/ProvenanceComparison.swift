import ModelFiles

/// How two models are related.
public struct LineageReport: Encodable, Hashable, Sendable {
  /// What one model is to the other.
  public enum Relation: String, Encodable, Hashable, Sendable {
    /// Both files hold the same.
    case same
    /// The old model is what the new one started from, or further up.
    case oldIsAncestor = "old_is_ancestor"
    /// The other way round.
    case newIsAncestor = "new_is_ancestor"
    /// Both come from one model.
    case siblings
    /// Nothing is known that leads from one to the other.
    case unknown
  }

  /// What the old model is to the new one.
  public let relation: Relation
  /// Over how many links, where one is the ancestor of the other: 1 for a parent.
  public let steps: Int?
  /// Whether both were trained on the same rows; nil where one does not say.
  public let hasSameData: Bool?
}

/// What differs between what two files say of where they come from.
struct ProvenanceComparison {
  private let old: ModelFile
  private let new: ModelFile
  /// The parents of models by their identity, as all known files have it.
  private let parents: [String: String]

  /// - Parameter others: further models, whose parents are known by that.
  init(_ old: ModelFile, _ new: ModelFile, others: [ModelFile] = []) {
    self.old = old
    self.new = new
    parents = Dictionary(
      ([old, new] + others).compactMap { file in
        file.provenance.parent.map { (file.identity, $0.identity) }
      }, uniquingKeysWith: { first, _ in first })
  }

  /// How the models are related.
  func lineage() -> LineageReport {
    let (one, two) = (old.identity, new.identity)
    let (oldLine, newLine) = (line(from: one), line(from: two))
    let data = [old, new].map { $0.provenance.data?.sha256 }
    let hasSameData: Bool? = if let one = data[0], let two = data[1] { one == two } else { nil }
    func report(_ relation: LineageReport.Relation, steps: Int? = nil) -> LineageReport {
      LineageReport(relation: relation, steps: steps, hasSameData: hasSameData)
    }
    if one == two { return report(.same) }
    if let steps = newLine.firstIndex(of: one) { return report(.oldIsAncestor, steps: steps) }
    if let steps = oldLine.firstIndex(of: two) { return report(.newIsAncestor, steps: steps) }
    return report(Set(oldLine).isDisjoint(with: newLine) ? .unknown : .siblings)
  }

  /// A model, its parent, the parent of that, as far as it is known.
  private func line(from identity: String) -> [String] {
    var line = [identity]
    // No true line comes back to where it was; a forged one ends there.
    while let parent = parents[line[line.count - 1]], !line.contains(parent) { line.append(parent) }
    return line
  }

  /// All differences.
  func changes() throws -> [Change] {
    let path = ComparisonPart.provenance.rawValue
    return ValueComparison.changes(
      at: path, try ValueComparison.options(of: old.provenance),
      try ValueComparison.options(of: new.provenance))
      + ValueComparison.changes(
        at: "\(path)/computed_by", try old.environment.map { try ValueComparison.value(of: $0) },
        try new.environment.map { try ValueComparison.value(of: $0) })
  }
}
