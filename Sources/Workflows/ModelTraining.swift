import Datasets
import Foundation
import Layers
import ModelFiles
import Networks
import Tensors
import Training

/// Trains a new model on a table and writes it to a file.
public enum ModelTraining {
  /// What is asked.
  public struct Options: Sendable {
    /// The table to learn from.
    public var table: String
    /// Everything else that can be asked.
    public var configuration: Configuration
    /// Where the model goes.
    public var output: String
    /// The command line, for the model's provenance.
    public var commandLine: [String]

    /// Options of training.
    public init(
      table: String, configuration: Configuration, output: String = "model.h5",
      commandLine: [String] = []
    ) {
      self.table = table
      self.configuration = configuration
      self.output = output
      self.commandLine = commandLine
    }
  }

  /// Reads the table, fits the preprocessing on the training rows, trains and writes the file.
  ///
  /// - Parameters:
  ///   - options: what is asked.
  ///   - shouldStop: asked after every step; when true, what is done is written and can go on.
  ///   - onEvent: told what happens.
  /// - Throws: `TableError`, ``ConfigurationError``, `NetworkError`, `TrainingError` or
  ///   `ModelFileError`; the file that was there before is then untouched.
  public static func run(
    _ options: Options, until shouldStop: () -> Bool = { false },
    onEvent: (ModelTrainingEvent) throws -> Void = { _ in }
  ) throws -> ModelTrainingResult {
    let configuration = options.configuration
    guard configuration.target != nil else {
      throw ConfigurationError.conflict("no target: say which column to predict with --target")
    }
    try OutputPlace.check(options.output, reading: [options.table, configuration.validation])
    let lock = try RunLock(options.output)
    defer { withExtendedLifetime(lock) {} }
    if let note = lock.note { try onEvent(.note(note)) }
    let source = try TrainingTable(
      options.table, csv: configuration.csvOptions,
      kinds: configuration.columns.compactMapValues { $0.kind },
      unreadable: configuration.unreadable)
    for note in source.table.notes { try onEvent(.note("\(options.table): \(note)")) }
    let targets = try configuration.targetNames(in: source.table)
    let split = try configuration.split(source.table, targets: targets)
    let preprocessing = try Preprocessing(
      fitting: source.table, rows: split.training, targets: targets,
      options: configuration.preprocessingOptions)
    for ignored in preprocessing.ignored where ignored.reason != .asked {
      try onEvent(.note("column '\(ignored.name)' is not used: \(ignored.reason.words)"))
    }
    let (resolved, training) = try configuration.resolved(
      for: preprocessing, rowCount: split.training.count)
    let network = try Network.of(
      resolved, for: preprocessing, losses: training.outputLosses)
    let rows = try RunRows(
      source, split: split, preprocessing: preprocessing, configuration: resolved,
      losses: training.outputLosses, onNote: { try onEvent(.note($0)) })
    let trainer = try Trainer(
      network, options: training, data: rows.training, validation: rows.validation,
      scoring: .of(preprocessing.targets.map { LearnedTarget($0) }))
    return try TrainingRun(
      trainer: trainer, preprocessing: preprocessing, configuration: resolved, rows: rows,
      provenance: Provenance(
        commandLine: options.commandLine, data: source.fingerprint,
        validationData: rows.validationFingerprint),
      output: options.output
    ).run(until: shouldStop, onEvent: onEvent)
  }
}

extension Configuration {
  /// Which rows are learned from and which are held out; none when there is a table for that.
  func split(_ table: Table, targets: [String]) throws -> Split {
    try Split.of(
      table, targets: targets, options: preprocessingOptions,
      share: validation == nil ? validationSplit : 0, seed: seed)
  }
}

/// The rows of a run as tensors.
struct RunRows {
  /// What the outputs learn.
  let targets: [LearnedTarget]
  let training: TrainingData
  let validation: TrainingData?
  let validationFingerprint: DataFingerprint?

  /// Rows that were read already.
  init(
    targets: [LearnedTarget], training: TrainingData, validation: TrainingData?,
    validationFingerprint: DataFingerprint?
  ) {
    self.targets = targets
    self.training = training
    self.validation = validation
    self.validationFingerprint = validationFingerprint
  }

  /// Rows of a table whose columns are prepared.
  init(
    _ source: TrainingTable, split: Split, preprocessing: Preprocessing,
    configuration: Configuration, losses: [OutputLoss], onNote: (String) throws -> Void
  ) throws {
    targets = preprocessing.targets.map { LearnedTarget($0) }
    let encoded = try preprocessing.trainingData(source.table, rows: split.training, losses: losses)
    training = encoded.data
    for line in encoded.report.lines { try onNote(line) }
    if let path = configuration.validation {
      let held = try TrainingTable(
        path, csv: configuration.csvOptions, kinds: preprocessing.columnKinds,
        unreadable: configuration.unreadable)
      let encoded = try preprocessing.trainingData(held.table, losses: losses)
      validation = encoded.data
      validationFingerprint = held.fingerprint
      for line in encoded.report.lines { try onNote("\(path): \(line)") }
    } else if split.validation.isEmpty {
      validation = nil
      validationFingerprint = nil
    } else {
      validation = try preprocessing.trainingData(
        source.table, rows: split.validation, losses: losses
      ).data
      validationFingerprint = nil
    }
  }
}

extension Preprocessing.IgnoredColumn.Reason {
  /// The reason in words.
  public var words: String {
    switch self {
    case .constant: "every row has the same value"
    case .identifier: "nearly every row has a value of its own"
    case .rowNumber: "it counts the rows"
    case .empty: "it has no values"
    case .asked: "it was asked to be left out"
    }
  }
}

extension ModelTrainingSummary {
  init(_ trainer: Trainer, preprocessing: Preprocessing?, rows: RunRows) {
    let network = trainer.network
    let options = trainer.options
    task = rows.targets[0].task
    target = rows.targets.map { $0.name }.joined(separator: ", ")
    targetCount = rows.targets.count
    if rows.targets.count == 1, !rows.targets[0].classes.isEmpty {
      classes = rows.targets[0].classes
    }
    trainingRows = rows.training.rowCount
    validationRows = rows.validation?.rowCount ?? 0
    columnCount = preprocessing.map { preprocessing in
      preprocessing.features.count + preprocessing.blocks.reduce(0) { $0 + $1.columns.count }
    }
    layers = network.sizes
    parameterCount = trainer.parameterCount
    optimizer = options.optimizer.kind
    learningRate = options.optimizer.learningRate
    epochs = options.epochs
    stepsPerEpoch = trainer.stepsPerEpoch
    firstEpoch = trainer.progress.epoch
  }
}

extension Network {
  /// The sizes from input to output, as in `20-128-64-4`; of a network that is no chain of dense
  /// layers how many layers it has.
  fileprivate var sizes: String {
    let weighted = nodes.filter {
      !$0.layer.parameters(for: $0.inputs.compactMap { values[$0] }).isEmpty
    }
    let isPlain = weighted.allSatisfy {
      $0.layer is Dense || $0.layer is BatchNormalization || $0.layer is Embedding
    }
    guard isPlain, inputs.allSatisfy({ $0.shape.rank == 1 }), outputs.count == 1 else {
      return "of \(nodes.count) layers"
    }
    let inputWidth = inputs.reduce(0) { $0 + $1.shape.count }
    let widths = nodes.compactMap { ($0.layer as? Dense)?.units }
    return ([inputWidth] + widths).map { "\($0)" }.joined(separator: "-")
  }
}
