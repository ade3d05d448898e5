import ModelFiles
import Networks
import Training

/// How a model is trained in Keras: what it is compiled with, and what the optimizer knows.
struct WrittenKerasTraining {
  /// The optimizer in a configuration.
  var optimizer: WrittenKerasValue

  /// What a model is compiled with besides its optimizer.
  var compile: [WrittenKerasValue.Member]

  /// The optimizer's variables by name, in its order.
  var variables: [(name: String, array: WrittenKerasArray)]
}

extension WrittenKerasTraining {
  /// The training of a model; nil for one that was not trained.
  ///
  /// - Parameters:
  ///   - variables: what is trained, with the names of the layers, in the order of Keras.
  /// - Throws: ``ConversionError`` for what Keras does not have.
  init?(
    _ model: Model, variables: [(layer: String, variable: WrittenKerasVariable)],
    numbers: WrittenKerasNumbers, log: inout ConversionLog
  ) throws {
    guard let training = model.training else { return nil }
    let options = training.options
    let position = WrittenKerasPosition(model, training, log: &log)
    guard let source = options.optimizer as? any KerasWritableOptimizer else {
      try log.lose("optimizer", "Keras has none like '\(options.optimizer.kind)'")
      return nil
    }
    let optimizer = try source.keras(rate: position.lastRate, log: &log)
    let rate = try WrittenKerasTraining.rate(options, position, log: &log)
    log.map("optimizer", to: optimizer.className)
    self.optimizer = .object([
      .init("module", "keras.optimizers"), .init("class_name", .text(optimizer.className)),
      .init(
        "config",
        .object(
          [
            .init("name", .text(optimizer.name)), .init("learning_rate", rate),
            .init("weight_decay", optimizer.weightDecay.map { .number($0) } ?? nil),
          ] + (try WrittenKerasTraining.clipping(options, log: &log))
            + WrittenKerasTraining.averaging
            + optimizer.options)),
      .init("registered_name", nil),
    ])
    compile =
      try WrittenKerasTraining.losses(
        options, units: WrittenKerasUnit.units(of: model), log: &log) + [
        .init("weighted_metrics", nil), .init("run_eagerly", false),
        .init("steps_per_execution", 1), .init("jit_compile", "auto"),
      ]
    let state = WrittenKerasState(
      optimizer: optimizer, variables: variables, numbers: numbers,
      step: model.snapshot.optimizerStep)
    self.variables = try state.variables(rate: rate, log: &log)
  }

  /// Options of every optimizer that are not used here.
  private static let averaging: [WrittenKerasValue.Member] = [
    .init("use_ema", false), .init("ema_momentum", 0.99), .init("ema_overwrite_frequency", nil),
    .init("loss_scale_factor", nil), .init("gradient_accumulation_steps", nil),
  ]

  /// A number, or a schedule.
  private static func rate(
    _ options: TrainingOptions, _ position: WrittenKerasPosition, log: inout ConversionLog
  ) throws -> WrittenKerasValue {
    let constant = WrittenKerasValue.number(position.nextRate)
    let isOver = position.step.map { $0 >= position.warmUp } ?? true
    if options.schedule is Constant, isOver {
      log.map("learning rate", to: "\(position.nextRate)")
      return constant
    }
    let name = "schedule \(options.schedule.kind)"
    func leave(_ why: String) throws -> WrittenKerasValue {
      if position.isEnded {
        log.change(name, "the run has ended, and its last rate is a constant in Keras")
      } else {
        try log.lose(name, "\(why); the rate would be a constant there")
      }
      return constant
    }
    guard let source = options.schedule as? any KerasWritableSchedule else {
      return try leave("Keras has none like it")
    }
    guard position.step != nil, let stepsPerEpoch = position.stepsPerEpoch else {
      return try leave("in Keras it cannot go on from the step where it stands")
    }
    let isInSteps = options.scheduleUnit == .step
    let total = isInSteps ? stepsPerEpoch * options.epochs : options.epochs
    let passed = isInSteps ? position.warmUp : position.warmUp / stepsPerEpoch
    let run = WrittenKerasRun(
      rate: options.optimizer.learningRate, stepsPerUnit: isInSteps ? 1 : stepsPerEpoch,
      unitCount: total - passed, warmUp: position.warmUp)
    guard let schedule = source.keras(run) else {
      return try leave("Keras has none with these units and this warm-up")
    }
    if position.warmUp > 0, !isOver {
      log.change(name, "Keras' warm-up rises by a little less in every step")
    }
    log.map(name, to: "a schedule of Keras at step \(position.step ?? 0)")
    return schedule
  }

