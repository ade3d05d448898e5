import Workflows

/// A proof of exact resuming, in words.
enum ProofText {
  /// What was taken twice, and whether both ended in the same bits.
  static func lines(_ report: ResumptionProofReport) -> [String] {
    let steps = "\(report.path): steps \(report.firstStep) to \(report.lastStep)"
    guard !report.isExact else {
      return [
        "\(steps) end in the same bits from memory and from the file",
        "identity \(report.identityFromFile) (\(NumberText.count(report.datasetCount, "dataset")))",
      ]
    }
    return ["\(steps) end in other bits from the file than from memory"]
      + report.differences.map { "differs: \($0)" }
  }
}
