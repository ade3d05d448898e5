import Datasets
import Foundation
import ModelFiles
import Networks
import Tensors
import Training

/// A run of the trainer that ends in a model file: what training, fine-tuning and going on share.
struct TrainingRun {
  var trainer: Trainer
  /// How columns are prepared; nil for a model that takes tensors only.
  var preprocessing: Preprocessing?
  var configuration: Configuration
  var rows: RunRows
  var provenance: Provenance
  /// What other programs keep in the model that the run goes on from.
  var extensions: [ModelExtension] = []
  /// Where the file goes.
  var output: String

  /// Trains to the end, or until `shouldStop` says so, and writes the file.
  ///
  /// Checkpoints are written behind its back. One that fails is told, and training goes on: the
  /// checkpoint before it is still there, and the next may succeed.
  ///
  /// - Throws: what the trainer throws, and ``ModelFileError`` when the file cannot be written.
  func run(
    until shouldStop: () -> Bool, onEvent: (ModelTrainingEvent) throws -> Void
  ) throws -> ModelTrainingResult {
    let clock = ContinuousClock()
    let start = clock.now
    let writer = CheckpointWriter(output: output)
    defer { writer.wait() }
    var calendar = CheckpointCalendar(configuration, step: trainer.progress.step, now: start)
    var lastFailure: String?
    let configurationText = try CanonicalJSON.text(of: configuration.values)
    try onEvent(
      .prepared(ModelTrainingSummary(trainer, preprocessing: preprocessing, rows: rows)))
    let end = try trainer.run {
      switch writer.takeOutcome() {
      case .written?:
        lastFailure = nil
        try onEvent(.checkpoint(path: output))
      case .failed(let error)?:
        // Said once, however often it happens.
        if lastFailure != "\(error)" {
          try onEvent(.note("no checkpoint could be written: \(error); training goes on"))
        }
        lastFailure = "\(error)"
      case nil: break
      }
      let step = trainer.progress.step
      if calendar.isDue(at: step, now: clock.now), writer.isIdle {
        writer.begin(model(configurationText))
        calendar.note(step: step, now: clock.now)
      }
      return shouldStop()
    } onEvent: {
      try onEvent(.training($0))
    }
    try writer.finish(model(configurationText))
    return ModelTrainingResult(
      output: output, isInterrupted: end == nil, trainer: trainer,
      seconds: (clock.now - start) / .seconds(1))
  }

  /// The model as the run stands.
  private func model(_ configurationText: String) -> Model {
    Model(
      network: trainer.network, options: trainer.options, state: trainer.state(),
      preprocessing: preprocessing, configuration: configurationText, provenance: provenance,
      extensions: extensions)
  }
}

/// When checkpoints are due.
private struct CheckpointCalendar {
  private let every: Int?
  private let interval: Duration?
  private var lastStep: Int
  private var lastTime: ContinuousClock.Instant

  init(_ configuration: Configuration, step: Int, now: ContinuousClock.Instant) {
    every = configuration.checkpointEvery
    interval =
      configuration.checkpointMinutes > 0
      ? .seconds(60 * configuration.checkpointMinutes) : nil
    lastStep = step
    lastTime = now
  }

  /// Whether a multiple of the asked steps, or the asked time, has gone by since the last one.
  func isDue(at step: Int, now: ContinuousClock.Instant) -> Bool {
    every.map { step / $0 > lastStep / $0 } ?? false
      || interval.map { now - lastTime > $0 } ?? false
  }

  /// Takes note of a checkpoint.
  mutating func note(step: Int, now: ContinuousClock.Instant) {
    lastStep = step
    lastTime = now
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
  /// What is learned; several names with commas between them.
  public var target: String
  /// How many targets there are.
  public var targetCount: Int
  /// The classes, for classification.
  public var classes: [String]?
  /// Rows to learn from.
  public var trainingRows: Int
  /// Rows to judge by.
  public var validationRows: Int
  /// Columns that are used; nil for a model that takes tensors only.
  public var columnCount: Int?
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
    case targetCount = "targets"
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
