import Datasets
import Foundation
import ModelFiles
import Networks
import Tensors
import Training

/// A run of the trainer that ends in a model file: what training, fine-tuning and going on share.
struct TrainingRun {
  var trainer: Trainer
  var preprocessing: Preprocessing
  var configuration: Configuration
  var rows: RunRows
  var provenance: Provenance
  /// Where the file goes.
  var output: String

  /// Trains to the end, or until `shouldStop` says so, and writes the file.
  ///
  /// - Throws: what the trainer throws, and ``ModelFileError`` when the file cannot be written.
  func run(
    until shouldStop: () -> Bool, onEvent: (ModelTrainingEvent) throws -> Void
  ) throws -> ModelTrainingResult {
    let clock = ContinuousClock()
    let start = clock.now
    var lastCheckpoint = start
    try onEvent(
      .prepared(ModelTrainingSummary(trainer, preprocessing: preprocessing, rows: rows)))
    let end = try trainer.run(until: shouldStop) { event in
      try onEvent(.training(event))
      guard case .step(let progress, _, _) = event else { return }
      if isCheckpoint(progress.step, since: clock.now - lastCheckpoint) {
        try write()
        lastCheckpoint = clock.now
        try onEvent(.checkpoint(path: output))
      }
    }
    try write()
    return ModelTrainingResult(
      output: output, isInterrupted: end == nil, trainer: trainer,
      seconds: (clock.now - start) / .seconds(1))
  }

  private func isCheckpoint(_ step: Int, since elapsed: Duration) -> Bool {
    if let every = configuration.checkpointEvery, step % every == 0 { return true }
    return configuration.checkpointMinutes > 0
      && elapsed > .seconds(60 * configuration.checkpointMinutes)
  }

  private func write() throws {
    let written = Model(
      network: trainer.network, options: trainer.options, state: trainer.state(),
      preprocessing: preprocessing,
      configuration: try CanonicalJSON.text(of: configuration.values), provenance: provenance)
    try written.write(to: output)
  }
}

/// What happens while a model is trained.
public enum ModelTrainingEvent: Sendable {
  /// Something to tell the user, in one line.
  case note(String)
  /// Everything is read and checked, training begins.
  case prepared(ModelTrainingSummary)
  /// A step, an epoch, the end.
  case training(TrainingEvent)
  /// A checkpoint was written.
  case checkpoint(path: String)
}

/// What is about to be trained.
public struct ModelTrainingSummary: Encodable, Hashable, Sendable {
  /// The kind of prediction.
  public var task: LearningTask
  /// The column that is learned.
  public var target: String
  /// The classes, for classification.
  public var classes: [String]?
  /// Rows to learn from.
  public var trainingRows: Int
  /// Rows to judge by.
  public var validationRows: Int
  /// Columns that are used.
  public var columnCount: Int
  /// The sizes from input to output, as in `20-128-64-4`.
  public var layers: String
  /// The number of trainable parameters.
  public var parameterCount: Int
  /// The optimizer's name.
  public var optimizer: String
  /// The learning rate before the schedule.
  public var learningRate: Double
  /// The largest number of epochs.
  public var epochs: Int
  /// Steps in an epoch.
  public var stepsPerEpoch: Int
  /// The epoch at which the run begins: more than 0 where it goes on.
  public var firstEpoch: Int

  private enum CodingKeys: String, CodingKey {
    case task, target, classes
    case trainingRows = "training_rows"
    case validationRows = "validation_rows"
    case columnCount = "columns"
    case layers
    case parameterCount = "parameters"
    case optimizer
    case learningRate = "learning_rate"
    case epochs
    case stepsPerEpoch = "steps_per_epoch"
    case firstEpoch = "first_epoch"
  }
}

/// What became of a run.
public struct ModelTrainingResult: Encodable, Hashable, Sendable {
  /// The file that was written.
  public var output: String
  /// Whether the run was stopped and can go on.
  public var isInterrupted: Bool
  /// Why the run ended; nil when it was stopped.
  public var end: TrainingEnd?
  /// Epochs done.
  public var epochs: Int
  /// Steps done.
  public var steps: Int
  /// The epoch whose weights predictions use: 0 for those it began with, nil for the last ones.
  public var bestEpoch: Int?
  /// What the best epoch measured.
  public var best: EpochRecord?
  /// What the last epoch measured.
  public var last: EpochRecord?
  /// What the curves say about the run; nil when there is nothing to say.
  public var diagnosis: Diagnosis?
  /// How long training took.
  public var seconds: Double

  private enum CodingKeys: String, CodingKey {
    case output
    case isInterrupted = "interrupted"
    case end, epochs, steps
    case bestEpoch = "best_epoch"
    case best, last, diagnosis, seconds
  }

  init(output: String, isInterrupted: Bool, trainer: Trainer, seconds: Double) {
    self.output = output
    self.isInterrupted = isInterrupted
    self.seconds = seconds
    let progress = trainer.progress
    end = progress.end
    epochs = progress.epoch
    steps = progress.step
    bestEpoch = progress.bestEpoch
    best = trainer.history.first { $0.epoch == progress.bestEpoch }
    last = trainer.history.last
    diagnosis = Diagnosis(history: trainer.history, end: progress.end)
  }
}
