import Catalogs
import Datasets
import Foundation
import Layers
import Networks
import Training

extension Configuration {
  /// How tables are read.
  package var csvOptions: CSVOptions {
    CSVOptions(delimiter: delimiter, hasHeader: hasHeader, decimalMark: decimalMark)
  }

  /// How columns become inputs and targets.
  var preprocessingOptions: PreprocessingOptions {
    var options = PreprocessingOptions()
    options.task = task
    options.scaling = scaling
    options.targetScaling = targetScaling
    options.missing = missing
    options.encoding = encoding
    options.unknown = unknown
    options.missingColumn = missingColumn
    options.unreadable = unreadable
    options.columns = columns
    options.blocks = inputs
    for name in ignore { options.columns[name, default: ColumnOptions()].isUsed = false }
    return options
  }

  /// This configuration with everything decided that was left open, and what follows from it.
  ///
  /// - Parameter rowCount: the number of training rows.
  /// - Throws: ``ConfigurationError`` when options do not go together.
  func resolved(
    for preprocessing: Preprocessing, rowCount: Int
  ) throws -> (configuration: Configuration, options: TrainingOptions) {
    var configuration = self
    if preprocessing.targets.count == 1 {
      configuration.task = preprocessing.target.task
      if preprocessing.targetColumns.count == 1 { configuration.target = preprocessing.target.name }
    }
    return try configuration.resolved(
      for: preprocessing.targets.map { LearnedTarget($0) }, rowCount: rowCount)
  }

  /// The same for what outputs learn, wherever the rows come from.
  func resolved(
    for targets: [LearnedTarget], rowCount: Int
  ) throws -> (configuration: Configuration, options: TrainingOptions) {
    var configuration = self
    configuration.initializer =
      network == nil ? initializer ?? .usual(before: activation) : initializer
    configuration.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    configuration.scheduleUnit =
      scheduleUnit ?? (["cosine", "constant"].contains(schedule.kind) ? .step : .epoch)

    for name in (Array(losses.keys) + lossWeights.keys).sorted()
    where !targets.contains(where: { $0.name == name }) {
      throw ConfigurationError.option(
        losses[name] == nil ? "loss_weights" : "losses",
        problem:
          "\(UnknownNameError(subject: "target", name: name, known: targets.map { $0.name }))")
    }
    let specifications = try targets.map { try resolvedLoss(for: $0, of: targets.count) }
    let loss = specifications[0]
    configuration.loss = loss
    if targets.count > 1 {
      configuration.losses = Dictionary(
        zip(targets.map { $0.name }, specifications), uniquingKeysWith: { $1 })
      configuration.loss = self.loss
    }
    let made = try zip(targets, specifications).map { target, specification in
      OutputLoss(
        try naming("loss") { try specification.makeLoss() },
        weight: lossWeights[target.name] ?? 1)
    }
    let optimizer = try resolvedOptimizer()
    let isWhole = batchSize == Int.max || batchSize == nil && optimizer.kind == GradientDescent.kind
    configuration.batchSize = isWhole ? rowCount : batchSize ?? Configuration.usualBatch(rowCount)

    let options = TrainingOptions(
      loss: made[0].loss, lossWeight: made[0].weight, furtherLosses: Array(made.dropFirst()),
      optimizer: optimizer,
      schedule: try naming("schedule") { try schedule.makeSchedule() },
      scheduleUnit: configuration.scheduleUnit ?? .step, warmUp: warmUp, epochs: epochs,
      batchSize: configuration.batchSize ?? rowCount, patience: patience, l1: l1, l2: l2,
      clipNorm: clipNorm, clipValue: clipValue,
      classWeights: try resolvedWeights(for: targets, loss: loss), seed: seed,
      threads: configuration.threads ?? 1)
    do {
      try options.validate()
    } catch let error as OptionError {
      throw ConfigurationError.option(
        error.name, problem: "expected \(error.expected), found \(error.found)")
    }
    configuration.optimizer = self.optimizer
    configuration.learningRate = optimizer.learningRate
    configuration.weightDecay = optimizer.weightDecay
    return (configuration, options)
  }

  /// Few rows are learned best in small batches, many rows fastest in large ones.
  private static func usualBatch(_ rowCount: Int) -> Int {
    switch rowCount {
    case ..<500: 8
    case ..<2_000: 16
    case ..<20_000: 32
    case ..<100_000: 128
    default: 512
    }
  }

