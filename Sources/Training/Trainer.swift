import Kernels
import Layers
import Networks
import Tensors

/// Trains a network: the loop over epochs and batches, and nothing that is not the loop.
///
/// Everything random is a function of seed, epoch and step, and everything that changes is in
/// ``state()``: a trainer made from a state goes on exactly as the one the state was taken from.
public final class Trainer {
  /// What is trained.
  public let network: Network

  /// What was asked.
  public let options: TrainingOptions

  /// What every finished epoch measured.
  public private(set) var history: [EpochRecord]

  /// Where the run stands.
  public private(set) var progress: TrainingProgress

  private let data: TrainingData
  private let validation: TrainingData?
  private let scoring: Scoring
  private let losses: [OutputLoss]
  private let live: LiveParameters
  private let session: Session
  private let evaluator: Evaluator?
  private let batches: BatchSequence
  private let slots: SlotStorage
  private let kernelEntries: [ParameterLayout.Entry]
  private var classWeights: Tensor?
  private let classWeightsView: TensorView?
  private var best: TrainingSnapshot?
  private var optimizerStep: Int

  /// A trainer at the start of a run.
  ///
  /// - Parameters:
  ///   - network: what is trained.
  ///   - options: what is asked.
  ///   - data: the rows to learn from.
  ///   - parameters: where training starts; by default drawn from the options' seed.
  ///   - validation: rows that are never trained on and decide which epoch is best.
  ///   - scoring: what else is measured on the validation rows.
  /// - Throws: ``OptionError``, ``TrainingDataError`` or `PlanError` when something does not fit.
  public convenience init(
    _ network: Network, options: TrainingOptions, data: TrainingData,
    validation: TrainingData? = nil, scoring: Scoring = .none, parameters: Parameters? = nil
  ) throws {
    let parameters = try parameters ?? Parameters(for: network, seed: options.seed)
    try self.init(
      network, options: options, data: data, validation: validation, scoring: scoring,
      from: TrainingState(startingFrom: TrainingSnapshot(parameters)))
  }

  /// A trainer that goes on from a state.
  ///
  /// - Throws: ``OptionError``, ``TrainingDataError``, ``TrainingStateError`` or `PlanError` when
  ///   something does not fit.
  public convenience init(
    _ network: Network, options: TrainingOptions, data: TrainingData,
    validation: TrainingData? = nil, scoring: Scoring = .none, from state: TrainingState
  ) throws {
    try self.init(
      network, options: options, data: data, validation: validation, scoring: scoring,
      from: state, shuffles: true)
  }

  /// A trainer that may take the rows as they stand, to follow what was recorded elsewhere.
  init(
    _ network: Network, options: TrainingOptions, data: TrainingData,
    validation: TrainingData? = nil, scoring: Scoring = .none, from state: TrainingState,
    shuffles: Bool
  ) throws {
    try options.validate()
    let elementType = state.current.parameters.elementType
    losses = options.outputLosses
    try data.validate(for: network, losses: losses, elementType: elementType)
    try validation?.validate(for: network, losses: losses, elementType: elementType)
    try data.validate(classWeights: options.classWeights, for: network, loss: options.loss)
    self.network = network
    self.options = options
    self.data = data
    self.validation = validation
    self.scoring = scoring
    history = state.history
    progress = state.progress
    best = state.best
    optimizerStep = state.current.optimizerStep
    live = LiveParameters(state.current.parameters)
    slots = try SlotStorage(options.optimizer, live: live, stored: state.current.slots)
    kernelEntries = live.layout.entries.filter { $0.spec.role == .kernel }

    let workers = Workers(threadCount: options.threads)
    let batchSize = min(options.batchSize, data.rowCount)
    let plan = try Plan(network, mode: .training, capacity: batchSize, elementType: elementType)
    session = Session(plan, parameters: live, seed: options.seed, workers: workers)
    batches = BatchSequence(
      data, batchSize: batchSize, seed: options.seed, shuffles: shuffles)
    let (epochSteps, overflows) = progress.epoch.multipliedReportingOverflow(by: batches.count)
    guard !overflows, progress.batch < batches.count, progress.step - progress.batch == epochSteps
    else {
      throw TrainingStateError.position(
        step: progress.step, epoch: progress.epoch, batch: progress.batch,
        stepsPerEpoch: batches.count)
    }
    progress.stepsPerEpoch = batches.count
    evaluator =
      validation == nil
      ? nil : try Evaluator(network, parameters: live, batchSize: 256, workers: workers)
    classWeights = options.classWeights.map { weights in
      elementType == .float64 ? Tensor(weights) : Tensor(weights.map { Float($0) })
    }
    classWeightsView = classWeights?.ownedView()
  }

