import ModelFiles
import Training

/// What differs between two runs: what was asked of them, where they stand, and what they measured.
struct TrainingComparison {
  private let old: ModelFile
  private let new: ModelFile
  private let oldOptions: [String: ConfigurationValue]
  private let newOptions: [String: ConfigurationValue]
  private let oldProgress: [String: ConfigurationValue]
  private let newProgress: [String: ConfigurationValue]

  init(_ old: ModelFile, _ new: ModelFile) throws {
    func options(_ file: ModelFile) throws -> [String: ConfigurationValue] {
      try file.options.map { try ValueComparison.options(of: $0) } ?? [:]
    }
    func progress(_ file: ModelFile) throws -> [String: ConfigurationValue] {
      try file.progress.map { try ValueComparison.options(of: $0) } ?? [:]
    }
    self.old = old
    self.new = new
    (oldOptions, newOptions) = (try options(old), try options(new))
    (oldProgress, newProgress) = (try progress(old), try progress(new))
  }

  /// Where differences of the loss begin.
  static let lossPath = "\(ComparisonPart.training.rawValue)/loss"

  /// What is told of the optimizer.
  private static let optimizerNames: Set = ["optimizer"]
  /// What is told of the learning rate's way.
  private static let scheduleNames: Set = ["schedule", "schedule_unit", "warmup"]
  /// What says where on that way a run stands.
  private static let positionNames: Set = ["step", "epoch", "batch", "steps_per_epoch", "plateau"]
}

// MARK: - Parts

extension TrainingComparison {
  /// The kind of optimizer, its options and its steps.
  func optimizerChanges() -> [Change] {
    let path = ComparisonPart.optimizer.rawValue
    let (one, two) = (old.optimizerSteps, new.optimizerSteps)
    return kindChanges(at: path, oldOptions["optimizer"], newOptions["optimizer"])
      + ValueComparison.changes(
        at: "\(path)/steps", old.options == nil ? nil : .integer(one.weights),
        new.options == nil ? nil : .integer(two.weights))
      + ValueComparison.changes(
        at: "\(path)/live_steps", one.live.map { .integer($0) }, two.live.map { .integer($0) })
  }

  /// The schedule, and where on it the runs stand.
  func scheduleChanges() -> [Change] {
    let path = ComparisonPart.schedule.rawValue
    guard (old.options == nil) == (new.options == nil) else {
      return kindChanges(at: path, oldOptions["schedule"], newOptions["schedule"])
    }
    let rates = [old, new].map { file in
      TrainingReport(file)?.currentLearningRate.map { ConfigurationValue.number($0) }
    }
    return kindChanges(at: path, oldOptions["schedule"], newOptions["schedule"])
      + ["schedule_unit", "warmup"].flatMap { name in
        ValueComparison.changes(at: "\(path)/\(name)", oldOptions[name], newOptions[name])
      }
      + ValueComparison.changes(
        at: "\(path)/position", oldProgress.filter { Self.positionNames.contains($0.key) },
        newProgress.filter { Self.positionNames.contains($0.key) })
      + ValueComparison.changes(at: "\(path)/current_learning_rate", rates[0], rates[1])
  }

  /// Everything else that was asked, and how the run stands.
  func trainingChanges() throws -> [Change] {
    let path = ComparisonPart.training.rawValue
    let others = Self.optimizerNames.union(Self.scheduleNames).union(["loss"])
    guard (old.options == nil) == (new.options == nil) else {
      return ValueComparison.changes(
        at: path, old.options.map { .text("a run of \($0.epochs) epochs") },
        new.options.map { .text("a run of \($0.epochs) epochs") })
    }
    return kindChanges(at: Self.lossPath, oldOptions["loss"], newOptions["loss"])
      + ValueComparison.changes(
        at: path, oldOptions.filter { !others.contains($0.key) },
        newOptions.filter { !others.contains($0.key) })
      + ValueComparison.changes(
        at: "\(path)/progress", oldProgress.filter { !Self.positionNames.contains($0.key) },
        newProgress.filter { !Self.positionNames.contains($0.key) })
      + ValueComparison.changes(
        at: "\(path)/configuration", try configuration(of: old), try configuration(of: new))
  }