  private static func clipping(
    _ options: TrainingOptions, log: inout ConversionLog
  ) throws -> [WrittenKerasValue.Member] {
    var (value, norm) = (options.clipValue, options.clipNorm)
    if value != nil, norm != nil {
      try log.lose("clip_value", "Keras clips by the norm or by the value, not by both")
      value = nil
    }
    if let limit = norm { log.map("clip_norm", to: "global_clipnorm \(limit)") }
    if let limit = value { log.map("clip_value", to: "clipvalue \(limit)") }
    // A limit that is not a number says nothing.
    norm = norm.flatMap { $0.isFinite ? $0 : nil }
    return [
      .init("clipnorm", nil), .init("global_clipnorm", norm.map { .number($0) } ?? nil),
      .init("clipvalue", value.map { .number($0) } ?? nil),
    ]
  }

  private static func losses(
    _ options: TrainingOptions, units: [WrittenKerasUnit], log: inout ConversionLog
  ) throws -> [WrittenKerasValue.Member] {
    let parts = options.outputLosses
    var (losses, weights, metrics) = (
      [WrittenKerasValue](), [Double](), [WrittenKerasValue]()
    )
    for (index, part) in parts.enumerated() {
      let subject = parts.count == 1 ? "loss" : "loss of output \(index + 1)"
      guard let source = part.loss as? any KerasWritableLoss else {
        throw log.error(subject, "Keras has none like '\(part.loss.kind)'")
      }
      let extent = index < units.count ? units[index].extent : 1
      if extent != 1, part.loss.link != .identity {
        try log.lose(subject, "its targets are scaled numbers here, and none in Keras")
      }
      let loss = try source.keras(subject, extent: extent, log: &log)
      log.map(subject, to: loss.className)
      losses.append(loss.value)
      weights.append(loss.factor * part.weight)
      metrics.append([.text(loss.metric)])
    }
    let isOne = parts.count == 1
    return [
      .init("loss", isOne ? losses[0] : .list(losses)),
      .init(
        "loss_weights",
        weights.allSatisfy { $0 == 1 } ? nil : .list(weights.map { .number($0) })),
      .init("metrics", isOne ? metrics[0] : .list(metrics)),
    ]
  }
}

/// Where a run stands as Keras counts it: by the steps of the optimizer.
struct WrittenKerasPosition {
  /// The steps of the run that made the weights; nil where that is not known.
  var step: Int?
  var stepsPerEpoch: Int?
  /// The steps of the warm-up.
  var warmUp: Int
  /// Whether the run is over, so that its schedule never goes on.
  var isEnded: Bool
  /// The learning rates of the last step and of the next one.
  var lastRate: Double
  var nextRate: Double

  init(_ model: Model, _ training: TrainingRecord, log: inout ConversionLog) {
    let (options, progress) = (training.options, training.progress)
    isEnded = progress.end != nil
    stepsPerEpoch = progress.stepsPerEpoch.flatMap { $0 > 0 ? $0 : nil }
    // The optimizer counts the steps of all runs that led here, a schedule those of one.
    step = model.provenance.parent == nil ? model.snapshot.optimizerStep : nil
    guard let stepsPerEpoch else {
      (warmUp, lastRate) = (0, options.optimizer.learningRate)
      nextRate = lastRate
      step = nil
      return
    }
    warmUp = options.warmUp.stepCount(of: stepsPerEpoch * options.epochs)
    let place = step ?? progress.step
    func rate(_ step: Int) -> Double {
      options.learningRate(
        atStep: step, stepsPerEpoch: stepsPerEpoch, plateau: progress.plateau)
    }
    lastRate = rate(max(place - 1, 0))
    nextRate = rate(place)
  }
}
