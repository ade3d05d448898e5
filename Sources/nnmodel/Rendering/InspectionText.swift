import Training
import Workflows

/// What is in a model file, in words.
struct InspectionText {
  private let report: InspectionReport
  private let terminal: Terminal

  init(_ report: InspectionReport, terminal: Terminal) {
    self.report = report
    self.terminal = terminal
  }

  /// The whole report, one part after the other.
  func lines() -> [String] {
    let parts: [(title: String, lines: [String])] = [
      ("", fileLines()),
      ("Prediction", predictionLines()),
      ("Network", networkLines()),
      ("Columns", columnLines()),
      ("Training", trainingLines()),
      ("History", historyLines()),
      ("Configuration", configurationLines()),
      ("Origin", originLines()),
      ("Tensors", report.tensors.map { TensorText.lines($0, for: terminal) } ?? []),
    ]
    return Array(
      parts.filter { !$0.lines.isEmpty }.map { title, lines in
        (title.isEmpty ? [] : [terminal.styled(title, .bold)]) + lines
      }.joined(separator: [""]))
  }
}

// MARK: - File, prediction, network

extension InspectionText {
  private func fileLines() -> [String] {
    let file = report.file
    return [
      terminal.styled(file.path, .bold),
      "model file, format \(file.formatVersion), \(NumberText.bytes(file.byteCount)), "
        + "written by \(file.writer)",
      "weights \(NumberText.bytes(file.weightByteCount))"
        + (file.trainingByteCount > 0
          ? ", optimizer and live state \(NumberText.bytes(file.trainingByteCount))" : ""),
      "identity \(file.identity)",
    ]
      + (file.extensions.isEmpty
        ? [] : ["kept for other programs: \(file.extensions.joined(separator: ", "))"])
      + file.notes.map { "note: \($0)" }
  }

  private func predictionLines() -> [String] {
    ([report.prediction] + (report.furtherPredictions ?? [])).flatMap(lines)
  }

  private func lines(_ prediction: PredictionReport) -> [String] {
    guard let task = prediction.task, let target = prediction.target else {
      return pairs([("output", prediction.link)])
    }
    var facts = [("task", task), ("target", target)]
    if let classes = prediction.classes {
      let shown = classes.prefix(12).map { "\($0.name) (\(NumberText.count($0.rows)))" }
      let rest = classes.count - shown.count
      facts.append(
        (
          task == "labels" ? "labels" : "classes",
          "\(classes.count): " + shown.joined(separator: ", ") + (rest > 0 ? ", \(rest) more" : "")
        ))
    }
    if let number = prediction.number { facts.append(("values", words(number))) }
    if let scaling = prediction.scaling { facts.append(("scaling", scaling)) }
    facts.append(("output", prediction.link))
    return pairs(facts)
  }

  private func networkLines() -> [String] {
    // In a chain every layer takes what stands above it.
    let names = report.inputs.map { $0.name } + report.layers.map { $0.name }
    let isChain =
      report.inputs.count == 1
      && zip(names, report.layers).allSatisfy { above, layer in layer.inputs == [above] }
    var table = TextTable(
      [("layer", .left), ("kind", .left)] + (isChain ? [] : [("takes", .left)])
        + [("output", .left), ("parameters", .right)])
    for input in report.inputs {
      table.add(
        [input.name, input.isIndices ? "input of indices" : "input"] + (isChain ? [] : [""])
          + [shape(input.shape), ""])
    }
    for layer in report.layers {
      table.add(
        [layer.name, words(layer)] + (isChain ? [] : [layer.inputs.joined(separator: ", ")])
          + [
            shape(layer.outputShape),
            layer.parameterCount == 0 ? "" : NumberText.count(layer.parameterCount),
          ])
    }
    let fixed = report.parameterCount - report.trainableCount
    let total =
      "  \(NumberText.count(report.parameterCount, "parameter"))"
      + (fixed > 0 ? ", of which \(NumberText.count(fixed)) are running statistics" : "")
    return table.lines(for: terminal) + [total]
  }

  /// The kind of a layer; with its options, where nothing else says what it does.
  private func words(_ layer: LayerReport) -> String {
    if let owner = layer.sharedWith { return "\(layer.kind) as \(owner)" }
    guard layer.parameterCount == 0 else { return layer.kind }
    let options = layer.options.sorted { $0.key < $1.key }.compactMap { _, value -> String? in
      switch value {
      case .text(let text): text
      case .number(let number) where number != 0: NumberText.short(number)
      case .integer(let number) where number != 0: "\(number)"
      default: nil
      }
    }
    return ([layer.kind] + options).joined(separator: " ")
  }

