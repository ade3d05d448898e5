import Datasets
import Layers
import Training

/// Everything that can be asked of `train`, with its usual values.
///
/// Each property is one option of ``ConfigurationOption/all``: a flag of the tool, a key of the
/// YAML file, and an entry of the configuration that a model file keeps.
public struct Configuration: Sendable {
  // The table.
  /// The column to predict, or several with commas between them.
  public var target: String?
  /// What kind of prediction it is; found from the target's values when nil.
  public var task: LearningTask?
  /// The character between fields; found from the file when nil.
  public var delimiter: CSVOptions.Delimiter?
  /// Whether the first row names the columns; found from the file when nil.
  public var hasHeader: Bool?
  /// What stands before the fraction of a number; found from the file when nil.
  public var decimalMark: CSVOptions.DecimalMark?
  /// Columns that are not looked at.
  public var ignore: [String] = []
  /// How numbers are scaled.
  public var scaling = Scaling.standard
  /// How the target of a regression is scaled.
  public var targetScaling = Scaling.standard
  /// How categories become numbers.
  public var encoding = CategoryEncoding.oneHot
  /// What replaces a missing number.
  public var missing = FillPolicy.mean
  /// What happens to a category that training did not see.
  public var unknown = ValuePolicy.missing
  /// What happens when a table to predict lacks a column.
  public var missingColumn = ValuePolicy.error
  /// What happens to text, infinities and too large numbers among numbers.
  public var unreadable = ValuePolicy.error
  /// Options of single columns, by name.
  public var columns: [String: ColumnOptions] = [:]
  /// Columns that are an input of their own together.
  public var inputs: [BlockOptions] = []
  /// The share of the rows that is held out.
  public var validationSplit = 0.2
  /// A table of its own for validation, in place of held-out rows.
  public var validation: String?

  // The network.
  /// The network in words; made of ``hidden`` and what stands with it when nil.
  public var network: NetworkDescription?
  /// Where the options stand in a configuration file, for messages; not kept in model files.
  var places: ConfigurationPlaces?
  /// The number of units of each hidden layer.
  public var hidden: [Int] = [128, 64]
  /// What follows each hidden layer.
  public var activation: ActivationFunction = .relu
  /// The share of hidden units dropped in training.
  public var dropout = 0.1
  /// Whether hidden layers are batch-normalised.
  public var batchNorm = false
  /// How kernels start; as suits the activation when nil.
  public var initializer: Initializer?

  // Training.
  /// What is made small; as suits the task when nil.
  public var loss: Specification?
  /// What is made small for single targets where there are several.
  public var losses: [String: Specification] = [:]
  /// What the losses of single targets count; 1 where nothing is said.
  public var lossWeights: [String: Double] = [:]
  /// How parameters follow gradients.
  public var optimizer = Specification("adamw")
  /// The learning rate; the optimizer's usual one when nil.
  public var learningRate: Double?
  /// The optimizer's momentum; its usual one when nil.
  public var momentum: Double?
  /// The optimizer's weight decay; its usual one when nil.
  public var weightDecay: Double?
  /// The weight of the magnitudes of kernels in the loss.
  public var l1 = 0.0
  /// The weight of the squares of kernels in the loss.
  public var l2 = 0.0
  /// The largest norm of a gradient.
  public var clipNorm: Double?
  /// The largest element of a gradient.
  public var clipValue: Double?
  /// How the learning rate changes.
  public var schedule = Specification("cosine")
  /// What the schedule counts; as suits the schedule when nil.
  public var scheduleUnit: ScheduleUnit?
  /// The rise of the learning rate at the start.
  public var warmUp = WarmUp.share(0.05)
  /// How often every row is seen, at most.
  public var epochs = 100
  /// How many rows make a step; as suits the number of rows when nil, all for gradient descent.
  public var batchSize: Int?
  /// Epochs without progress after which training stops; nil: never.
  public var patience: Int? = 20
  /// The weights of classes in the loss.
  public var classWeights = ClassWeighting.none
  /// From which everything random is drawn.
  public var seed: UInt64 = 0
  /// How many threads work on a batch; all processors when nil.
  public var threads: Int?
  /// After how many steps a checkpoint is written; by time alone when nil.
  public var checkpointEvery: Int?
  /// After how many minutes a checkpoint is written.
  public var checkpointMinutes = 5.0

  /// The usual configuration.
  public init() {}
}

/// The weights of classes in the loss.
public enum ClassWeighting: Hashable, Sendable {
  /// Every row weighs the same.
  case none
  /// Every class weighs the same: n / (k · n_c).
  case balanced
  /// As given, in the order of the classes.
  case weights([Double])
}
