import Training
import Workflows

/// Training in words.
enum TrainingText {
  /// What is about to be trained.
  static func lines(_ summary: ModelTrainingSummary, width: Int) -> [String] {
    var rows = "\(NumberText.count(summary.trainingRows, "row")) to learn from"
    if summary.validationRows > 0 {
      rows += ", \(NumberText.count(summary.validationRows)) to judge by"
    }
    let goal =
      summary.targetCount > 1
      ? "\(summary.targetCount) outputs"
      : summary.classes.map {
        summary.task == .labels ? "any of \($0.count) labels" : "one of \($0.count) classes"
      } ?? "a number"
    return [
      "target '\(summary.target)': \(goal); \(rows)",
      "network \(summary.layers): \(NumberText.count(summary.parameterCount, "parameter")); "
        + "\(summary.optimizer) at \(NumberText.short(summary.learningRate)), "
        + NumberText.count(summary.epochs, "epoch") + " of "
        + NumberText.count(summary.stepsPerEpoch, "step"),
    ].flatMap { $0.wrapped(to: max(width - 1, 40)) }
  }

  /// What an epoch measured.
  static func line(_ record: EpochRecord, of epochs: Int) -> String {
    var parts = [
      "epoch \(record.epoch)/\(epochs)", "loss \(NumberText.short(record.trainingLoss))",
    ]
    if let loss = record.validationLoss { parts.append("validation \(NumberText.short(loss))") }
    for (name, score) in record.scores.sorted(by: { $0.key < $1.key })
    where ["accuracy", "rmse", "exact_match"].contains(name.split(separator: ".").last ?? "") {
      parts.append("\(ScoreNames.words(for: name)) \(NumberText.short(score))")
    }
    return parts.joined(separator: "  ")
  }

  /// What became of a run, and what can be done next.
  static func lines(_ result: ModelTrainingResult, for terminal: Terminal) -> [String] {
    let length =
      "\(NumberText.count(result.epochs, "epoch")) in \(NumberText.duration(result.seconds))"
    var lines: [String] = []
    switch result.end {
    case .stoppedEarly?: lines.append("stopped after \(length), for want of progress")
    case .finished?: lines.append("finished \(length)")
    case nil: lines.append("stopped after \(length)")
    }
    if result.bestEpoch == 0 {
      lines.append("no epoch was better than the weights it began with, which are kept")
    } else if let best = result.best {
      lines += hanging("best epoch \(best.epoch): ", scores(of: best), terminal)
    } else if let last = result.last {
      lines += hanging("last epoch: ", scores(of: last), terminal)
    }
    if let diagnosis = result.diagnosis {
      lines += hanging("\(diagnosis.name): ", DiagnosisText.words(diagnosis), terminal)
    }
    lines.append("wrote \(terminal.styled(result.output, .bold))")
    guard !result.isInterrupted else { return lines }
    let model = result.output == ModelArgument.usual ? "" : " -m \(shellWord(result.output))"
    let inspected = result.output == ModelArgument.usual ? "" : " \(shellWord(result.output))"
    lines += [
      "next: nnmodel inspect\(inspected)",
      "      nnmodel predict ROWS.csv\(model) -o predictions.csv",
    ]
    return lines
  }

  /// A title and words behind it, broken into lines that begin below the first.
  static func hanging(_ title: String, _ words: [String], _ terminal: Terminal) -> [String] {
    let margin = String(repeating: " ", count: title.count)
    return words.joined(separator: ", ").wrapped(to: max(terminal.width - title.count - 1, 30))
      .enumerated().map { ($0 == 0 ? terminal.styled(title, .bold) : margin) + $1 }
  }

  /// The measures of an epoch: `loss 0.12 (training 0.1)`, `accuracy 0.95`.
  static func scores(of record: EpochRecord) -> [String] {
    guard let loss = record.validationLoss else {
      return ["loss \(NumberText.short(record.trainingLoss))"]
    }
    return ["loss \(NumberText.short(loss)) (training \(NumberText.short(record.trainingLoss)))"]
      + ScoreNames.sorted(record.scores).map { "\($0.words) \(NumberText.short($0.value))" }
  }
}

/// The order in which scores are shown, and what they are called.
enum ScoreNames {
  private static let order = [
    "accuracy", "exact_match", "f1", "auc", "log_loss", "hamming", "r2", "mae", "rmse",
  ]
  private static let words = [
    "f1": "F1", "auc": "AUC", "log_loss": "log-loss", "r2": "R²", "mae": "MAE", "rmse": "RMSE",
    "exact_match": "exact", "hamming": "Hamming loss",
  ]

  /// The words for a score; of one of several targets with the target's name before.
  static func words(for name: String) -> String {
    guard let point = name.lastIndex(of: ".") else { return words[name] ?? name }
    let score = String(name[name.index(after: point)...])
    return "\(name[..<point]) \(words[score] ?? score)"
  }

  /// Scores with the words for them, the best known first.
  static func sorted(_ scores: [String: Double]) -> [(words: String, value: Double)] {
    scores
      .sorted { (rank($0.key), $0.key) < (rank($1.key), $1.key) }
      .map { (words(for: $0.key), $0.value) }
  }

  private static func rank(_ name: String) -> Int { order.firstIndex(of: name) ?? order.count }
}

/// A word as a shell takes it.
func shellWord(_ word: String) -> String {
  let isPlain =
    !word.isEmpty
    && word.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_./+:@%=,".contains($0))
    }
  return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
}