  private func naming<Value>(_ option: String, _ make: () throws -> Value) throws -> Value {
    do {
      return try make()
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw ConfigurationError.option(option, problem: "\(error)")
    }
  }

  /// The loss of one of some targets: its own, that of all where it is fit, or the usual one.
  private func resolvedLoss(
    for target: LearnedTarget, of count: Int
  ) throws -> Specification {
    let option = losses[target.name] == nil ? "loss" : "losses"
    let usual = Specification(target.task.usualLoss)
    var specification = losses[target.name] ?? loss ?? usual
    var made = try naming(option) { try specification.makeLoss() }
    if count > 1, losses[target.name] == nil, !target.task.takes(made) {
      specification = usual
      made = try naming(option) { try usual.makeLoss() }
    }
    specification.kind = made.kind
    guard target.task.takes(made) else {
      throw ConfigurationError.option(
        option,
        problem: "'\(made.kind)' is for \(made.purpose), but '\(target.name)' is learned as "
          + "\(target.task.words); see --task")
    }
    return specification
  }

  private func resolvedOptimizer() throws -> any Optimizer {
    var specification = optimizer
    specification.options["learning_rate"] =
      learningRate.map { .number($0) } ?? specification.options["learning_rate"]
    specification.options["weight_decay"] =
      weightDecay.map { .number($0) } ?? specification.options["weight_decay"]
    if let momentum {
      let hasNone = [SGD.kind, GradientDescent.kind].contains(specification.kind)
      if hasNone { specification.kind = Momentum.kind }
      specification.options["momentum"] = .number(momentum)
    }
    let made = specification
    return try naming("optimizer") { try made.makeOptimizer() }
  }

  private func resolvedWeights(
    for targets: [LearnedTarget], loss: Specification
  ) throws -> [Double]? {
    if case .none = classWeights { return nil }
    guard targets.count == 1, targets[0].task == .classification else {
      throw ConfigurationError.option("class_weights", problem: "the target is not one of classes")
    }
    let made = try naming("loss") { try loss.makeLoss() }
    guard made.targets == .classIndices else {
      throw ConfigurationError.option(
        "class_weights", problem: "'\(made.kind)' takes none; use cross_entropy or focal")
    }
    switch classWeights {
    case .none: return nil
    case .balanced: return targets[0].balancedWeights
    case .weights(let weights):
      let classes = targets[0].classes
      guard weights.count == classes.count else {
        throw ConfigurationError.option(
          "class_weights",
          problem: "expected \(classes.count) numbers for the classes "
            + "\(classes.joined(separator: ", ")), found \(weights.count)")
      }
      return weights
    }
  }
}

extension LearningTask {
  /// The kind of loss that is used unless another is asked for.
  fileprivate var usualLoss: String {
    switch self {
    case .classification: CrossEntropy.kind
    case .labels: BinaryCrossEntropy.kind
    case .regression: MeanSquaredError.kind
    }
  }

  /// What is learned, in words.
  fileprivate var words: String {
    switch self {
    case .classification: "classes"
    case .labels: "labels"
    case .regression: "a number"
    }
  }

  /// Whether a loss is one for this task.
  fileprivate func takes(_ loss: any Loss) -> Bool {
    switch self {
    case .classification: loss.link != .identity
    case .labels: loss.link == .sigmoid && loss.targets == .numbers
    case .regression: loss.link == .identity
    }
  }
}

extension Loss {
  /// What it is for, in words.
  fileprivate var purpose: String {
    switch link {
    case .identity: "numbers"
    case .softmax: "classes"
    case .sigmoid: "classes and labels"
    }
  }
}

extension Initializer {
  /// What keeps signals at one size through layers followed by an activation function.
  static func usual(before activation: ActivationFunction) -> Initializer {
    switch activation {
    case .sigmoid, .tanh, .identity, .softmax, .hardSigmoid, .softsign, .exponential:
      .xavierUniform
    // Self-normalising networks start with deviation 1 / √in (Klambauer et al., 2017).
    case .selu: .xavierNormal
    case .relu, .leakyReLU, .elu, .silu, .gelu, .geluTanh, .softplus, .relu6, .hardSwish, .mish:
      .heUniform
    }
  }
}
