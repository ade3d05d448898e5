import Networks
import Tensors

/// Everything a run needs to go on exactly where it stopped, taken between two steps.
public struct TrainingState: Sendable {
  /// Where the run stands.
  public var progress: TrainingProgress

  /// What every finished epoch measured.
  public var history: [EpochRecord]

  /// The parameters and the optimizer as the last step left them.
  public var current: TrainingSnapshot

  /// Those of the best epoch so far; nil while there is none, or nothing to judge by.
  public var best: TrainingSnapshot?

  /// The state of a run that has stopped or not yet begun.
  public init(
    progress: TrainingProgress, history: [EpochRecord], current: TrainingSnapshot,
    best: TrainingSnapshot?
  ) {
    self.progress = progress
    self.history = history
    self.current = current
    self.best = best
  }

  /// The state at the start of a run.
  public init(startingFrom snapshot: TrainingSnapshot) {
    self.init(progress: TrainingProgress(), history: [], current: snapshot, best: nil)
  }

  /// What predictions should use, and what further training starts from: the best epoch, or the
  /// last step where none is judged.
  public var chosen: TrainingSnapshot { best ?? current }
}

/// Parameters, and what the optimizer knows about them.
public struct TrainingSnapshot: Sendable {
  /// The parameters.
  public var parameters: Parameters

  /// The optimizer's slots by name, each laid out like the trainable parameters; none before the
  /// first step.
  package var slots: [(name: String, values: Tensor)]

  /// The steps that the optimizer has taken, over all runs that led here.
  public var optimizerStep: Int

  /// Parameters at the start of their training.
  public init(_ parameters: Parameters) {
    self.init(parameters, slots: [], optimizerStep: 0)
  }

  package init(
    _ parameters: Parameters, slots: [(name: String, values: Tensor)], optimizerStep: Int
  ) {
    self.parameters = parameters
    self.slots = slots
    self.optimizerStep = optimizerStep
  }
}

/// Where a run stands. Random numbers need nothing here: they are functions of seed and step.
public struct TrainingProgress: Codable, Hashable, Sendable {
  /// Steps done.
  public var step = 0

  /// Epochs done.
  public var epoch = 0

  /// Batches done of the epoch under way.
  public var batch = 0

  /// How many batches an epoch has; nil where the run has not begun.
  public var stepsPerEpoch: Int?

  /// The sum of the losses of the epoch under way, and of their weights.
  public var lossSum = 0.0
  public var lossWeight = 0.0

  /// The norm of the last gradient that was measured, before clipping; nil before the first.
  public var gradientNorm: Double?

  /// What a plateau schedule has seen.
  public var plateau = PlateauState()

  /// The smallest validation loss so far, the epoch it came from (from 1), and the epochs since.
  public var bestLoss: Double?
  public var bestEpoch: Int?
  public var epochsWithoutImprovement = 0

  /// Why the run ended; nil while it can go on.
  public var end: TrainingEnd?

  /// The start of a run.
  public init() {}

  private enum CodingKeys: String, CodingKey {
    case step, epoch, batch
    case stepsPerEpoch = "steps_per_epoch"
    case lossSum = "loss_sum"
    case lossWeight = "loss_weight"
    case gradientNorm = "gradient_norm"
    case plateau
    case bestLoss = "best_loss"
    case bestEpoch = "best_epoch"
    case epochsWithoutImprovement = "epochs_without_improvement"
    case end
  }

  /// Reads where a run stands.
  ///
  /// - Throws: `DecodingError` when a count is negative or too large.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func count(_ key: CodingKeys) throws -> Int { try container.decodeStepCount(forKey: key) }
    step = try count(.step)
    epoch = try count(.epoch)
    batch = try count(.batch)
    stepsPerEpoch = container.contains(.stepsPerEpoch) ? try count(.stepsPerEpoch) : nil
    lossSum = try container.decode(Double.self, forKey: .lossSum)
    lossWeight = try container.decode(Double.self, forKey: .lossWeight)
    gradientNorm = try container.decodeIfPresent(Double.self, forKey: .gradientNorm)
    plateau = try container.decode(PlateauState.self, forKey: .plateau)
    bestLoss = try container.decodeIfPresent(Double.self, forKey: .bestLoss)
    bestEpoch = try container.decodeIfPresent(Int.self, forKey: .bestEpoch)
    epochsWithoutImprovement = try count(.epochsWithoutImprovement)
    end = try container.decodeIfPresent(TrainingEnd.self, forKey: .end)
  }
}

extension KeyedDecodingContainer {
  /// Reads a count of steps, of epochs, or of what happens once in one of them.
  ///
  /// - Throws: `DecodingError` when it is negative or so large that further steps might overflow.
  package func decodeStepCount(forKey key: Key) throws -> Int {
    let value = try decode(Int.self, forKey: key)
    guard (0...1 << 48).contains(value) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "expected 0 to 2^48, found \(value)")
    }
    return value
  }
}

/// Why a run ended.
public enum TrainingEnd: String, Codable, Hashable, Sendable {
  /// All epochs are done.
  case finished
  /// The validation loss has not improved for as long as patience allows.
  case stoppedEarly = "stopped_early"
}

/// What one epoch measured.
public struct EpochRecord: Codable, Hashable, Sendable {
  /// The epoch, from 1.
  public var epoch: Int

  /// Steps done at its end.
  public var step: Int

  /// The mean loss over the epoch's batches, penalties among it.
  public var trainingLoss: Double

  /// The mean loss over the validation rows, without penalties; nil without validation.
  public var validationLoss: Double?

  /// Further measures over the validation rows, by name.
  public var scores: [String: Double]

  /// The learning rate of the epoch's last step.
  public var learningRate: Double

  /// The norm of the gradient of the epoch's last step, before clipping.
  public var gradientNorm: Double

  /// The measures of an epoch.
  public init(
    epoch: Int, step: Int, trainingLoss: Double, validationLoss: Double?,
    scores: [String: Double], learningRate: Double, gradientNorm: Double
  ) {
    self.epoch = epoch
    self.step = step
    self.trainingLoss = trainingLoss
    self.validationLoss = validationLoss
    self.scores = scores
    self.learningRate = learningRate
    self.gradientNorm = gradientNorm
  }

  private enum CodingKeys: String, CodingKey {
    case epoch, step
    case trainingLoss = "training_loss"
    case validationLoss = "validation_loss"
    case scores
    case learningRate = "learning_rate"
    case gradientNorm = "gradient_norm"
  }
}

/// What a trainer tells while it runs.
public enum TrainingEvent: Sendable {
  /// A step was done.
  case step(TrainingProgress, stepsPerEpoch: Int, loss: Double)
  /// An epoch was done; whether it was the best so far.
  case epoch(EpochRecord, isBest: Bool)
  /// The run ended by itself.
  case ended(TrainingEnd, progress: TrainingProgress)
}
