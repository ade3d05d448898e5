import Layers
import Networks
import Tensors
import Testing

@testable import Training

/// One recorded run of PyTorch, and what is needed to follow it with a ``Trainer``.
struct RecordedRun: CustomTestStringConvertible, Sendable {
  var recording: Recording
  var run: Recording.Run

  var testDescription: String { run.name }

  static func all(of file: String) throws -> [RecordedRun] {
    let recording: Recording = try recorded(file)
    return recording.runs.map { RecordedRun(recording: recording, run: $0) }
  }

  static let stepCount = 50

  func network() throws -> Network {
    try Network.sequential(input: [4]) {
      Dense(6)
      Activation(.tanh)
      Dense(3)
    }
  }

  func start(_ network: Network) throws -> TrainingState {
    var parameters = try Parameters(for: network, seed: 0, elementType: run.type)
    for (path, tensor) in recording.start { parameters[path] = tensor.tensor(run.type) }
    return TrainingState(startingFrom: TrainingSnapshot(parameters))
  }

  /// Some of the batches, one after the other.
  func data(_ batches: [Recording.Batch]) -> TrainingData {
    let inputs = batches.map { $0.inputs.tensor(run.type) }
    let targets = batches.map { run.loss.targets(of: $0, run.type) }
    return TrainingData(joined(inputs), targets: joined(targets))
  }

  func options(epochs: Int) throws -> TrainingOptions {
    TrainingOptions(
      loss: try run.loss.loss(), optimizer: try run.optimizer.optimizer(),
      schedule: try run.schedule.schedule(learningRate: run.optimizer.learningRate),
      warmUp: .steps(run.schedule.warmUp ?? 0), epochs: epochs, batchSize: 8,
      l1: run.l1 ?? 0, l2: run.l2 ?? 0, clipNorm: run.clipNorm, clipValue: run.clipValue,
      classWeights: run.loss.classWeights)
  }

  private func joined(_ tensors: [Tensor]) -> Tensor {
    let rows = tensors.reduce(0) { $0 + $1.shape[0] }
    var result = Tensor(
      zeros: tensors[0].shape.replacing(axis: 0, with: rows), elementType: tensors[0].elementType)
    result.withMutableView { view in
      var row = 0
      for tensor in tensors {
        tensor.withView { view.rows(row..<row + $0.rows).copy(from: $0) }
        row += tensor.shape[0]
      }
    }
    return result
  }
}

/// What a trainer did, step by step.
struct Trace {
  var losses: [Double] = []
  var learningRates: [Double] = []
  var gradientNorms: [Double] = []
  var final: Parameters
}

extension RecordedRun {
  /// Fifty steps over the five batches in turn.
  func follow() throws -> Trace {
    let network = try network()
    let trainer = try Trainer(
      network, options: try options(epochs: RecordedRun.stepCount / recording.batches.count),
      data: data(recording.batches), from: try start(network), shuffles: false)
    var trace = Trace(final: trainer.state().current.parameters)
    var rate = trainer.learningRate
    try trainer.run { event in
      guard case .step(let progress, _, let loss) = event else { return }
      trace.losses.append(loss)
      trace.learningRates.append(rate)
      trace.gradientNorms.append(progress.gradientNorm ?? 0)
      rate = trainer.learningRate
    }
    trace.final = trainer.state().current.parameters
    return trace
  }

  /// The same, each step an epoch of its own: PyTorch's plateau was shown the loss of every step,
  /// a trainer shows its schedule that of every epoch.
  func followStepByStep() throws -> Trace {
    let network = try network()
    var state = try start(network)
    var trace = Trace(final: state.current.parameters)
    for step in 0..<RecordedRun.stepCount {
      let batch = recording.batches[step % recording.batches.count]
      let trainer = try Trainer(
        network, options: try options(epochs: RecordedRun.stepCount), data: data([batch]),
        from: state, shuffles: false)
      trace.learningRates.append(trainer.learningRate)
      try trainer.run(until: { true }) { event in
        if case .step(_, _, let loss) = event { trace.losses.append(loss) }
      }
      state = trainer.state()
    }
    trace.final = state.current.parameters
    return trace
  }

  /// Compares a trace with what was recorded.
  func check(_ trace: Trace, _ location: SourceLocation = #_sourceLocation) {
    let tolerance = 1e-5
    let penalties = run.penalties ?? Array(repeating: 0, count: RecordedRun.stepCount)
    func compare(_ found: [Double], _ expected: [Double], _ what: String, least: Double) {
      #expect(found.count == expected.count, "\(what)", sourceLocation: location)
      for (index, pair) in zip(found, expected).enumerated() {
        #expect(
          abs(pair.0 - pair.1) <= tolerance * max(abs(pair.1), least),
          "\(what)[\(index)]: \(pair.0) is not \(pair.1)", sourceLocation: location)
      }
    }
    // Below `least` the bound is absolute: what crosses zero has no relative error. In float32 the
    // start and the inputs round by 2^-24 of their size, about 1, which 50 steps of Adam gather to
    // some 2e-7 (found: 1.5e-7 in the parameters), whatever the size of the parameter.
    let least = run.type == .float64 ? 1e-6 : 0.1
    compare(trace.losses, zip(run.losses, penalties).map { $0 + $1 }, "losses", least: least)
    compare(trace.learningRates, run.learningRates, "learning rates", least: 1e-9)
    if run.clipNorm != nil, let norms = run.gradientNorms {
      compare(trace.gradientNorms, norms, "gradient norms", least: least)
    }
    for (path, tensor) in run.final {
      compare(trace.final[path]?.doubles() ?? [], tensor.values, path, least: least)
    }
  }
}

@Suite struct RecordedRunTests {
  @Test(
    "Every optimizer, penalty and clipping does fifty steps of PyTorch",
    arguments: try RecordedRun.all(of: "optimizers.json"))
  func optimizers(run: RecordedRun) throws {
    run.check(try run.follow())
  }

  @Test(
    "Every schedule does fifty steps of PyTorch",
    arguments: try RecordedRun.all(of: "schedules.json"))
  func schedules(run: RecordedRun) throws {
    run.check(
      try run.run.schedule.kind == "plateau" ? run.followStepByStep() : run.follow())
  }

  @Test(
    "Every loss does fifty steps of PyTorch", arguments: try RecordedRun.all(of: "losses.json"))
  func losses(run: RecordedRun) throws {
    // PyTorch can weigh the ones of each output by itself, which this library cannot.
    let unfollowed = ["binary_cross_entropy, positive_weight [0.5, 1.0, 2.5]"]
    if unfollowed.contains(run.run.name) {
      #expect(throws: Unfollowed.self) { try run.follow() }
    } else {
      run.check(try run.follow())
    }
  }

  @Test("Every optimizer, schedule and loss of the catalogues is in a recording")
  func completeness() throws {
    let runs = try ["optimizers.json", "schedules.json", "losses.json"]
      .flatMap(RecordedRun.all).map { $0.run }
    let optimizers = try Set(runs.map { try $0.optimizer.optimizer().kind })
    // The rule of gradient descent is SGD's; it has a test of its own.
    #expect(optimizers.union([GradientDescent.kind]) == Set(OptimizerCatalog.standard.names))
    let schedules = try Set(runs.map { try $0.schedule.schedule(learningRate: 1).kind })
    #expect(schedules == Set(ScheduleCatalog.standard.names))
    let losses = Set(runs.compactMap { try? $0.loss.loss().kind })
    #expect(losses == Set(LossCatalog.standard.names))
  }
}
