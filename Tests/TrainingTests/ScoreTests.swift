import Tensors
import Testing

@testable import Training

/// Scores against numbers computed with scikit-learn 1.9.1: `accuracy_score`, `log_loss`,
/// `f1_score(average="macro")`, `roc_auc_score(multi_class="ovr")`, `confusion_matrix`,
/// `precision_recall_fscore_support`, `mean_absolute_error`, `root_mean_squared_error`, `r2_score`.
@Suite struct ScoreTests {
  /// Twelve rows of three classes; divided by their sums these are probabilities, with ties.
  private let parts: [[Float]] = [
    [1, 2, 4], [2, 3, 2], [4, 1, 2], [1, 2, 2], [4, 1, 1], [3, 4, 3], [2, 1, 3], [1, 2, 4],
    [2, 2, 2], [1, 4, 2], [4, 3, 3], [4, 2, 4],
  ]
  private let labels: [Int32] = [2, 1, 0, 0, 2, 1, 1, 2, 1, 2, 2, 0]
  private var probabilities: [Float] {
    parts.flatMap { row in row.map { $0 / row.reduce(0, +) } }
  }

  @Test("Three classes are scored as scikit-learn scores them, ties among the rows")
  func threeClasses() throws {
    let scores = ClassificationScores(
      probabilities: probabilities, labels: labels, classCount: 3)
    #expect(scores.rowCount == 12)
    #expect(scores.accuracy == 0.5)
    // Probabilities are float32 here.
    #expect(abs(scores.logLoss - 1.092252633360117) < 1e-7)
    #expect(abs(scores.macroF1 - 0.5) < 1e-15)
    #expect(abs(try #require(scores.areaUnderCurve) - 0.6138117283950617) < 1e-15)
    #expect(scores.confusion == [[2, 1, 0], [1, 2, 1], [2, 1, 2]])
    let expected = [(0.4, 2.0 / 3, 3), (0.5, 0.5, 4), (2.0 / 3, 0.4, 5)]
    for (found, expected) in zip(scores.classes, expected) {
      #expect(abs(found.precision - expected.0) < 1e-15)
      #expect(abs(found.recall - expected.1) < 1e-15)
      #expect(abs(found.f1 - 0.5) < 1e-15)
      #expect(found.support == expected.2)
    }
  }

  @Test("An absent class has no area, and counts in F1 where it is predicted")
  func absentClass() {
    let labels = self.labels.map { $0 == 2 ? 0 : $0 }
    let scores = ClassificationScores(
      probabilities: probabilities, labels: labels, classCount: 3)
    #expect(scores.areaUnderCurve == nil)
    #expect(abs(scores.macroF1 - 0.3717948717948718) < 1e-15)
    #expect(abs(scores.logLoss - 1.241565922462455) < 1e-7)
    // Neither there nor predicted: left out, as scikit-learn leaves it out.
    let certain = ClassificationScores(
      probabilities: [0.9, 0.1, 0, 0.2, 0.8, 0], labels: [0, 1], classCount: 3)
    #expect(certain.macroF1 == 1)
    let oneClass = ClassificationScores(
      probabilities: [0.9, 0.1, 0.8, 0.2], labels: [0, 0], classCount: 2)
    #expect(oneClass.areaUnderCurve == nil && oneClass.accuracy == 1)
  }

  @Test("Two classes are scored by the second, from one probability too")
  func twoClasses() throws {
    let eighths: [Float] = [4, 3, 2, 2, 1, 0, 2, 2, 3, 0, 3, 0, 2, 5, 3, 4, 4, 0, 0, 1]
    let truth: [Float] = [0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0]
    let second = eighths.map { $0 / 8 }
    let both = ClassificationScores(
      probabilities: second.flatMap { [1 - $0, $0] }, labels: truth.map { Int32($0) },
      classCount: 2)
    #expect(abs(try #require(both.areaUnderCurve) - 0.5260416666666667) < 1e-15)
    #expect(abs(both.macroF1 - 0.3548387096774194) < 1e-15)
    #expect(abs(both.accuracy - 0.55) < 1e-15)
    let single = ClassificationScores(
      predictions: second, targets: Tensor(truth, shape: [20, 1]), classCount: 2)
    #expect(single == both)
  }

  @Test("A sure mistake costs the log of the cut, not infinity")
  func cut() {
    let scores = ClassificationScores(probabilities: [1, 0], labels: [1], classCount: 2)
    #expect(abs(scores.logLoss - 34.538776394910684) < 1e-12)
  }

  @Test("Numbers are scored as scikit-learn scores them")
  func numbers() throws {
    let scores = RegressionScores(
      predictions: [-5.62, 4.18, -9.85, 3.78, 2.39, -3.91, 5.56, 8.16, -2.05],
      targets: [-6.12, 2.19, -9.36, 5.09, 3.74, -3.0, 3.57, 9.11, -3.9])
    #expect(abs(scores.meanAbsoluteError - 1.2599999999999998) < 1e-14)
    #expect(abs(scores.rootMeanSquaredError - 1.3784854813244214) < 1e-14)
    #expect(abs(try #require(scores.rSquared) - 0.9409276112814376) < 1e-14)
    #expect(RegressionScores(predictions: [1, 2], targets: [3, 3]).rSquared == nil)
  }

  @Test("Numbers are judged in the unit of the target")
  func units() {
    let scoring = Scoring.numbers(mean: 100, deviation: 10)
    let named = scoring.scores(predictions: [0, 1], targets: Tensor([Float(0.5), 0]))
    #expect(named["mae"] == 7.5)
    #expect(abs((named["rmse"] ?? 0) - 62.5.squareRoot()) < 1e-12)
  }
}
