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
    /// Where the rows to judge by are now, for a run with a table of its own for them.
    public var validation: String?
    /// Whether rows that have changed since are taken all the same.
    public var acceptsChangedData: Bool
    /// Options that are to change from here on.
    public var overrides: [(name: String, value: ConfigurationValue)]

    /// Options of going on.
    public init(
      model: String = "model.h5", data: String? = nil, validation: String? = nil,
      acceptsChangedData: Bool = false,
      overrides: [(name: String, value: ConfigurationValue)] = []
    ) {
      self.model = model
      self.data = data
      self.validation = validation
      self.acceptsChangedData = acceptsChangedData
      self.overrides = overrides
    }
  }

  /// Goes on until the run ends.
  ///
  /// Every digest of the file is checked. Where the file is damaged or gone and the checkpoint
  /// before it is whole, the run goes on from that.
  ///
  /// - Throws: `ModelFileError` when the file holds no run that can go on, ``FileError`` when the
  ///   rows have changed or another run writes to the file; otherwise as
  ///   ``ModelTraining/run(_:until:onEvent:)``.
  public static func run(
    _ options: Options, until shouldStop: () -> Bool = { false },
    onEvent: (ModelTrainingEvent) throws -> Void = { _ in }
  ) throws -> ModelTrainingResult {
    try ReplacingFile.check(options.model)
    let lock = try RunLock(options.model)
    defer { withExtendedLifetime(lock) {} }
    if let note = lock.note { try onEvent(.note(note)) }
    let onNote = { try onEvent(.note($0)) }
    try restoreIfDamaged(options.model, onNote: onNote)
    let run = try ResumableRun(reading: options.model, options: options, onNote: onNote)
    return try TrainingRun(
      trainer: run.trainer(), preprocessing: run.preprocessing, configuration: run.configuration,
      rows: run.rows, provenance: run.model.provenance, extensions: run.model.extensions,
      output: options.model
    ).run(until: shouldStop, onEvent: onEvent)
  }

  /// Puts the checkpoint before the last in the place of a file that is damaged or gone.
  private static func restoreIfDamaged(
    _ path: String, onNote: (String) throws -> Void
  ) throws {
    do {
      try ModelFile(reading: path).checkDigests()
    } catch let error as ModelFileError {
      guard let previous = try? ModelFile(reading: ReplacingFile.previous(of: path)),
        previous.isResumable, (try? previous.checkDigests()) != nil
      else { throw error }
      try ReplacingFile.restorePrevious(of: path)
      try onNote("\(error); going on from the checkpoint before it")
    }
  }
}
