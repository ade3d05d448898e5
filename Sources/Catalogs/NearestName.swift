/// The known name that a mistyped one most likely means, or nil when none is near.
///
/// Nearness is the optimal string alignment distance (insertions, deletions, substitutions and
/// swaps of neighbours), at most a third of the longer name or one letter. Case, `-`, `_` and spaces do not count.
public func nearestName(to name: String, among known: some Sequence<String>) -> String? {
  let wanted = folded(name)
  var best: (name: String, distance: Int)?
  for candidate in known {
    let other = folded(candidate)
    let distance = alignmentDistance(wanted, other)
    // One letter may always differ, but not every letter.
    let longer = max(wanted.count, other.count)
    guard distance <= max(1, longer / 3), distance < longer else { continue }
    if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
  }
  return best?.name
}

/// The words `; did you mean 'x'?` for the nearest known name, or nothing when none is near.
public func suggestion(for name: String, among known: some Sequence<String>) -> String {
  nearestName(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
}

private func folded(_ name: String) -> [Character] {
  name.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }.prefix(64).map { $0 }
}

private func alignmentDistance(_ left: [Character], _ right: [Character]) -> Int {
  guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
  var beforePrevious: [Int] = []
  var previous = Array(0...right.count)
  for i in 1...left.count {
    var current = [i]
    for j in 1...right.count {
      let substitution = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
      var distance = min(substitution, previous[j] + 1, current[j - 1] + 1)
      if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
        distance = min(distance, beforePrevious[j - 2] + 1)
      }
      current.append(distance)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[right.count]
}
