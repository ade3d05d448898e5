import Layers
import Networks
import Tensors
import Testing

@testable import Training

@Suite struct TrainerTests {
  @Test("Patience ends a run and the best epoch is kept, with its optimizer")
  func patience() throws {
    var run = try SmallRun(
      optimizer: Adam(learningRate: 0.01), schedule: Constant(), epochs: 200, clipNorm: nil)
    run.options.patience = 4
    let trainer = try run.trainer()
    #expect(try trainer.run() == .stoppedEarly)
    let state = trainer.state()
    let bestEpoch = try #require(state.progress.bestEpoch)
    #expect(state.progress.epoch == bestEpoch + 4 && bestEpoch > 1)
    let losses = state.history.compactMap { $0.validationLoss }
    #expect(losses.min() == losses[bestEpoch - 1] && state.progress.bestLoss == losses.min())

    // The best is what a run of just so many epochs ends with.
    let best = try #require(state.best)
    var short = run
    short.options.epochs = bestEpoch
    short.options.patience = nil
    // The warm-up is given in steps and the schedule is constant, so that the length of the run
    // changes nothing before its end.
    let other = try short.end()
    expectSame(best, other.current, "the best epoch")
    #expect(best.optimizerStep == bestEpoch * 6)
    #expect(best.slots.count == 2)

    // And it is what predictions use.
    #expect(state.chosen.parameters == best.parameters)
    let validation = try #require(run.validation)
    let judged = try Evaluator(run.network, parameters: LiveParameters(state.chosen.parameters))
      .evaluate(validation, losses: run.options.outputLosses, classWeights: nil)
    #expect(abs(judged.loss - (losses.min() ?? 0)) < 1e-12)
  }

  @Test("Fine-tuning goes on with the optimizer exactly: Adam's step count and moments")
  func fineTuning() throws {
    // All rows in one batch, so that a run of twenty epochs is one of ten and ten more.
    var run = try SmallRun(optimizer: Adam(learningRate: 0.02), schedule: Constant(), epochs: 20)
    run.network = try Network.sequential(input: [5]) {
      Dense(8)
      Activation(.tanh)
      Dense(3)
    }
    run.options.batchSize = 100
    run.options.warmUp = .none
    run.validation = nil
    let start = try Parameters(for: run.network, seed: 1)
    func train(_ epochs: Int, from snapshot: TrainingSnapshot) throws -> TrainingSnapshot {
      var options = run.options
      options.epochs = epochs
      let trainer = try Trainer(
        run.network, options: options, data: run.training,
        from: TrainingState(startingFrom: snapshot), shuffles: false)
      try trainer.run()
      return trainer.state().chosen
    }
    let whole = try train(20, from: TrainingSnapshot(start))
    let half = try train(10, from: TrainingSnapshot(start))
    expectSame(try train(10, from: half), whole, "ten epochs and ten more")
    #expect(whole.optimizerStep == 20)
    // Without its optimizer the second half would have been another one.
    let reset = try train(10, from: TrainingSnapshot(half.parameters))
    #expect(reset.parameters != whole.parameters)
  }