  /// Everything the run needs to go on from here.
  public func state() -> TrainingState {
    TrainingState(progress: progress, history: history, current: snapshot(), best: best)
  }

  private func snapshot() -> TrainingSnapshot {
    TrainingSnapshot(live.snapshot(), slots: slots.snapshot(), optimizerStep: optimizerStep)
  }

  /// The number of trainable parameters.
  public var parameterCount: Int { live.layout.trainableCount }

  /// How many steps an epoch has.
  public var stepsPerEpoch: Int { batches.count }

  /// How many steps the whole run has, unless it is stopped early.
  public var stepCount: Int { batches.count * options.epochs }
}

// MARK: - The loop

extension Trainer {
  /// Trains until the run ends by itself or `shouldStop` says so between two steps.
  ///
  /// - Parameters:
  ///   - shouldStop: asked after every step but the last of the run, at the one moment when
  ///     ``state()`` is whole: the step, and the epoch that may have ended with it, are wholly
  ///     finished, and nothing is drawn yet for the next. What it throws ends the run.
  ///   - onEvent: told of every step and epoch; what it throws ends the run.
  /// - Returns: why the run ended, or nil when it was stopped and can go on.
  /// - Throws: ``TrainingError/diverged(step:epoch:node:)`` when the loss is no longer a number.
  @discardableResult
  public func run(
    until shouldStop: () throws -> Bool,
    onEvent: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> TrainingEnd? {
    if progress.end == nil { batches.shuffle(for: progress.epoch) }
    while progress.end == nil {
      let loss = try takeStep()
      try onEvent(.step(progress, stepsPerEpoch: batches.count, loss: loss))
      if progress.batch == batches.count {
        let isBest = try finishEpoch()
        if let record = history.last { try onEvent(.epoch(record, isBest: isBest)) }
      }
      guard progress.end == nil else { break }
      if try shouldStop() { return nil }
      if progress.batch == 0 { batches.shuffle(for: progress.epoch) }
    }
    if let end = progress.end { try onEvent(.ended(end, progress: progress)) }
    return progress.end
  }

  /// Trains until the run ends by itself.
  ///
  /// - Throws: as ``run(until:onEvent:)``.
  @discardableResult
  public func run(
    onEvent: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> TrainingEnd? {
    try run(until: { false }, onEvent: onEvent)
  }

  /// One step: a batch forward and backward, and the optimizer's update.
  private func takeStep() throws -> Double {
    let step = progress.step
    let rate = learningRate
    let count = batches.load(progress.batch, into: session)
    session.forward(count: count, step: step)

    let (sum, weight) = measureLosses(count: count)
    let penalty = self.penalty()
    guard (sum + penalty).isFinite else {
      throw TrainingError.diverged(
        step: step + 1, epoch: progress.epoch + 1, node: session.firstNonFinite(count: count))
    }
    session.backward(count: count, step: step)
    let gradientScale = prepareGradient(isLastOfEpoch: progress.batch + 1 == batches.count)
    optimizerStep += 1
    options.optimizer.update(
      live.trainable, slots: slots.views,
      with: OptimizerUpdate(
        gradient: session.gradients, learningRate: rate, step: optimizerStep,
        gradientScale: gradientScale, workers: session.workers))

    progress.lossSum += sum + penalty * weight
    progress.lossWeight += weight
    progress.step += 1
    progress.batch += 1
    return weight > 0 ? sum / weight + penalty : penalty
  }

  /// The losses of a batch that has gone forward; writes the gradients of the outputs.
  ///
  /// - Returns: a sum and what it is divided by to give the mean. Of several outputs every row weighs
  ///   the same, for their own weights differ.
  private func measureLosses(count: Int) -> (sum: Double, weight: Double) {
    var mean = 0.0
    for (output, part) in losses.enumerated() {
      let batch = LossBatch(
        outputs: session.output(output, count: count),
        targets: batches.targets(progress.batch, output: output), classWeights: classWeightsView,
        workers: session.workers)
      let weight = part.loss.weight(of: batch)
      let sum = part.loss.sum(
        of: batch, scale: weight > 0 ? part.weight / weight : 0,
        gradient: session.outputGradient(output, count: count))
      if losses.count == 1 { return (part.weight * sum, weight) }
      mean += weight > 0 ? part.weight * sum / weight : 0
    }
    return (mean * Double(count), Double(count))
  }

  /// Judges the epoch that has just ended, and decides whether it was the last.
  private func finishEpoch() throws -> Bool {
    let rate = learningRate(atStep: progress.step - 1)
    var record = EpochRecord(
      epoch: progress.epoch + 1, step: progress.step,
      trainingLoss: progress.lossWeight > 0 ? progress.lossSum / progress.lossWeight : 0,
      validationLoss: nil, scores: [:], learningRate: rate,
      gradientNorm: progress.gradientNorm ?? 0)
    if let validation, let evaluator {
      let (loss, predictions) = evaluator.evaluate(
        validation, losses: losses, classWeights: classWeightsView)
      guard loss.isFinite else {
        // The last batch again, with the parameters as its own step has left them.
        let count = batches.rowCount(of: batches.count - 1)
        throw TrainingError.diverged(
          step: progress.step, epoch: progress.epoch + 1,
          node: session.firstNonFinite(count: count))
      }
      record.validationLoss = loss
      record.scores = scoring.scores(predictions: predictions, targets: validation.targets)
    }
    history.append(record)
    let isBest = judge(record)
    options.schedule.observe(
      record.validationLoss ?? record.trainingLoss, state: &progress.plateau)

    progress.epoch += 1
    progress.batch = 0
    progress.lossSum = 0
    progress.lossWeight = 0
    if let patience = options.patience, validation != nil,
      progress.epochsWithoutImprovement >= patience
    {
      progress.end = .stoppedEarly
    } else if progress.epoch >= options.epochs {
      progress.end = .finished
    }
    return isBest
  }

  /// Keeps the parameters of the epoch with the smallest validation loss.
  private func judge(_ record: EpochRecord) -> Bool {
    guard let loss = record.validationLoss else { return false }
    if progress.bestLoss.map({ loss < $0 }) ?? true {
      progress.bestLoss = loss
      progress.bestEpoch = record.epoch
      progress.epochsWithoutImprovement = 0
      best = snapshot()
      return true
    }
    progress.epochsWithoutImprovement += 1
    return false
  }
}

extension Trainer {
  /// Lets the parameters from which training starts stand as the best, as epoch 0, until an epoch
  /// betters them. Does nothing without validation rows, or once training has begun.
  public func judgeStart() throws {
    guard progress.step == 0, let validation, let evaluator else { return }
    let (loss, _) = evaluator.evaluate(
      validation, losses: losses, classWeights: classWeightsView)
    guard loss.isFinite else { return }
    progress.bestLoss = loss
    progress.bestEpoch = 0
    best = snapshot()
  }
}

// MARK: - Learning rate

extension Trainer {
  /// The learning rate of the next step.
  public var learningRate: Double { learningRate(atStep: progress.step) }

  private func learningRate(atStep step: Int) -> Double {
    options.learningRate(
      atStep: step, stepsPerEpoch: batches.count, plateau: progress.plateau)
  }
}

// MARK: - Gradient

extension Trainer {
  /// l1 · Σ|w| + l2 · Σw² over all kernels.
  private func penalty() -> Double {
    guard options.l1 > 0 || options.l2 > 0 else { return 0 }
    var penalty = 0.0
    for entry in kernelEntries {
      let kernel = live.view(entry)
      if options.l1 > 0 {
        penalty += options.l1 * Kernels.sumOfMagnitudes(kernel, on: session.workers)
      }
      if options.l2 > 0 {
        penalty += options.l2 * Kernels.sumOfSquares(kernel, on: session.workers)
      }
    }
    return penalty
  }

  /// Adds penalties and cuts elements; returns what the optimizer is to multiply by.
  ///
  /// The norm is measured where it is needed for clipping, and at the end of every epoch.
  private func prepareGradient(isLastOfEpoch: Bool) -> Double {
    let gradients = session.gradients
    if options.l1 > 0 || options.l2 > 0 {
      for entry in kernelEntries {
        Kernels.addPenalty(
          of: live.view(entry), l1: options.l1, l2: 2 * options.l2,
          to: gradients.part(at: entry.offset, shape: entry.spec.shape), on: session.workers)
      }
    }
    if let limit = options.clipValue {
      Kernels.clamp(gradients, to: limit, on: session.workers)
    }
    guard options.clipNorm != nil || isLastOfEpoch else { return 1 }
    let norm = Kernels.sumOfSquares(gradients, on: session.workers).squareRoot()
    progress.gradientNorm = norm
    // As PyTorch's clip_grad_norm_, with its 1e-6.
    return options.clipNorm.map { min(1, $0 / (norm + 1e-6)) } ?? 1
  }
}

/// Why training had to stop.
public enum TrainingError: Error, Hashable, CustomStringConvertible {
  /// The loss became NaN or infinite; the node is the first whose output is, where one is.
  case diverged(step: Int, epoch: Int, node: String?)

  public var description: String {
    switch self {
    case .diverged(let step, let epoch, let node):
      "the loss is no longer a finite number at step \(step) (epoch \(epoch))"
        + (node.map { ", first at layer '\($0)'" } ?? "")
        + "; try a smaller learning rate or --clip-norm 1"
    }
  }
}
