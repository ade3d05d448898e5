import Datasets
import Foundation
import ModelFiles
import Networks
import Training

/// Trains a model further on new rows, from its weights and, unless told otherwise, its optimizer.
public enum FineTuning {
  /// What is asked.
  public struct Options: Sendable {
    /// The new rows.
    public var table: String
    /// The model to start from.
    public var model: String
    /// Where the new model goes.
    public var output: String
    /// Options that differ from those the model was trained with.
    public var overrides: [(name: String, value: ConfigurationValue)]
    /// Whether the optimizer begins anew.
    public var resetsOptimizer: Bool
    /// The command line, for the model's provenance.
    public var commandLine: [String]

    /// Options of fine-tuning.
    public init(
      table: String, model: String = "model.h5", output: String = "tuned.h5",
      overrides: [(name: String, value: ConfigurationValue)] = [],
      resetsOptimizer: Bool = false, commandLine: [String] = []
    ) {
      self.table = table
      self.model = model
      self.output = output
      self.overrides = overrides
      self.resetsOptimizer = resetsOptimizer
      self.commandLine = commandLine
    }
  }

  /// Options that belong to the network and the columns, which fine-tuning does not change.
  static let fixedOptions: Set<String> = [
    "target", "task", "input", "network", "hidden", "activation", "dropout", "batch_norm", "init",
    "scaling",
    "target_scaling", "encoding", "missing", "columns", "ignore",
  ]

  /// Trains further and writes the new file. The columns are prepared exactly as they were.
  ///
  /// The weights the model came with stand as the best until an epoch betters them.
  ///
  /// - Throws: as ``ModelTraining/run(_:until:onEvent:)``.
  public static func run(
    _ options: Options, until shouldStop: () -> Bool = { false },
    onEvent: (ModelTrainingEvent) throws -> Void = { _ in }
  ) throws -> ModelTrainingResult {
    let file = try ModelFile(checking: options.model) { try onEvent(.note($0)) }
    let parent = try file.model()
    let takesArrays = ArrayRows.areFor(file, path: options.table)
    let configuration = try self.configuration(
      of: parent, options: options,
      fixed: takesArrays ? fixedOptions.subtracting(["target"]) : fixedOptions)
    try OutputPlace.check(options.output, reading: [options.table, configuration.validation])
    let lock = try RunLock(options.output)
    defer { withExtendedLifetime(lock) {} }
    if let note = lock.note { try onEvent(.note(note)) }
    let provenance = Provenance(
      commandLine: options.commandLine,
      parent: Parent(
        name: URL(fileURLWithPath: options.model).lastPathComponent, identity: file.identity))
    guard !takesArrays, let preprocessing = parent.preprocessing else {
      return try run(
        options, file: file, parent: parent, configuration: configuration, provenance: provenance,
        until: shouldStop, onEvent: onEvent)
    }
    let source = try TrainingTable(
      options.table, csv: configuration.csvOptions, kinds: preprocessing.columnKinds,
      unreadable: configuration.unreadable)
    for note in source.table.notes { try onEvent(.note("\(options.table): \(note)")) }
    let split = try configuration.split(source.table, preprocessing: preprocessing)
    let (resolved, training) = try configuration.resolved(
      for: preprocessing, rowCount: split.training.count)
    try checkOutputs(of: parent.network, fit: training.outputLosses, preprocessing)
    let rows = try RunRows(
      source, split: split, preprocessing: preprocessing, configuration: resolved,
      losses: training.outputLosses, onNote: { try onEvent(.note($0)) })

    return try run(
      options, parent: parent, network: parent.network, configuration: resolved,
      training: training, rows: rows, data: source.fingerprint, provenance: provenance,
      until: shouldStop, onEvent: onEvent)
  }

  /// Trains further on arrays, or on a table of what the network takes.
  private static func run(
    _ options: Options, file: ModelFile, parent: Model, configuration: Configuration,
    provenance: Provenance, until shouldStop: () -> Bool,
    onEvent: (ModelTrainingEvent) throws -> Void
  ) throws -> ModelTrainingResult {
    let asked = Set(options.overrides.map { $0.name })
    let names = asked.contains("target") ? configuration.arrayTargets : nil
    let source = try ArrayRows(
      options.table, for: file,
      loss: asked.contains("loss") ? configuration.loss?.makeLoss() : nil, names: names)
    for note in source.notes { try onEvent(.note("\(options.table): \(note)")) }
    let split = source.split(
      share: configuration.validation == nil ? configuration.validationSplit : 0,
      seed: configuration.seed)
    var completed = source.completing(configuration)
    completed.target = names?.joined(separator: ",")
    let (resolved, training) = try completed.resolved(
      for: source.targets, rowCount: split.training.count)
    let rows = try source.rows(split, validation: resolved.validation, names: names)
    return try run(
      options, parent: parent, network: source.network, configuration: resolved,
      training: training, rows: rows, data: source.fingerprint, provenance: provenance,
      until: shouldStop, onEvent: onEvent)
  }

