/// What was asked of a training run: everything that decides its result besides data and network.
public struct TrainingOptions: Sendable {
  /// What is made small; for a network of several outputs, of the first.
  public var loss: any Loss

  /// What the loss counts beside those of further outputs.
  public var lossWeight: Double

  /// The losses of a network's further outputs, in their order.
  public var furtherLosses: [OutputLoss]

  /// How parameters follow their gradients; holds the learning rate.
  public var optimizer: any Optimizer

  /// How the learning rate changes.
  public var schedule: any Schedule

  /// What the schedule counts.
  public var scheduleUnit: ScheduleUnit

  /// The rise of the learning rate at the start.
  public var warmUp: WarmUp

  /// How often every training row is seen, at most.
  public var epochs: Int

  /// How many rows make one step.
  public var batchSize: Int

  /// After how many epochs without a better validation loss training stops; nil: never.
  public var patience: Int?

  /// The weight of the sum of magnitudes of all kernels in the loss.
  public var l1: Double

  /// The weight of the sum of squares of all kernels in the loss.
  public var l2: Double

  /// The largest norm of the gradient of all parameters together; larger ones are scaled down.
  public var clipNorm: Double?

  /// The largest magnitude of one element of the gradient; larger ones are cut.
  public var clipValue: Double?

  /// The weight of each class in the loss; nil: all 1.
  public var classWeights: [Double]?

  /// From which everything random is drawn.
  public var seed: UInt64

  /// How many threads work on one batch.
  public var threads: Int

  /// Training options.
  public init(
    loss: any Loss, lossWeight: Double = 1, furtherLosses: [OutputLoss] = [],
    optimizer: any Optimizer = AdamW(), schedule: any Schedule = Constant(),
    scheduleUnit: ScheduleUnit = .step, warmUp: WarmUp = .none, epochs: Int = 100,
    batchSize: Int = 32, patience: Int? = nil, l1: Double = 0, l2: Double = 0,
    clipNorm: Double? = nil, clipValue: Double? = nil, classWeights: [Double]? = nil,
    seed: UInt64 = 0, threads: Int = 1
  ) {
    self.loss = loss
    self.lossWeight = lossWeight
    self.furtherLosses = furtherLosses
    self.optimizer = optimizer
    self.schedule = schedule
    self.scheduleUnit = scheduleUnit
    self.warmUp = warmUp
    self.epochs = epochs
    self.batchSize = batchSize
    self.patience = patience
    self.l1 = l1
    self.l2 = l2
    self.clipNorm = clipNorm
    self.clipValue = clipValue
    self.classWeights = classWeights
    self.seed = seed
    self.threads = threads
  }

  /// Checks every option.
  ///
  /// - Throws: ``OptionError`` naming the option.
  public func validate() throws {
    for part in outputLosses {
      try part.loss.validate()
      try require("loss_weights", part.weight, "0 or more") { $0 >= 0 && $0.isFinite }
    }
    try optimizer.validate()
    try schedule.validate()
    // Bounded so that no product of counts overflows.
    try require("epochs", Double(epochs), "1 or more, at most 1000000000") { $0 >= 1 && $0 <= 1e9 }
    try require("batch_size", Double(batchSize), "1 or more, at most 2147483647") {
      $0 >= 1 && $0 <= Double(Int32.max)
    }
    try require("threads", Double(threads), "1 to 256") { $0 >= 1 && $0 <= 256 }
    try require("l1", l1, "0 or more") { $0 >= 0 && $0.isFinite }
    try require("l2", l2, "0 or more") { $0 >= 0 && $0.isFinite }
    if let patience { try require("patience", Double(patience), "1 or more") { $0 >= 1 } }
    if let clipNorm { try require("clip_norm", clipNorm, "more than 0") { $0 > 0 } }
    if let clipValue { try require("clip_value", clipValue, "more than 0") { $0 > 0 } }
    for weight in classWeights ?? [] {
      try require("class_weights", weight, "0 or more") { $0 >= 0 && $0.isFinite }
    }
  }
}

extension TrainingOptions {
  /// The loss of every output, in order.
  public var outputLosses: [OutputLoss] { [OutputLoss(loss, weight: lossWeight)] + furtherLosses }
}

// MARK: - Learning rate

