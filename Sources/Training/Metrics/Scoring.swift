import Tensors

/// How outputs over all validation rows are judged besides the loss.
public enum Scoring: Codable, Hashable, Sendable {
  /// Not at all.
  case none
  /// As probabilities of classes.
  case classes(count: Int)
  /// As numbers, brought back to the unit of the target: value · deviation + mean.
  case numbers(mean: Double, deviation: Double)

  /// The scores by name, as ``EpochRecord/scores`` keeps them.
  ///
  /// - Parameters:
  ///   - predictions: outputs after the loss's link.
  ///   - targets: what the loss was given.
  func scores(predictions: [Float], targets: Tensor) -> [String: Double] {
    switch self {
    case .none:
      return [:]
    case .classes(let count):
      let scores = ClassificationScores(
        predictions: predictions, targets: targets, classCount: count)
      var named = ["accuracy": scores.accuracy, "f1": scores.macroF1, "log_loss": scores.logLoss]
      named["auc"] = scores.areaUnderCurve
      return named
    case .numbers(let mean, let deviation):
      let scores = RegressionScores(
        predictions: predictions.map { Double($0) * deviation + mean },
        targets: targets.doubles().map { $0 * deviation + mean })
      var named = ["mae": scores.meanAbsoluteError, "rmse": scores.rootMeanSquaredError]
      named["r2"] = scores.rSquared
      return named
    }
  }
}

extension ClassificationScores {
  /// Scores predictions in the form in which a loss sees them: a row of probabilities per row, or
  /// for two classes the probability of the second alone; and class indices, or numbers of which
  /// the largest, or one of at least a half, marks the class.
  public init(predictions: [Float], targets: Tensor, classCount: Int) {
    let rows = targets.shape[0]
    let isSingle = classCount == 2 && predictions.count == rows
    let probabilities = isSingle ? predictions.flatMap { [1 - $0, $0] } : predictions
    let labels: [Int32]
    if targets.elementType == .int32 {
      labels = targets.elements()
    } else {
      let values = targets.doubles()
      let width = max(values.count / max(rows, 1), 1)
      labels = (0..<rows).map { row in
        guard width > 1 else { return values[row] >= 0.5 ? 1 : 0 }
        let slice = values[row * width..<(row + 1) * width]
        let best = slice.indices.max { slice[$0] < slice[$1] } ?? slice.startIndex
        return Int32(best - slice.startIndex)
      }
    }
    self.init(probabilities: probabilities, labels: labels, classCount: classCount)
  }
}
