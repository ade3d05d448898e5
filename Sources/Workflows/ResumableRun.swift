import Datasets
import Foundation
import ModelFiles
import Networks
import Training

/// A run that can go on: the file that it was stopped in and its rows, checked against each other.
struct ResumableRun {
  let model: Model
  let state: TrainingState
  let training: TrainingOptions
  let configuration: Configuration
  /// The network for the shapes of the rows.
  let network: Network
  /// How columns are prepared; nil for a model that takes tensors only.
  let preprocessing: Preprocessing?
  let rows: RunRows

  /// Reads file and rows.
  ///
  /// - Parameters:
  ///   - path: the model file.
  ///   - options: what is asked; its own path is not looked at.
  ///   - onNote: told what was noticed, one line each.
  /// - Throws: `ModelFileError` when the file holds no run that can go on, ``FileError`` when rows
  ///   have changed, ``ConfigurationError`` for an option that cannot change.
  init(
    reading path: String, options: Resumption.Options, onNote: (String) throws -> Void
  ) throws {
    let file = try ModelFile(checking: path, onNote: onNote)
    model = try file.model()
    guard let state = model.trainingState, let record = model.training,
      let fingerprint = model.provenance.data
    else { throw ModelFileError(path, "holds no training run that could go on") }
    guard state.progress.end == nil else {
      throw ModelFileError(
        path,
        "its run has ended at epoch \(state.progress.epoch); train further with: "
          + "nnmodel finetune ROWS.csv -m \(path)")
    }
    self.state = state
    preprocessing = model.preprocessing
    try ResumableRun.compare(record.environment, onNote: onNote)

    let stored = try model.storedConfiguration()
    var located = stored
    if let validation = options.validation, stored.validation != nil {
      located.validation = validation
    }
    let data = options.data ?? fingerprint.path
    guard let preprocessing, !ArrayRows.areFor(file, path: data) else {
      let names = stored.arrayTargets
      let source = try ArrayRows(data, for: file, loss: nil, names: names)
      try ResumableRun.check(source.fingerprint, expected: fingerprint, options, onNote: onNote)
      let split = source.split(
        share: stored.validation == nil ? stored.validationSplit : 0, seed: stored.seed)
      (configuration, training) = try ResumableRun.changed(
        stored, record.options, by: options.overrides, onNote: onNote
      ) { try $0.resolved(for: source.targets, rowCount: split.training.count) }
      network = source.network
      rows = try source.rows(split, validation: located.validation, names: names)
      try check(path, options: options, onNote: onNote)
      return
    }
    network = model.network
    let source = try TrainingTable(
      data, csv: stored.csvOptions,
      kinds: preprocessing.columnKinds.merging(
        stored.columns.compactMapValues { $0.kind }
      ) { _, asked in asked },
      unreadable: stored.unreadable)
    try ResumableRun.check(source.fingerprint, expected: fingerprint, options, onNote: onNote)
    let split =
      model.provenance.parent == nil
      ? try stored.split(source.table, targets: preprocessing.targetColumns)
      : try stored.split(source.table, preprocessing: preprocessing)
    (configuration, training) = try ResumableRun.changed(
      stored, record.options, by: options.overrides, onNote: onNote
    ) { try $0.resolved(for: preprocessing, rowCount: split.training.count) }
    rows = try RunRows(
      source, split: split, preprocessing: preprocessing, configuration: located,
      losses: training.outputLosses, onNote: { _ in })
    try check(path, options: options, onNote: onNote)
  }

  /// Checks that epochs are left, and that the rows to judge by are those of before.
  private func check(
    _ path: String, options: Resumption.Options, onNote: (String) throws -> Void
  ) throws {
    guard training.epochs > state.progress.epoch else {
      throw ConfigurationError.option(
        "epochs",
        problem: "expected more than the \(state.progress.epoch) that are done, found "
          + "\(training.epochs)")
    }
    if let found = rows.validationFingerprint, let expected = model.provenance.validationData {
      try ResumableRun.check(found, expected: expected, options, onNote: onNote)
    }
  }

  /// A trainer that stands where the run stopped.
  func trainer() throws -> Trainer {
    try Trainer(
      network, options: training, data: rows.training, validation: rows.validation,
      scoring: .of(rows.targets), from: state)
  }
}

// MARK: - What may differ

extension ResumableRun {
  /// Options that can change in the middle of a run. All others decide the network, the rows or
  /// what the stored state means.
  static let changeableOptions: Set<String> = [
    "class_weights", "l1", "l2", "learning_rate", "momentum", "weight_decay", "clip_norm",
    "clip_value", "schedule", "schedule_unit", "warmup", "epochs", "patience", "threads",
    "checkpoint_every", "checkpoint_minutes",
  ]

  /// Says what the bits of a run depend on and has changed.
  private static func compare(
    _ then: ExecutionEnvironment?, onNote: (String) throws -> Void
  ) throws {
    let now = ExecutionEnvironment.current(program: ProgramVersion.name)
    let differences = then?.differences(from: now) ?? []
    guard !differences.isEmpty else { return }
    try onNote(
      "the run goes on, but its bits may differ from those of an unbroken one, for what they depend "
        + "on has changed: \(differences.joined(separator: "; "))")
  }

  /// Refuses rows that are not those the run began with, unless they are asked for.
  private static func check(
    _ found: DataFingerprint, expected: DataFingerprint, _ options: Resumption.Options,
    onNote: (String) throws -> Void
  ) throws {
    guard found.sha256 != expected.sha256 else { return }
    guard options.acceptsChangedData else {
      throw FileError(
        found.path,
        "has changed since training began: expected \(expected.rowCount) rows with SHA-256 "
          + "\(expected.sha256.prefix(12))…, found \(found.rowCount) with "
          + "\(found.sha256.prefix(12))…; --accept-changed-data goes on all the same")
    }
    try onNote("\(found.path) has changed since training began")
  }

  /// The options with what is to change, each change told.
  private static func changed(
    _ stored: Configuration, _ training: TrainingOptions,
    by overrides: [(name: String, value: ConfigurationValue)],
    onNote: (String) throws -> Void,
    resolving resolve: (Configuration) throws -> (Configuration, TrainingOptions)
  ) throws -> (Configuration, TrainingOptions) {
    guard !overrides.isEmpty else { return (stored, training) }
    for (name, _) in overrides {
      let option = try ConfigurationOption.named(name)
      guard changeableOptions.contains(option.name) else {
        throw ConfigurationError.option(
          option.name,
          problem: "cannot change in the middle of a run; nnmodel finetune begins a new one")
      }
    }
    var asked = stored
    try asked.set(overrides)
    let (resolved, options) = try resolve(asked)
    for option in ConfigurationOption.all {
      let (before, after) = (option.get(stored).yaml, option.get(resolved).yaml)
      if before != after { try onNote("\(option.name) changes from \(before) to \(after)") }
    }
    return (resolved, options)
  }
}