  private func shape(_ dimensions: [Int]) -> String {
    dimensions.map { "\($0)" }.joined(separator: terminal.isUnicode ? " × " : " x ")
  }
}

// MARK: - Columns

extension InspectionText {
  private func columnLines() -> [String] {
    guard let columns = report.columns else { return [] }
    var table = TextTable([
      ("column", .left), ("kind", .left), ("as", .left), ("missing", .left), ("values", .left),
    ])
    let limit = 40
    for column in columns.prefix(limit) {
      table.add([
        column.name, column.kind, column.treatment ?? "",
        column.missing + (column.hasMissingFlag ? " + flag" : ""), values(of: column),
      ])
    }
    var lines = table.lines(for: terminal)
    if columns.count > limit { lines.append("  and \(columns.count - limit) more; --json has all") }
    let ignored = report.ignoredColumns ?? []
    if !ignored.isEmpty {
      lines += paragraph(
        "not used: " + ignored.map { "\($0.name) (\($0.reason))" }.joined(separator: ", "))
    }
    if let policies = report.policies {
      lines += paragraph(
        "unknown category: \(policies.unknown); column that a table lacks: "
          + "\(policies.missingColumn); unreadable number: \(policies.unreadable)")
    }
    return lines
  }

  private func values(of column: ColumnReport) -> String {
    var words = ""
    if let number = column.number {
      words = self.words(number)
    } else if let categories = column.categories {
      words = "\(categories.count): " + categories.map { $0.name }.joined(separator: ", ")
    } else if let trueCount = column.trueCount {
      words = "true in \(NumberText.count(trueCount, "row"))"
    }
    return column.missingCount > 0
      ? "\(NumberText.count(column.missingCount)) missing; " + words : words
  }

  private func words(_ number: NumberSummary) -> String {
    let to = terminal.isUnicode ? "…" : " to "
    let spread = terminal.isUnicode ? "±" : "+-"
    return "\(NumberText.short(number.minimum))\(to)\(NumberText.short(number.maximum)), "
      + "\(NumberText.short(number.mean)) \(spread) \(NumberText.short(number.deviation, digits: 3))"
  }
}

// MARK: - Training

extension InspectionText {
  private func trainingLines() -> [String] {
    guard let training = report.training else { return [] }
    let model =
      report.file.path == ModelArgument.usual ? "" : " -m \(shellWord(report.file.path))"
    let position =
      "epoch \(NumberText.count(training.epoch)) of \(NumberText.count(training.epochCount)), step \(NumberText.count(training.step))"
      + (training.stepCount.map { " of \(NumberText.count($0))" } ?? "")
    let status =
      switch training.status {
      case .finished: "finished"
      case .stoppedEarly: "stopped early, for want of progress"
      case .resumable: "unfinished; go on with: nnmodel resume\(model)"
      case .foreign: "begun elsewhere; go on with: nnmodel finetune ROWS\(model)"
      }
    var rate = "\(NumberText.short(training.learningRate)) at first"
    if let current = training.currentLearningRate {
      rate +=
        ", \(NumberText.short(current)) \([.resumable, .foreign].contains(training.status) ? "now" : "at the end")"
    }
    var facts = [
      ("status", status),
      ("position", position),
      (
        "loss",
        ([training.loss] + (training.furtherLosses ?? [])).map { words($0, leavingOut: []) }
          .joined(separator: "; ")
      ),
      ("optimizer", words(training.optimizer, leavingOut: ["learning_rate"])),
      (
        "schedule",
        words(training.schedule, leavingOut: []) + " by \(training.scheduleUnit)"
          + (training.warmUp == "0" ? "" : ", warm-up \(training.warmUp)")
      ),
      ("learning rate", rate),
      ("batch", NumberText.count(training.batchSize, "row")),
    ]
    if let environment = training.environment {
      let libraries = environment.libraries.sorted { $0.key < $1.key }.map {
        "\($0.key) \($0.value)"
      }
      facts.append(
        (
          "computed by",
          ([environment.program, environment.instructionSet] + libraries).joined(separator: ", ")
        ))
    }
    if let best = training.best {
      facts.append(
        ("best epoch", "\(best.epoch): " + TrainingText.scores(of: best).joined(separator: ", ")))
    }
    if let diagnosis = training.diagnosis {
      facts.append(
        ("verdict", diagnosis.name + ": " + DiagnosisText.words(diagnosis).joined(separator: ", ")))
    }
    return pairs(facts)
  }