  private static func run(
    _ options: Options, parent: Model, network: Network, configuration: Configuration,
    training: TrainingOptions, rows: RunRows, data: DataFingerprint, provenance: Provenance,
    until shouldStop: () -> Bool, onEvent: (ModelTrainingEvent) throws -> Void
  ) throws -> ModelTrainingResult {
    let start = try startingSnapshot(of: parent, options: options, training: training, onEvent)
    let trainer = try Trainer(
      network, options: training, data: rows.training, validation: rows.validation,
      scoring: .of(rows.targets), from: TrainingState(startingFrom: start))
    try trainer.judgeStart()
    var provenance = provenance
    provenance.data = data
    provenance.validationData = rows.validationFingerprint
    return try TrainingRun(
      trainer: trainer, preprocessing: parent.preprocessing, configuration: configuration,
      rows: rows, provenance: provenance, extensions: parent.extensions, output: options.output
    ).run(until: shouldStop, onEvent: onEvent)
  }

  private static func configuration(
    of parent: Model, options: Options, fixed: Set<String>
  ) throws -> Configuration {
    var configuration = try parent.storedConfiguration()
    for (name, _) in options.overrides {
      let option = try ConfigurationOption.named(name)
      guard !fixed.contains(option.name) else {
        throw ConfigurationError.option(
          option.name, problem: "belongs to the model and cannot be changed by fine-tuning")
      }
    }
    // Whatever was decided by the rows and the optimizer of then is decided anew where asked.
    configuration.validation = nil
    let names = Set(options.overrides.map { $0.name })
    if names.contains("optimizer") {
      configuration.learningRate = nil
      configuration.weightDecay = nil
      configuration.momentum = nil
    }
    try configuration.set(options.overrides)
    return configuration
  }

  private static func startingSnapshot(
    of parent: Model, options: Options, training: TrainingOptions,
    _ onEvent: (ModelTrainingEvent) throws -> Void
  ) throws -> TrainingSnapshot {
    let fresh = TrainingSnapshot(parent.parameters)
    guard !options.resetsOptimizer else { return fresh }
    guard let before = parent.training?.options.optimizer, parent.snapshot.optimizerStep > 0 else {
      return fresh
    }
    guard before.kind == training.optimizer.kind, before.slots == training.optimizer.slots else {
      try onEvent(
        .note(
          "the optimizer begins anew: '\(training.optimizer.kind)' cannot go on from the state of "
            + "'\(before.kind)'"))
      return fresh
    }
    return parent.snapshot
  }

  private static func checkOutputs(
    of network: Network, fit losses: [OutputLoss], _ preprocessing: Preprocessing
  ) throws {
    for (index, (target, part)) in zip(preprocessing.targets, losses).enumerated() {
      let name = index < network.outputs.count ? network.outputs[index] : ""
      let width = network.values[name]?.shape.count
      let needed = target.outputCount(for: part.loss)
      guard width == needed else {
        throw ConfigurationError.option(
          "loss",
          problem: "'\(part.loss.kind)' needs \(needed) output(s), the model has \(width ?? 0)")
      }
    }
  }
}

extension Configuration {
  /// Which rows of a table with known classes are held out.
  func split(_ table: Table, preprocessing: Preprocessing) throws -> Split {
    let share = validation == nil ? validationSplit : 0
    guard let index = preprocessing.targets.firstIndex(where: { $0.task == .classification }),
      let targets = try preprocessing.encode(table).targets?[index]
    else { return Split.random(count: table.rowCount, share: share, seed: seed) }
    return Split.stratified(labels: targets.elements(), share: share, seed: seed)
  }
}

extension Configuration {
  /// The arrays that are learned.
  var arrayTargets: [String]? { target.map { $0.split(separator: ",").map(String.init) } }
}

extension Model {
  /// The configuration that the model was trained with; the one that leads to its options where none
  /// is kept, or the usual one.
  func storedConfiguration() throws -> Configuration {
    guard let configuration else {
      return training.map { Configuration(of: $0.options) } ?? Configuration()
    }
    return try Configuration(
      values: CanonicalJSON.value(ConfigurationValue.self, from: configuration))
  }
}

extension ModelFile {
  /// Opens a file from which training goes on: every digest is checked.
  ///
  /// - Parameter onNote: told what was noticed, one line each.
  /// - Throws: `ModelFileError`.
  convenience init(checking path: String, onNote: (String) throws -> Void) throws {
    try self.init(reading: path)
    for note in notes { try onNote(note) }
    try checkDigests()
  }
}
