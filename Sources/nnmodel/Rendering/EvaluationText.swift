import Training
import Workflows

/// Scores in words.
enum EvaluationText {
  /// The scores, each class, and what was taken for what.
  static func lines(_ result: Evaluation.Result, for terminal: Terminal) -> [String] {
    result.targets.enumerated().flatMap { index, target in
      (index > 0 ? [""] : [])
        + ["\(NumberText.count(result.rowCount, "row")), target '\(target.target)'", ""]
        + lines(target, for: terminal)
    }
  }

  private static func lines(
    _ result: Evaluation.TargetResult, for terminal: Terminal
  ) -> [String] {
    var lines: [String] = []
    let classes = result.classes ?? []
    let loss: [(name: String, value: Double?)] =
      result.loss.map { [("loss (\($0.kind))", $0.mean)] } ?? []
    if let scores = result.classification {
      lines += scoreLines(
        loss + [
          ("accuracy", scores.accuracy), ("F1 (mean of classes)", scores.macroF1),
          ("AUC", scores.areaUnderCurve), ("log-loss", scores.logLoss),
        ], terminal)
      lines += [""] + classLines("class", scores.classes, classes, terminal)
      lines += [""] + confusionLines(scores, classes, terminal)
    }
    if let scores = result.labels {
      lines += scoreLines(
        loss + [
          ("exact matches", scores.exactMatch), ("F1 (all answers)", scores.microF1),
          ("F1 (mean of labels)", scores.macroF1), ("AUC (mean of labels)", scores.areaUnderCurve),
          ("Hamming loss", scores.hammingLoss),
        ], terminal)
      lines += [""] + classLines("label", scores.labels, classes, terminal)
    }
    if let scores = result.regression {
      lines += scoreLines(
        loss + [
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
    _ title: String, _ scores: [ClassScores], _ classes: [String], _ terminal: Terminal
  ) -> [String] {
    var table = TextTable([
      (title, .left), ("precision", .right), ("recall", .right), ("F1", .right),
      ("rows", .right),
    ])
    for (name, score) in zip(classes, scores) {
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
