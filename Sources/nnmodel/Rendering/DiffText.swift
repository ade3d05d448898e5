import ModelFiles
import Workflows

/// What differs between two models, in words: the verdict first, then what matters most.
struct DiffText {
  let report: ComparisonReport
  let terminal: Terminal
  /// Whether everything is listed, however much it is.
  let isComplete: Bool

  /// So many differences of a part are listed unless all are asked for.
  private static let shownCount = 12

  init(_ report: ComparisonReport, terminal: Terminal, isComplete: Bool = false) {
    self.report = report
    self.terminal = terminal
    self.isComplete = isComplete
  }

  /// The whole report.
  func lines() -> [String] {
    let verdict = DiffVerdict(report).sentence.wrapped(to: width)
    let sections = sectionLines()
    return verdict.map { terminal.styled($0, .bold) } + [""] + headLines()
      + sections.flatMap { [""] + $0 } + sameLines()
  }

  var width: Int { min(max(terminal.width, 40), 80) }

  /// How many differences are listed.
  var limit: Int { isComplete ? .max : DiffText.shownCount }
}

// MARK: - Head and foot

extension DiffText {
  private func headLines() -> [String] {
    let files = [("-", "old", report.old, Terminal.Style.red), ("+", "new", report.new, .green)]
    let lines = files.map { sign, name, file, style in
      let count = file.parameterCount.map { ", \(NumberText.count($0, "parameter"))" } ?? ""
      return terminal.styled(sign, style)
        + " \(name)  \(file.path.printable) (\(file.kind)\(count))"
    }
    return lines + (lineage.map { ["  " + $0] } ?? [])
  }

  private var lineage: String? {
    guard let lineage = report.lineage else { return nil }
    func links(_ steps: Int?) -> String { steps == 1 ? "" : " by \(steps ?? 0) links" }
    var words: String?
    switch lineage.relation {
    case .same, .unknown: words = nil
    case .oldIsAncestor: words = "new started from old\(links(lineage.steps))"
    case .newIsAncestor: words = "old started from new\(links(lineage.steps))"
    case .siblings: words = "both come from one model"
    }
    let data = lineage.hasSameData.map { $0 ? "trained on the same rows" : "trained on other rows" }
    let parts = [words, data].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  private func sameLines() -> [String] {
    let same = report.parts.filter { $0.isSame && $0.ignoredCount == 0 }.map(\.part.rawValue)
    let ignored = report.ignoredCount
    var lines: [String] = []
    if !same.isEmpty {
      lines += "the same: \(same.joined(separator: ", "))".wrapped(to: width)
    }
    if ignored > 0 { lines.append("not counted: \(NumberText.count(ignored, "difference"))") }
    return lines.isEmpty ? [] : [""] + lines
  }
}

// MARK: - Sections

extension DiffText {
  private func sectionLines() -> [[String]] {
    ComparisonPart.allCases.compactMap { part in
      if part == .behaviour {
        return report.behaviour.map { [title(part)] + behaviourLines($0) }
      }
      guard let found = report.part(part), !found.isSame else { return nil }
      return [title(part)] + factLines(part) + changeLines(found)
        + (found.tensors.map { tensorLines($0, of: part) } ?? [])
    }
  }

  private func title(_ part: ComparisonPart) -> String {
    terminal.styled(part.rawValue.prefix(1).uppercased() + part.rawValue.dropFirst(), .bold)
  }

  private func factLines(_ part: ComparisonPart) -> [String] {
    switch part {
    case .architecture:
      guard let layers = report.layers else { return [] }
      return [
        "  \(layers.common) of \(NumberText.count(layers.old, "layer")) are in both, "
          + "\(layers.old - layers.common) only in old, \(layers.new - layers.common) only in new"
      ]
    case .history:
      guard let count = report.commonEpochCount, count > 0 else { return [] }
      return ["  the first \(NumberText.count(count, "epoch")) measured the same"]
    default: return []
    }
  }

  private func changeLines(_ part: ComparisonReport.Part) -> [String] {
    let groups = DiffChangeText.groups(part.changes, of: part.part)
    let lines = groups.prefix(limit).flatMap { changes in
      DiffChangeText(changes, of: part.part, terminal).lines(width: width)
    }
    return lines + rest(groups.count - limit)
  }

  /// That there is more.
  func rest(_ count: Int) -> [String] {
    count > 0 ? ["  and \(NumberText.count(count)) more; --all lists them"] : []
  }
}