  private func words(_ kind: KindReport, leavingOut hidden: Set<String>) -> String {
    let options = kind.options.filter { !hidden.contains($0.key) }.sorted { $0.key < $1.key }
      .compactMap { name, value -> String? in
        switch value {
        case .none: nil
        case .number(let number): "\(name) \(NumberText.short(number))"
        default: "\(name) \(value.yaml)"
        }
      }
    return options.isEmpty ? kind.kind : "\(kind.kind) (\(options.joined(separator: ", ")))"
  }

  private func historyLines() -> [String] {
    let history = report.history
    guard history.count > 1 else { return [] }
    let training = history.map { $0.trainingLoss }
    let validation = history.map { $0.validationLoss ?? .nan }
    let hasValidation = validation.contains { $0.isFinite }
    let known = (training + validation).filter { $0.isFinite }
    guard let lowest = known.min(), let highest = known.max() else { return [] }

    // Two drawings of one scale side by side: neither needs a colour to be told apart.
    let margin = 9
    let columns = min(max((terminal.width - margin - 4) / (hasValidation ? 2 : 1), 12), 60)
    let curve = Curve(range: lowest...highest, columns: columns, rows: 7)
    let left = curve.lines(training, isUnicode: terminal.isUnicode)
    let right =
      hasValidation ? curve.lines(validation, isUnicode: terminal.isUnicode) : []
    let bar = terminal.isUnicode ? "│" : "|"
    var lines = left.indices.map { row in
      let label =
        row == 0
        ? NumberText.short(highest, digits: 3)
        : row == left.count - 1 ? NumberText.short(lowest, digits: 3) : ""
      var line = padded(label, to: margin - 1) + " " + bar + terminal.styled(left[row], .cyan)
      if hasValidation { line += " " + bar + terminal.styled(right[row], .green) }
      while line.last == " " { line.removeLast() }
      return line
    }
    let title = "training loss".padded(to: columns + 2)
    lines.append(
      String(repeating: " ", count: margin + 1) + title + (hasValidation ? "validation loss" : ""))
    return lines + ["  epochs \(history[0].epoch) to \(history[history.count - 1].epoch)"]
  }

  private func padded(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
  }
}

// MARK: - Configuration, origin

extension InspectionText {
  private func configurationLines() -> [String] {
    guard let configuration = report.configuration else { return [] }
    guard !configuration.unusual.isEmpty else { return ["  all as usual"] }
    return configuration.unusual.flatMap { name in
      paragraph("\(name): \(configuration.yaml(name) ?? "none")")
    } + ["  all else as usual; --json has every option"]
  }

  private func originLines() -> [String] {
    let provenance = report.provenance
    var facts = [("program", provenance.program)]
    if !provenance.commandLine.isEmpty {
      facts.append(("command", provenance.commandLine.map(shellWord).joined(separator: " ")))
    }
    for (name, data) in [("data", provenance.data), ("judged by", provenance.validationData)] {
      guard let data else { continue }
      facts.append(
        (
          name,
          "\(data.path): \(NumberText.count(data.rowCount, "row")), "
            + "\(NumberText.bytes(data.byteCount)), SHA-256 \(data.sha256.prefix(16))"
        ))
    }
    if let parent = provenance.parent {
      facts.append(("parent", "\(parent.name), identity \(parent.identity.prefix(16))"))
    }
    return pairs(facts)
  }
}

// MARK: - Layout

extension InspectionText {
  /// Names and facts in two columns, facts broken between words.
  private func pairs(_ facts: [(name: String, fact: String)]) -> [String] {
    let width = 15
    return facts.flatMap { name, fact in
      fact.wrapped(to: max(terminal.width - width - 3, 20)).enumerated().map { index, line in
        "  " + (index == 0 ? name : "").padded(to: width) + line
      }
    }
  }

  private func paragraph(_ text: String) -> [String] {
    text.wrapped(to: max(terminal.width - 3, 20)).map { "  " + $0 }
  }
}

extension String {
  /// The text with spaces behind it up to a width.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(width - count, 0))
  }
}
