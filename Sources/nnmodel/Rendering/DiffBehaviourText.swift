import ModelFiles
import Training
import Workflows

// What two models answer to the same rows, in words.
extension DiffText {
  func behaviourLines(_ behaviour: BehaviourReport) -> [String] {
    ["  \(behaviour.data.printable): \(NumberText.count(behaviour.rowCount, "row"))"]
      + behaviour.outputs.flatMap { lines($0, rowCount: behaviour.rowCount) }
  }

  private func lines(_ output: BehaviourReport.Output, rowCount: Int) -> [String] {
    var lines: [String] = []
    let name = "'\(output.target.printable)'"
    switch output.kind {
    case nil: lines.append("  \(name): the models answer different things")
    case .classes?, .labels?:
      let noun = output.kind == .classes ? "another class" : "other labels"
      lines.append(
        "  \(name): \(NumberText.count(output.flippedCount)) of "
          + "\(NumberText.count(rowCount, "row")) get \(noun)")
      lines += flipLines(output)
      lines.append(
        "  largest change of a probability \(NumberText.short(output.largestChange, digits: 3)), "
          + "mean \(NumberText.short(output.meanChange, digits: 3))")
    case .numbers?:
      lines.append(
        "  \(name): largest change \(NumberText.short(output.largestChange)), "
          + "mean \(NumberText.short(output.meanChange))")
      lines += largestLines(output)
    }
    return lines + scoreLines(output)
  }

  private func flipLines(_ output: BehaviourReport.Output) -> [String] {
    guard !output.flips.isEmpty else { return [] }
    var table = TextTable([
      ("row", .right), ("old", .left), ("", .right), ("new", .left), ("", .right),
    ])
    for flip in output.flips {
      table.add([
        NumberText.count(flip.row), flip.old.isEmpty ? "none" : flip.old.printable,
        NumberText.fixed(flip.oldProbability, digits: 3),
        flip.new.isEmpty ? "none" : flip.new.printable,
        NumberText.fixed(flip.newProbability, digits: 3),
      ])
    }
    let more = output.flippedCount - output.flips.count
    return table.lines(indent: 4, for: terminal)
      + (more > 0 ? ["    and \(NumberText.count(more)) more"] : [])
  }

  private func largestLines(_ output: BehaviourReport.Output) -> [String] {
    guard !output.largest.isEmpty else { return [] }
    var table = TextTable([("row", .right), ("old", .right), ("new", .right)])
    for change in output.largest.prefix(5) {
      table.add([
        NumberText.count(change.row), NumberText.short(change.old, digits: 6),
        NumberText.short(change.new, digits: 6),
      ])
    }
    return table.lines(indent: 4, for: terminal)
  }

  private func scoreLines(_ output: BehaviourReport.Output) -> [String] {
    let pairs = zip(scores(output.oldScores), scores(output.newScores))
    return pairs.compactMap { old, new in
      guard let one = old.value, let two = new.value else { return nil }
      return "  \(old.name): \(NumberText.short(one)) \(arrow) \(NumberText.short(two))"
    }
  }

  private func scores(_ result: Evaluation.TargetResult?) -> [(name: String, value: Double?)] {
    guard let result else { return [] }
    var found: [(name: String, value: Double?)] = [("loss", result.loss?.mean)]
    if let scores = result.classification {
      found += [
        ("accuracy", scores.accuracy), ("F1 (mean of classes)", scores.macroF1),
        ("AUC", scores.areaUnderCurve), ("log-loss", scores.logLoss),
      ]
    }
    if let scores = result.labels {
      found += [
        ("exact matches", scores.exactMatch), ("F1 (all answers)", scores.microF1),
        ("Hamming loss", scores.hammingLoss),
      ]
    }
    if let scores = result.regression {
      found += [
        ("MAE", scores.meanAbsoluteError), ("RMSE", scores.rootMeanSquaredError),
        (terminal.isUnicode ? "R²" : "R2", scores.rSquared),
      ]
    }
    return found
  }
}
