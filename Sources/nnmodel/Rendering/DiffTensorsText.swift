import ModelFiles
import Workflows

// What became of tensors, in words.
extension DiffText {
  /// A table of changed tensors, what came and went, and the part that stayed as it was.
  func tensorLines(_ tensors: TensorsReport, of part: ComparisonPart) -> [String] {
    guard part == .parameters || isComplete else { return groupLines(tensors) }
    let numbers = tensors.changes.filter { $0.fate == .changed || $0.fate == .retyped }
      .sorted { ($0.difference?.relativeNorm ?? 0) > ($1.difference?.relativeNorm ?? 0) }
      .filter { ($0.difference?.differentCount ?? 0) > 0 }
    let others = tensors.changes.filter { $0.fate != .changed && $0.fate != .retyped }
    var lines = tableLines(Array(numbers.prefix(limit))) + rest(numbers.count - limit)
    lines += retypedLines(tensors)
    lines += others.prefix(limit).flatMap(lines(of:)) + rest(others.count - limit)
    return lines + unchangedLines(tensors)
  }

  /// The layer and the parameter of a tensor's path.
  static func shortName(_ path: String) -> String {
    path.hasPrefix("weights/") ? String(path.dropFirst("weights/".count)) : path
  }

  private func tableLines(_ changes: [TensorChange]) -> [String] {
    guard !changes.isEmpty else { return [] }
    var table = TextTable([
      ("tensor", .left), ("shape", .left), ("largest", .right), ("rel. norm", .right),
      ("cosine", .right), ("changed", .right),
    ])
    for change in changes {
      guard let difference = change.difference else { continue }
      table.add([
        DiffText.shortName(change.path).printable, shape(change.newShape ?? []),
        difference.unmatchedCount > 0
          ? "NaN or inf" : NumberText.short(difference.largest, digits: 3),
        NumberText.short(difference.relativeNorm, digits: 3),
        difference.cosine.map(cosine) ?? "none",
        share(difference.differentCount, of: difference.count),
      ])
    }
    return table.lines(
      for: Terminal(
        isTerminal: terminal.isTerminal, width: width, usesColor: terminal.usesColor,
        isUnicode: terminal.isUnicode))
  }

  /// One line for all tensors that went from one type to another.
  private func retypedLines(_ tensors: TensorsReport) -> [String] {
    var groups: [(words: String, names: [String])] = []
    for change in tensors.changes where change.fate == .retyped {
      let words = "\(change.oldType ?? "") \(arrow) \(change.newType ?? "")"
      if !groups.contains(where: { $0.words == words }) { groups.append((words, [])) }
      let place = groups.firstIndex { $0.words == words } ?? 0
      groups[place].names.append(DiffText.shortName(change.path).printable)
    }
    return groups.map { words, names in
      let subject = names.count == 1 ? names[0] : NumberText.count(names.count, "tensor")
      return "  ~ \(subject): \(words)"
    }
  }

  private func lines(of change: TensorChange) -> [String] {
    let name = DiffText.shortName(change.path).printable
    switch change.fate {
    case .added:
      return ["  + \(name): \(change.newType ?? "") \(shape(change.newShape ?? []))"]
    case .removed:
      return ["  - \(name): \(change.oldType ?? "") \(shape(change.oldShape ?? []))"]
    case .reshaped:
      return [
        "  ~ \(name): \(shape(change.oldShape ?? [])) \(arrow) \(shape(change.newShape ?? []))"
      ]
    case .changed, .retyped, .withinTolerance: return []
    }
  }

  private func unchangedLines(_ tensors: TensorsReport) -> [String] {
    let names = tensors.unchangedLayers
    guard !names.isEmpty else { return [] }
    let folded = isComplete ? names : FoldedNames.fold(names)
    let shown = folded.prefix(limit).map(\.printable).joined(separator: ", ")
    let more =
      folded.count > limit ? " and \(NumberText.count(folded.count - limit)) more" : ""
    let words = "unchanged: \(names.count == 1 ? "layer" : "layers") \(shown)\(more)"
    return words.wrapped(to: width - 2).map { "  " + $0 }
  }

  /// Of tensors that are many and seldom looked at one line for each group of them.
  private func groupLines(_ tensors: TensorsReport) -> [String] {
    var groups: [(name: String, changes: [TensorChange])] = []
    for change in tensors.changes {
      let parts = change.path.split(separator: "/")
      let name = parts.dropLast(min(2, parts.count - 1)).joined(separator: "/")
      if groups.last?.name != name { groups.append((name, [])) }
      groups[groups.count - 1].changes.append(change)
    }
    let lines = groups.prefix(limit).flatMap { name, changes -> [String] in
      let fates = Set(changes.map(\.fate))
      let words =
        fates.count == 1 && fates.first != .retyped
        ? (fates.first?.rawValue ?? "") : "different"
      let largest = changes.compactMap(\.difference).max { $0.relativeNorm < $1.relativeNorm }
      let norm = largest.map {
        ", by a norm of up to \(NumberText.short($0.relativeNorm, digits: 3))"
      }
      return [
        "  ~ \(name.printable): \(NumberText.count(changes.count, "tensor")) \(words)\(norm ?? "")"
      ]
      .flatMap { $0.wrapped(to: width - 2) }.map { "  " + $0 }
    }
    return lines + rest(groups.count - limit)
  }

  // MARK: Words

  var arrow: String { terminal.isUnicode ? "→" : "->" }

  private func shape(_ extents: [Int]) -> String {
    extents.isEmpty ? "one" : extents.map { "\($0)" }.joined(separator: "x")
  }

  private func share(_ part: Int, of whole: Int) -> String {
    guard part < whole else { return "all" }
    let percent = 100 * Double(part) / Double(max(whole, 1))
    if percent > 99.9 { return "> 99.9 %" }
    return percent < 0.1 ? NumberText.count(part) : "\(NumberText.short(percent, digits: 3)) %"
  }

  /// What is nearly 1 as what is missing to it.
  private func cosine(_ value: Double) -> String {
    let gap = 1 - value
    if gap == 0 { return "1" }
    return gap < 1e-5 ? "1-\(NumberText.short(gap, digits: 1))" : NumberText.fixed(value, digits: 5)
  }
}