  /// A kind with its options beside it.
  private func kindChanges(
    at path: String, _ old: ConfigurationValue?, _ new: ConfigurationValue?
  ) -> [Change] {
    func flat(_ value: ConfigurationValue?) -> ConfigurationValue? {
      guard case .map(var entries)? = value, case .map(let options)? = entries["options"] else {
        return value
      }
      entries["options"] = nil
      return .map(entries.merging(options) { kind, _ in kind })
    }
    let changes = ValueComparison.changes(at: path, flat(old), flat(new))
    return changes.filter { $0.path == "\(path)/kind" }
      + changes.filter { $0.path != "\(path)/kind" }
  }

  /// What was asked and is not told elsewhere in the file.
  private func configuration(of file: ModelFile) throws -> [String: ConfigurationValue] {
    guard case .map(let values)? = try ConfigurationReport(file)?.values else { return [:] }
    return values.filter { name, _ in
      oldOptions[name] == nil && newOptions[name] == nil && !Self.toldElsewhere.contains(name)
    }
  }

  /// Options of a configuration whose effect is in the network, the preprocessing or the optimizer.
  private static let toldElsewhere: Set = [
    "activation", "batch_norm", "dropout", "hidden", "init", "input", "network",
    "columns", "encoding", "ignore", "missing", "missing_column", "scaling", "target",
    "target_scaling", "task", "unknown", "unreadable",
    "learning_rate", "losses", "loss_weights", "momentum", "weight_decay",
  ]
}

// MARK: - History

extension TrainingComparison {
  /// The number of epochs, and what the best and the last of them measured.
  func historyChanges() throws -> [Change] {
    let path = ComparisonPart.history.rawValue
    if areEqual(old.history, new.history) { return [] }
    var changes = ValueComparison.changes(
      at: "\(path)/epochs", .integer(old.history.count), .integer(new.history.count))
    let (one, two) = (best(old), best(new))
    changes += try epochChanges(at: "\(path)/best", one, two)
    if old.history.last != one || new.history.last != two {
      changes += try epochChanges(at: "\(path)/last", old.history.last, new.history.last)
    }
    if changes.isEmpty {
      changes.append(
        Change(
          .changed, "\(path)/epoch",
          old: .integer(commonEpochCount + 1), new: .integer(commonEpochCount + 1)))
    }
    return changes
  }

  /// The differences between two epochs, what they are judged by first.
  private func epochChanges(
    at path: String, _ old: EpochRecord?, _ new: EpochRecord?
  ) throws -> [Change] {
    let first = ["epoch", "validation_loss", "training_loss", "scores"]
    let changes = ValueComparison.changes(
      at: path, try old.map { try ValueComparison.value(of: $0) },
      try new.map { try ValueComparison.value(of: $0) })
    func rank(_ change: Change) -> Int {
      let name = change.path.dropFirst(path.count + 1).split(separator: "/").first.map(String.init)
      return first.firstIndex(of: name ?? "") ?? first.count
    }
    return changes.enumerated().sorted { (rank($0.1), $0.0) < (rank($1.1), $1.0) }.map(\.1)
  }

  /// How many epochs at the start of both measured the same.
  var commonEpochCount: Int {
    zip(old.history, new.history).prefix { areEqual([$0], [$1]) }.count
  }

  private func best(_ file: ModelFile) -> EpochRecord? {
    file.progress?.bestEpoch.flatMap { best in file.history.first { $0.epoch == best } }
  }

  /// Whether epochs measured the same; what is not a number both times is the same.
  private func areEqual(_ old: [EpochRecord], _ new: [EpochRecord]) -> Bool {
    guard old != new else { return true }
    guard old.count == new.count, let one = try? ValueComparison.value(of: old),
      let two = try? ValueComparison.value(of: new)
    else { return false }
    return ValueComparison.areEqual(one, two)
  }
}
