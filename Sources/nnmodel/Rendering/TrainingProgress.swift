import Training
import Workflows

/// Shows how training goes: one live line on a terminal, few plain lines elsewhere, or JSON lines.
struct TrainingProgressView {
  /// What is shown.
  enum Form { case live, plain, json, nothing }

  private let form: Form
  private let terminal: Terminal
  private let clock = ContinuousClock()
  private var summary: ModelTrainingSummary?
  private var start: ContinuousClock.Instant?
  private var lastDraw: ContinuousClock.Instant?
  private var startStep: Int?
  private var last: EpochRecord?
  private var isLastShown = true
  private var isLineOpen = false

  /// A view on standard error.
  init(isQuiet: Bool, isJSON: Bool, terminal: Terminal = .error) {
    self.terminal = terminal
    form = isQuiet ? .nothing : isJSON ? .json : terminal.isTerminal ? .live : .plain
  }

  /// Shows an event.
  ///
  /// - Throws: `EncodingError` when a JSON line cannot be written.
  mutating func show(_ event: ModelTrainingEvent) throws {
    guard form != .nothing else { return }
    switch event {
    case .note(let note):
      if form != .json { say("note: \(note)") }
    case .prepared(let summary):
      self.summary = summary
      start = clock.now
      if form == .json {
        printError(try JSONOutput.line(summary))
      } else {
        for line in TrainingText.lines(summary, width: terminal.width) { say(line) }
      }
    case .checkpoint: break
    case .training(.step(let progress, let stepsPerEpoch, let loss)):
      if startStep == nil { startStep = progress.step - 1 }
      if form == .live { draw(progress, stepsPerEpoch: stepsPerEpoch, loss: loss) }
    case .training(.epoch(let record, let isBest)):
      try show(record, isBest: isBest)
    case .training(.ended):
      if form == .plain, !isLastShown, let last { say(TrainingText.line(last, of: epochs)) }
    }
  }

  /// Leaves the terminal on a fresh line.
  mutating func end() {
    if isLineOpen { writeError("\r\u{1B}[K") }
    isLineOpen = false
  }

  private var epochs: Int { summary?.epochs ?? 0 }

  private mutating func show(_ record: EpochRecord, isBest: Bool) throws {
    last = record
    switch form {
    case .json: printError(try JSONOutput.line(record))
    case .plain:
      // The first, the last, and every tenth part of the run; all of a short run.
      let stride = epochs <= 20 ? 1 : (epochs + 9) / 10
      isLastShown = record.epoch == 1 || record.epoch.isMultiple(of: stride)
      if isLastShown { say(TrainingText.line(record, of: epochs) + (isBest ? "  best" : "")) }
    case .live, .nothing: break
    }
  }

  /// Writes a whole line, above the live one.
  private mutating func say(_ line: String) {
    end()
    printError(line)
  }

  private mutating func draw(_ progress: TrainingProgress, stepsPerEpoch: Int, loss: Double) {
    let now = clock.now
    if let lastDraw, now - lastDraw < .milliseconds(100) { return }
    lastDraw = now
    let total = stepsPerEpoch * epochs
    var parts = [
      "epoch \(min(progress.epoch + 1, epochs))/\(epochs)",
      "\(total > 0 ? 100 * progress.step / total : 0)%",
      "loss \(NumberText.short(last?.trainingLoss ?? loss))",
    ]
    if let validation = last?.validationLoss {
      parts.append("validation \(NumberText.short(validation))")
    }
    if let rate = last?.learningRate { parts.append("rate \(NumberText.short(rate, digits: 2))") }
    let done = progress.step - (startStep ?? 0)
    if let start, done > 0, stepsPerEpoch > 0 {
      let seconds = (now - start) / .seconds(1)
      let rows = Double(done) / Double(stepsPerEpoch) * Double(summary?.trainingRows ?? 0)
      parts.append("\(NumberText.rate(rows / max(seconds, 1e-9))) rows/s")
      let left = seconds / Double(done) * Double(max(total - progress.step, 0))
      parts.append("at most \(NumberText.duration(left)) left")
    }
    // What is least needed stands last, and goes first where the terminal is narrow.
    while parts.count > 1, parts.joined(separator: "  ").count >= terminal.width {
      parts.removeLast()
    }
    let line = parts.joined(separator: "  ").cut(to: terminal.width - 1)
    writeError("\r" + line + "\u{1B}[K")
    isLineOpen = true
  }
}