  @Test("A loss that is no number stops the run and names step and layer")
  func divergence() throws {
    var run = try SmallRun(optimizer: SGD(learningRate: 1e30), clipNorm: nil)
    run.options.warmUp = .none
    run.validation = nil
    run.network = try Network.sequential(input: [5]) {
      Dense(8)
      Activation(.relu)
      Dense(3)
    }
    let trainer = try run.trainer()
    // After a step of 1e30 the second layer's products are beyond float32.
    #expect(throws: TrainingError.diverged(step: 2, epoch: 1, node: "dense_2")) {
      try trainer.run()
    }
    #expect(trainer.progress.step == 1)
    let error = TrainingError.diverged(step: 2, epoch: 1, node: "dense_2")
    #expect(
      "\(error)" == "the loss is no longer a finite number at step 2 (epoch 1), first at layer "
        + "'dense_2'; try a smaller learning rate or --clip-norm 1")

    // Where an epoch is one step, the validation rows show it first.
    run.options.batchSize = 100
    run.validation = SmallRun.rows(9, stream: 2)
    let other = try run.trainer()
    #expect(throws: TrainingError.diverged(step: 1, epoch: 1, node: "dense_2")) { try other.run() }
  }

  @Test("A batch size beyond the rows is one step an epoch: plain gradient descent")
  func fullBatch() throws {
    let (data, rows) = line()
    let network = try Network.sequential(input: [1]) { Dense(1) }
    let trainer = try Trainer(
      network,
      options: TrainingOptions(
        loss: MeanSquaredError(), optimizer: GradientDescent(learningRate: 0.1), epochs: 25,
        batchSize: 1_000_000),
      data: data, from: try start(network))
    #expect(trainer.stepsPerEpoch == 1)
    try trainer.run()
    var (slope, offset) = (0.5, -0.25)
    for _ in 0..<25 {
      let errors = rows.map { slope * $0.x + offset - $0.y }
      let count = Double(rows.count)
      slope -= 0.1 * zip(errors, rows).reduce(0) { $0 + 2 * $1.0 * $1.1.x } / count
      offset -= 0.1 * errors.reduce(0) { $0 + 2 * $1 } / count
    }
    check(trainer, slope, offset)
  }

  @Test("A batch size of one is a step for every row")
  func singleRows() throws {
    let (data, rows) = line()
    let network = try Network.sequential(input: [1]) { Dense(1) }
    let trainer = try Trainer(
      network,
      options: TrainingOptions(
        loss: MeanSquaredError(), optimizer: SGD(learningRate: 0.05), epochs: 3, batchSize: 1),
      data: data, from: try start(network), shuffles: false)
    #expect(trainer.stepsPerEpoch == rows.count)
    try trainer.run()
    var (slope, offset) = (0.5, -0.25)
    for row in Array(repeating: rows, count: 3).joined() {
      let error = slope * row.x + offset - row.y
      slope -= 0.05 * 2 * error * row.x
      offset -= 0.05 * 2 * error
    }
    check(trainer, slope, offset)
  }

  @Test("An epoch takes every row once, in an order of its own that the seed decides")
  func shuffling() throws {
    let count = 23
    let network = try Network.sequential(input: [1]) { Activation(.identity) }
    let plan = try Plan(network, mode: .inference, capacity: 4)
    let session = Session(
      plan, parameters: LiveParameters(try Parameters(for: network, seed: 0)))
    func order(seed: UInt64, epoch: Int) -> [Float] {
      let column = Tensor((0..<count).map(Float.init), shape: [count, 1])
      let data = TrainingData(column, targets: column)
      let batches = BatchSequence(data, batchSize: 4, seed: seed)
      batches.shuffle(for: epoch)
      return (0..<batches.count).flatMap { batch -> [Float] in
        _ = batches.load(batch, into: session)
        return batches.targets(batch).elements()
      }
    }
    let first = order(seed: 1, epoch: 0)
    #expect(first.sorted() == (0..<count).map(Float.init) && first != first.sorted())
    #expect(order(seed: 1, epoch: 0) == first)
    #expect(order(seed: 1, epoch: 1) != first)
    #expect(order(seed: 2, epoch: 0) != first)
  }

  @Test(
    "10-128-64-2 with batch normalisation, dropout, AdamW, clipping, cosine and patience learns")
  func wholeRecipe() throws {
    func rows(_ count: Int, stream: UInt32) -> TrainingData {
      let random = RandomStream(seed: 9, stream: stream)
      let values = (0..<count * 10).map { Float(4 * random.uniform(at: $0) - 2) }
      let labels = (0..<count).map { values[$0 * 10] * values[$0 * 10 + 1] > 0 ? 1 : 0 }
      return TrainingData(Tensor(values, shape: [count, 10]), classes: labels)
    }
    let network = try Network.sequential(input: [10]) {
      Dense(128)
      BatchNormalization()
      Activation(.relu)
      Dropout(0.5)
      Dense(64)
      Activation(.relu)
      Dropout(0.5)
      Dense(2)
    }
    let trainer = try Trainer(
      network,
      options: TrainingOptions(
        loss: CrossEntropy(), optimizer: AdamW(weightDecay: 1e-4), schedule: Cosine(),
        scheduleUnit: .epoch, epochs: 50, batchSize: 32, patience: 10, clipNorm: 1, seed: 3),
      data: rows(2000, stream: 1), validation: rows(500, stream: 2),
      scoring: .classes(count: 2))
    try trainer.run()
    let best = try #require(trainer.progress.bestEpoch)
    // The sign of a product is no linear rule: a linear one would get half of the rows right.
    #expect(trainer.history[best - 1].scores["accuracy"] ?? 0 > 0.85)
  }

  private func line() -> (TrainingData, [(x: Double, y: Double)]) {
    let random = RandomStream(seed: 8, stream: 1)
    let rows = (0..<11).map { index in
      let x = 2 * random.uniform(at: index) - 1
      return (x: x, y: 3 * x + 1 + 0.1 * random.uniform(at: 100 + index))
    }
    let data = TrainingData(
      Tensor(rows.map { $0.x }, shape: [11, 1]), targets: Tensor(rows.map { $0.y }, shape: [11, 1]))
    return (data, rows)
  }

  private func start(_ network: Network) throws -> TrainingState {
    var parameters = try Parameters(for: network, seed: 0, elementType: .float64)
    parameters["dense_1/kernel"] = Tensor([0.5], shape: [1, 1])
    parameters["dense_1/bias"] = Tensor([-0.25])
    return TrainingState(startingFrom: TrainingSnapshot(parameters))
  }

  private func check(_ trainer: Trainer, _ slope: Double, _ offset: Double) {
    let parameters = trainer.state().current.parameters
    #expect(abs((parameters["dense_1/kernel"]?.doubles()[0] ?? 0) - slope) < 1e-12)
    #expect(abs((parameters["dense_1/bias"]?.doubles()[0] ?? 0) - offset) < 1e-12)
  }
}
