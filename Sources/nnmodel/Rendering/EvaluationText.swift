import Training
import Workflows

/// Scores in words.
enum EvaluationText {
  /// The scores, each class, and what was taken for what.
  static func lines(_ result: Evaluation.Result, for terminal: Terminal) -> [String] {
    var lines = [
      "\(NumberText.count(result.rowCount, "row")), target '\(result.target)'", "",
    ]
    if let scores = result.classification {
      lines += scoreLines(
        [
          ("accuracy", scores.accuracy), ("F1 (mean of classes)", scores.macroF1),
          ("AUC", scores.areaUnderCurve), ("log-loss", scores.logLoss),
        ], terminal)
      let classes = result.classes ?? []
      lines += [""] + classLines(scores, classes, terminal)
      lines += [""] + confusionLines(scores, classes, terminal)
    }
    if let scores = result.regression {
      lines += scoreLines(
        [
          ("MAE", scores.meanAbsoluteError), ("RMSE", scores.rootMeanSquaredError),
          (terminal.isUnicode ? "R²" : "R2", scores.rSquared),
        ], terminal)
    }
    return lines
  }

  private static func scoreLines(
    _ scores: [(name: String, value: Double?)], _ terminal: Terminal
  ) -> [String] {
    let width = scores.reduce(0) { max($0, $1.name.count) }
    return scores.map { name, value in
      let number = value.map { NumberText.short($0) } ?? "not defined"
      let gap = String(repeating: " ", count: width - name.count + 2)
      return "  \(name)\(gap)\(terminal.styled(number, .bold))"
    }
  }

  private static func classLines(
    _ scores: ClassificationScores, _ classes: [String], _ terminal: Terminal
  ) -> [String] {
    var table = TextTable([
      ("class", .left), ("precision", .right), ("recall", .right), ("F1", .right),
      ("rows", .right),
    ])
    for (name, score) in zip(classes, scores.classes) {
      table.add([
        name, NumberText.fixed(score.precision), NumberText.fixed(score.recall),
        NumberText.fixed(score.f1), NumberText.count(score.support),
      ])
    }
    return table.lines(for: terminal)
  }

  private static func confusionLines(
    _ scores: ClassificationScores, _ classes: [String], _ terminal: Terminal
  ) -> [String] {
    // Twenty classes are more than a screen holds; --json has them all.
    guard classes.count <= 20 else {
      return ["  \(classes.count) classes: the confusion matrix is in the output of --json"]
    }
    var table = TextTable(
      [(title: "true \\ predicted", alignment: .left)]
        + classes.map { (title: $0.cut(to: 9, isUnicode: terminal.isUnicode), alignment: .right) })
    for (name, counts) in zip(classes, scores.confusion) {
      table.add([name] + counts.map { $0 == 0 ? "." : NumberText.count($0) })
    }
    return table.lines(for: terminal)
  }
}