extension TrainingOptions {
  /// The learning rate of a step: the optimizer's, through the warm-up, and then as the schedule
  /// has it.
  ///
  /// - Parameters:
  ///   - step: from 0, over the whole run.
  ///   - stepsPerEpoch: how many steps an epoch has.
  ///   - plateau: what a plateau schedule has seen by then.
  public func learningRate(
    atStep step: Int, stepsPerEpoch: Int, plateau: PlateauState = PlateauState()
  ) -> Double {
    let stepCount = stepsPerEpoch * epochs
    let warmUp = self.warmUp.stepCount(of: stepCount)
    let position: SchedulePosition
    switch scheduleUnit {
    case .step:
      position = SchedulePosition(
        index: max(0, step - warmUp), total: stepCount - warmUp, plateau: plateau)
    case .epoch:
      // Whole epochs since the warm-up ended.
      position = SchedulePosition(
        index: max(0, step / stepsPerEpoch - warmUp / stepsPerEpoch),
        total: epochs - warmUp / stepsPerEpoch, plateau: plateau)
    }
    let target = optimizer.learningRate * schedule.factor(at: position)
    return step < warmUp ? target * Double(step + 1) / Double(warmUp) : target
  }
}

// MARK: - Storing

extension TrainingOptions: Codable {
  private enum CodingKeys: String, CodingKey {
    case loss, optimizer, schedule
    case lossWeight = "loss_weight"
    case furtherLosses = "further_losses"
    case scheduleUnit = "schedule_unit"
    case warmUp = "warmup"
    case epochs
    case batchSize = "batch_size"
    case patience, l1, l2
    case clipNorm = "clip_norm"
    case clipValue = "clip_value"
    case classWeights = "class_weights"
    case seed, threads
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let loss = try container.decodeKind(from: LossCatalog.standard, forKey: .loss)
    let optimizer = try container.decodeKind(from: OptimizerCatalog.standard, forKey: .optimizer)
    let schedule = try container.decodeKind(from: ScheduleCatalog.standard, forKey: .schedule)
    self.init(
      loss: try loss.entry.init(from: loss.options),
      lossWeight: try container.decodeIfPresent(Double.self, forKey: .lossWeight) ?? 1,
      furtherLosses: try container.decodeIfPresent([OutputLoss].self, forKey: .furtherLosses) ?? [],
      optimizer: try optimizer.entry.init(from: optimizer.options),
      schedule: try schedule.entry.init(from: schedule.options),
      scheduleUnit: try container.decode(ScheduleUnit.self, forKey: .scheduleUnit),
      warmUp: try container.decode(WarmUp.self, forKey: .warmUp),
      epochs: try container.decode(Int.self, forKey: .epochs),
      batchSize: try container.decode(Int.self, forKey: .batchSize),
      patience: try container.decodeIfPresent(Int.self, forKey: .patience),
      l1: try container.decode(Double.self, forKey: .l1),
      l2: try container.decode(Double.self, forKey: .l2),
      clipNorm: try container.decodeIfPresent(Double.self, forKey: .clipNorm),
      clipValue: try container.decodeIfPresent(Double.self, forKey: .clipValue),
      classWeights: try container.decodeIfPresent([Double].self, forKey: .classWeights),
      seed: try container.decode(UInt64.self, forKey: .seed),
      threads: try container.decode(Int.self, forKey: .threads))
    try validate()
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(loss, kind: loss.kind, forKey: .loss)
    if lossWeight != 1 { try container.encode(lossWeight, forKey: .lossWeight) }
    if !furtherLosses.isEmpty { try container.encode(furtherLosses, forKey: .furtherLosses) }
    try container.encode(optimizer, kind: optimizer.kind, forKey: .optimizer)
    try container.encode(schedule, kind: schedule.kind, forKey: .schedule)
    try container.encode(scheduleUnit, forKey: .scheduleUnit)
    try container.encode(warmUp, forKey: .warmUp)
    try container.encode(epochs, forKey: .epochs)
    try container.encode(batchSize, forKey: .batchSize)
    try container.encode(patience, forKey: .patience)
    try container.encode(l1, forKey: .l1)
    try container.encode(l2, forKey: .l2)
    try container.encode(clipNorm, forKey: .clipNorm)
    try container.encode(clipValue, forKey: .clipValue)
    try container.encode(classWeights, forKey: .classWeights)
    try container.encode(seed, forKey: .seed)
    try container.encode(threads, forKey: .threads)
  }
}
