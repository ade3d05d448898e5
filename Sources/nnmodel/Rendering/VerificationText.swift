import Workflows

/// Whether a model file is whole, in words.
enum VerificationText {
  /// One line where nothing is wrong, otherwise one per problem.
  static func lines(_ report: VerificationReport) -> [String] {
    guard report.isWhole else { return report.problems.map { "\(report.path): \($0)" } }
    return [
      "\(report.path): whole, \(NumberText.count(report.datasetCount, "dataset")), identity "
        + (report.identity ?? "")
    ]
  }
}
