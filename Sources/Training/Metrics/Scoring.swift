import Tensors

/// How outputs over all validation rows are judged besides the loss.
public enum Scoring: Codable, Hashable, Sendable {
  /// Not at all.
  case none
  /// As probabilities of classes.
  case classes(count: Int)
  /// As probabilities of labels, of which a row may have any number.
  case labels(count: Int)
  /// As numbers, brought back to the unit of the target: value · deviation + mean.
  case numbers(mean: Double, deviation: Double)

  /// Those of several outputs, each under its name.
  case each([NamedScoring])

  /// The scoring of one of several outputs.
  public struct NamedScoring: Codable, Hashable, Sendable {
    /// What the output is called.
    public var name: String
    /// How it is judged; not one of several itself.
    public var scoring: Scoring

    /// A scoring with a name.
    public init(_ name: String, _ scoring: Scoring) {
      self.name = name
      self.scoring = scoring
    }
  }

  /// The scores by name, as ``EpochRecord/scores`` keeps them; of several outputs with the output's
  /// name and a point before.
  ///
  /// - Parameters:
  ///   - predictions: every output after its loss's link.
  ///   - targets: what the losses were given.
  func scores(predictions: [[Float]], targets: [Tensor]) -> [String: Double] {
    guard case .each(let parts) = self else {
      return scores(predictions: predictions[0], targets: targets[0])
    }
    var scores: [String: Double] = [:]
    for (index, part) in parts.enumerated() where index < predictions.count {
      for (name, value) in part.scoring.scores(
        predictions: predictions[index], targets: targets[index])
      {
        scores["\(part.name).\(name)"] = value
      }
    }
    return scores
  }

  /// The scores of one output.
  func scores(predictions: [Float], targets: Tensor) -> [String: Double] {
    switch self {
    case .none, .each:
      return [:]
    case .classes(let count):
      let scores = ClassificationScores(
        predictions: predictions, targets: targets, classCount: count)
      var named = ["accuracy": scores.accuracy, "f1": scores.macroF1, "log_loss": scores.logLoss]
      named["auc"] = scores.areaUnderCurve
      return named
    case .labels(let count):
      let scores = LabelScores(
        probabilities: predictions, targets: targets.doubles().map { Float($0) },
        labelCount: count)
      var named = [
        "exact_match": scores.exactMatch, "hamming": scores.hammingLoss, "f1": scores.microF1,
      ]
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
