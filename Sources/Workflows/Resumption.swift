import Datasets
import Foundation
import ModelFiles
import Training

/// Goes on with a run that was stopped, exactly where it stopped.
public enum Resumption {
  /// What is asked.
  public struct Options: Sendable {
    /// The file of the stopped run, which is also where the model goes.
    public var model: String
    /// Where the rows are now; where they were when nil.
    public var data: String?
    /// Whether rows that have changed since are taken all the same.
    public var acceptsChangedData: Bool

    /// Options of going on.
    public init(
      model: String = "model.h5", data: String? = nil, acceptsChangedData: Bool = false
    ) {
      self.model = model
      self.data = data
      self.acceptsChangedData = acceptsChangedData
    }
  }

  /// Goes on until the run ends.
  ///
  /// - Throws: `ModelFileError` when the file holds no run that can go on, or when the rows have
  ///   changed; otherwise as ``ModelTraining/run(_:until:onEvent:)``.
  public static func run(
    _ options: Options, until shouldStop: () -> Bool = { false },
    onEvent: (ModelTrainingEvent) throws -> Void = { _ in }
  ) throws -> ModelTrainingResult {
    let model = try ModelFile(checking: options.model) { try onEvent(.note($0)) }.model()
    guard let state = model.trainingState, let training = model.training?.options,
      let preprocessing = model.preprocessing, let fingerprint = model.provenance.data
    else {
      throw ModelFileError(options.model, "holds no training run that could go on")
    }
    guard state.progress.end == nil else {
      throw ModelFileError(
        options.model,
        "its run has ended at epoch \(state.progress.epoch); train further with: "
          + "nnmodel finetune ROWS.csv -m \(options.model)")
    }
    try ReplacingFile.check(options.model)
    let configuration = try model.storedConfiguration()
    let source = try TrainingTable(
      options.data ?? fingerprint.path, csv: configuration.csvOptions,
      kinds: preprocessing.columnKinds.merging(
        configuration.columns.compactMapValues { $0.kind }
      ) { _, asked in asked },
      unreadable: configuration.unreadable)
    if source.fingerprint.sha256 != fingerprint.sha256 {
      guard options.acceptsChangedData else {
        throw FileError(
          source.fingerprint.path,
          "has changed since training began: expected \(fingerprint.rowCount) rows with SHA-256 "
            + "\(fingerprint.sha256.prefix(12))…, found \(source.fingerprint.rowCount) with "
            + "\(source.fingerprint.sha256.prefix(12))…; --accept-changed-data goes on all the same"
        )
      }
      try onEvent(.note("\(source.fingerprint.path) has changed since training began"))
    }
    let split =
      model.provenance.parent == nil
      ? try configuration.split(source.table, target: preprocessing.targetName)
      : try configuration.split(source.table, preprocessing: preprocessing)
    let rows = try RunRows(
      source, split: split, preprocessing: preprocessing, configuration: configuration,
      loss: training.loss, onNote: { _ in })
    let trainer = try Trainer(
      model.network, options: training, data: rows.training, validation: rows.validation,
      scoring: preprocessing.scoring, from: state)
    return try TrainingRun(
      trainer: trainer, preprocessing: preprocessing, configuration: configuration, rows: rows,
      provenance: model.provenance, output: options.model
    ).run(until: shouldStop, onEvent: onEvent)
  }
}
