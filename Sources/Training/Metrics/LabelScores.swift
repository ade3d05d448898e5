/// How well predicted probabilities of labels fit the labels of rows that may have any number of them.
///
/// A label counts as predicted where its probability is at least a half.
public struct LabelScores: Codable, Hashable, Sendable {
  /// The number of rows judged.
  public var rowCount: Int

  /// The share of rows with exactly the right labels (subset accuracy).
  public var exactMatch: Double

  /// The share of all yes-or-no answers that are wrong.
  public var hammingLoss: Double

  /// F1 of all answers of all labels together.
  public var microF1: Double

  /// The mean over the labels of F1; a label that is neither present nor predicted is left out.
  public var macroF1: Double

  /// The mean over the labels of the area under the ROC curve, labels left out that all rows or none
  /// have; nil where no label is left.
  public var areaUnderCurve: Double?

  /// Precision, recall and F1 of each label.
  public var labels: [ClassScores]

  private enum CodingKeys: String, CodingKey {
    case rowCount = "rows"
    case exactMatch = "exact_match"
    case hammingLoss = "hamming_loss"
    case microF1 = "micro_f1"
    case macroF1 = "macro_f1"
    case areaUnderCurve = "auc"
    case labels
  }

  /// Scores rows of probabilities.
  ///
  /// - Parameters:
  ///   - probabilities: one row of `labelCount` probabilities after the other.
  ///   - targets: as many numbers; 0.5 and more means that the row has the label.
  ///   - labelCount: how many labels a row may have.
  /// - Precondition: at least one row, and as many probabilities as targets.
  public init(probabilities: [Float], targets: [Float], labelCount: Int) {
    precondition(
      labelCount > 0 && !targets.isEmpty && probabilities.count == targets.count
        && targets.count % labelCount == 0,
      "expected \(labelCount) probabilities for each row")
    rowCount = targets.count / labelCount
    // What is, by what is said: [false, true] each.
    var counts = Array(repeating: [[0, 0], [0, 0]], count: labelCount)
    var exact = 0
    for row in 0..<rowCount {
      var isExact = true
      for label in 0..<labelCount {
        let place = row * labelCount + label
        let (isSaid, isRight) = (probabilities[place] >= 0.5, targets[place] >= 0.5)
        counts[label][isRight ? 1 : 0][isSaid ? 1 : 0] += 1
        isExact = isExact && isSaid == isRight
      }
      exact += isExact ? 1 : 0
    }
    exactMatch = Double(exact) / Double(rowCount)
    labels = counts.map { ClassScores(of: 1, in: $0) }
    let wrong = counts.reduce(0) { $0 + $1[0][1] + $1[1][0] }
    hammingLoss = Double(wrong) / Double(targets.count)
    let right = counts.reduce(0) { $0 + $1[1][1] }
    microF1 = right + wrong == 0 ? 0 : 2 * Double(right) / Double(2 * right + wrong)
    let judged = labels.filter { $0.support > 0 || $0.predicted > 0 }
    macroF1 = judged.reduce(0) { $0 + $1.f1 } / Double(max(judged.count, 1))
    let areas = (0..<labelCount).compactMap { label -> Double? in
      let places = stride(from: label, to: targets.count, by: labelCount)
      return ClassificationScores.areaUnderCurve(
        places.map { probabilities[$0] }, isPositive: places.map { targets[$0] >= 0.5 })
    }
    areaUnderCurve = areas.isEmpty ? nil : areas.reduce(0, +) / Double(areas.count)
  }
}
