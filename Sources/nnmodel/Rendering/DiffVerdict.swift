import ModelFiles
import Workflows

/// What differs between two models, in one sentence.
struct DiffVerdict {
  private let report: ComparisonReport

  init(_ report: ComparisonReport) { self.report = report }

  var sentence: String {
    guard !report.isSame else { return sameSentence }
    let clauses = [architecture, parameters, behaviour].compactMap(\.self)
    let others = report.parts.filter {
      !$0.isSame && $0.part != .architecture && $0.part != .parameters
    }.map(\.part.rawValue)
    let isOnly = clauses.allSatisfy { $0.hasPrefix("same") }
    guard isOnly, !others.isEmpty else { return clauses.joined(separator: "; ") }
    let verb = others.count == 1 ? "differs" : "differ"
    let same = clauses.isEmpty ? "" : clauses.joined(separator: ", ") + "; "
    return same + "\(list(others)) \(verb)"
  }

  private var sameSentence: String {
    let within = report.parts.reduce(0) { $0 + ($1.tensors?.withinToleranceCount ?? 0) }
    let isWhole =
      report.parts.count == ComparisonPart.allCases.count - 1 && report.ignoredCount == 0
    let parts = report.parts.map(\.part.rawValue) + (report.behaviour == nil ? [] : ["behaviour"])
    let words = isWhole ? "the same model" : "no difference in \(list(parts))"
    if within > 0 {
      return "\(words), \(NumberText.count(within, "tensor")) within the tolerance"
    }
    return report.ignoredCount > 0 ? "\(words) that counts" : words
  }

  private var architecture: String? {
    guard let part = report.part(.architecture) else { return nil }
    guard !part.isSame else { return "same architecture" }
    let layers = report.layers
    let removed = (layers?.old ?? 0) - (layers?.common ?? 0)
    let added = (layers?.new ?? 0) - (layers?.common ?? 0)
    let counts = [(added, "added"), (removed, "removed"), (layers?.changed ?? 0, "changed")]
      .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return "architecture differs"
      + (counts.isEmpty ? "" : " (layers: \(counts.joined(separator: ", ")))")
  }

  private var parameters: String? {
    guard let part = report.part(.parameters), let tensors = part.tensors else { return nil }
    guard !part.isSame else { return "same weights" }
    let common = tensors.changes.filter { $0.fate != .added && $0.fate != .removed }
    let alone = tensors.changes.count - common.count
    guard !common.isEmpty else {
      let count = tensors.count - alone
      return count == 0
        ? "no tensor in common"
        : "\(NumberText.count(count, "common tensor")) the same, \(NumberText.count(alone)) "
          + "on one side only"
    }
    let largest = common.max {
      ($0.difference?.largest ?? 0) < ($1.difference?.largest ?? 0)
    }
    var words =
      "\(NumberText.count(common.count)) of \(NumberText.count(tensors.count - alone, "tensor")) changed"
    if let largest, let difference = largest.difference, difference.largest > 0 {
      words +=
        ", largest \(NumberText.short(difference.largest, digits: 2)) in "
        + DiffText.shortName(largest.path).printable
    }
    return words
  }

  private var behaviour: String? {
    guard let behaviour = report.behaviour else { return nil }
    let flipped = behaviour.outputs.reduce(0) { $0 + $1.flippedCount }
    if flipped > 0 {
      return "\(NumberText.count(flipped)) of \(NumberText.count(behaviour.rowCount, "row")) "
        + "answered otherwise"
    }
    return behaviour.isSame ? "same answers" : "no class changes"
  }

  private func list(_ words: [String]) -> String {
    words.count < 2
      ? words.joined()
      : words.dropLast().joined(separator: ", ") + " and " + words[words.count - 1]
  }
}
