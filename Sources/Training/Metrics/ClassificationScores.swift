#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How well predicted class probabilities fit the true classes.
public struct ClassificationScores: Codable, Hashable, Sendable {
  /// The number of rows judged.
  public var rowCount: Int

  /// The share of rows whose most probable class is the true one.
  public var accuracy: Double

  /// The mean of −log of the probability of the true class, probabilities cut at 1e-15.
  public var logLoss: Double

  /// The mean over all classes of F1, the harmonic mean of precision and recall; a class that is
  /// neither present nor predicted is left out, as in scikit-learn.
  public var macroF1: Double

  /// The area under the ROC curve: of the second class for two, otherwise the mean over the
  /// classes against the rest; nil where a class is absent.
  public var areaUnderCurve: Double?

  /// How often class `row` was predicted as class `column`.
  public var confusion: [[Int]]

  /// Precision, recall and F1 of each class.
  public var classes: [ClassScores]

  private enum CodingKeys: String, CodingKey {
    case rowCount = "rows"
    case accuracy
    case logLoss = "log_loss"
    case macroF1 = "f1"
    case areaUnderCurve = "auc"
    case confusion, classes
  }

  /// Scores rows of probabilities.
  ///
  /// - Parameters:
  ///   - probabilities: one row of `classCount` probabilities after the other.
  ///   - labels: the true class of each row.
  ///   - classCount: the number of classes.
  /// - Precondition: as many rows as labels, at least one, and every label below `classCount`.
  public init(probabilities: [Float], labels: [Int32], classCount: Int) {
    precondition(
      !labels.isEmpty && probabilities.count == labels.count * classCount,
      "expected \(classCount) probabilities for each of \(labels.count) rows")
    var confusion = Array(repeating: Array(repeating: 0, count: classCount), count: classCount)
    var logSum = 0.0
    for (row, label) in labels.enumerated() {
      let slice = probabilities[row * classCount..<(row + 1) * classCount]
      var best = 0
      for (index, value) in slice.enumerated() where value > slice[slice.startIndex + best] {
        best = index
      }
      confusion[Int(label)][best] += 1
      logSum -= log(max(Double(slice[slice.startIndex + Int(label)]), 1e-15))
    }
    self.confusion = confusion
    rowCount = labels.count
    logLoss = logSum / Double(labels.count)
    accuracy =
      Double(confusion.indices.reduce(0) { $0 + confusion[$1][$1] }) / Double(labels.count)
    classes = confusion.indices.map { ClassScores(of: $0, in: confusion) }
    let judged = classes.filter { $0.support > 0 || $0.predicted > 0 }
    macroF1 = judged.reduce(0) { $0 + $1.f1 } / Double(max(judged.count, 1))
    areaUnderCurve = ClassificationScores.meanArea(probabilities, labels, classCount)
  }

  private static func meanArea(
    _ probabilities: [Float], _ labels: [Int32], _ classCount: Int
  ) -> Double? {
    guard classCount > 1 else { return nil }
    let judged = classCount == 2 ? 1..<2 : 0..<classCount
    var sum = 0.0
    for positive in judged {
      let scores = labels.indices.map { probabilities[$0 * classCount + positive] }
      guard let area = areaUnderCurve(scores, isPositive: labels.map { Int($0) == positive })
      else { return nil }
      sum += area
    }
    return sum / Double(judged.count)
  }

  /// The area under the ROC curve by ranks (Mann and Whitney, 1947); nil unless both kinds occur.
  static func areaUnderCurve(_ scores: [Float], isPositive: [Bool]) -> Double? {
    let positives = isPositive.count { $0 }
    let negatives = isPositive.count - positives
    guard positives > 0, negatives > 0 else { return nil }
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    var rankSum = 0.0
    var start = 0
    while start < order.count {
      var end = start
      while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
      // Rows of equal score share the mean of their ranks, which begin at 1.
      let rank = Double(start + end + 1) / 2
      rankSum += rank * Double(order[start..<end].count { isPositive[$0] })
      start = end
    }
    let least = Double(positives) * Double(positives + 1) / 2
    return (rankSum - least) / (Double(positives) * Double(negatives))
  }
}

/// How well one class is found.
public struct ClassScores: Codable, Hashable, Sendable {
  /// The share of the rows predicted as this class that are of it; 0 where none is predicted.
  public var precision: Double

  /// The share of this class's rows that are predicted as it; 0 where there are none.
  public var recall: Double

  /// The harmonic mean of precision and recall.
  public var f1: Double

  /// The number of rows of this class.
  public var support: Int

  /// The number of rows predicted as this class.
  public var predicted: Int

  init(of index: Int, in confusion: [[Int]]) {
    let right = Double(confusion[index][index])
    support = confusion[index].reduce(0, +)
    predicted = confusion.reduce(0) { $0 + $1[index] }
    precision = predicted == 0 ? 0 : right / Double(predicted)
    recall = support == 0 ? 0 : right / Double(support)
    f1 = support + predicted == 0 ? 0 : 2 * right / Double(support + predicted)
  }
}
