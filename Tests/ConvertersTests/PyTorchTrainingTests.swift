import Formats
import Foundation
import Layers
import ModelFiles
import Networks
import Tensors
import Testing

@testable import Converters
@testable import Training

/// `Fixtures/weights/continued.json`.
private struct Continued: Decodable {
  var inputs: [[Double]]
  var targets: [[Double]]
  var runs: [Run]

  struct Run: Decodable {
    var name: String
    var final: [String: [Double]]
  }

  static func recorded() throws -> Continued {
    let path = weightFixture("weights/continued.json")
    return try JSONDecoder().decode(
      Continued.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// The ten batches, one behind the other.
  var data: TrainingData {
    TrainingData(
      Tensor(inputs.joined().map { Float($0) }, shape: [80, 4]),
      targets: Tensor(targets.joined().map { Float($0) }, shape: [80, 3]))
  }
}

@Suite("Training that goes on from PyTorch")
struct PyTorchTrainingTests {
  @Test(
    "Ten steps from a checkpoint are those of PyTorch",
    arguments: ["adam", "adamw", "sgd", "momentum", "nesterov", "rmsprop", "adagrad"])
  func continued(name: String) throws {
    let recorded = try Continued.recorded()
    let run = try #require(recorded.runs.first { $0.name == name })
    let model = try pyTorchModel(
      weightFixture("weights/\(name).pt"), onto: Model.perceptron()
    ).model
    try follow(model, recorded, run)
    // The same once it has been written and read.
    let folder = try WeightFolder()
    var log = ConversionLog(file: "a.pt")
    try PyTorchConverter.write(model, to: folder.path("a.pt"), log: &log)
    let again = try pyTorchModel(folder.path("a.pt"), onto: Model.perceptron()).model
    #expect(again.parameters == model.parameters)
    #expect(again.snapshot.slots.map(\.values) == model.snapshot.slots.map(\.values))
    #expect(again.snapshot.optimizerStep == model.snapshot.optimizerStep)
    try model.write(to: folder.path("a.h5"))
    try follow(Model(reading: folder.path("a.h5")), recorded, run)
  }

  private func follow(_ model: Model, _ recorded: Continued, _ run: Continued.Run) throws {
    var options = try #require(model.training?.options)
    options.loss = MeanSquaredError()
    options.epochs = 1
    options.batchSize = 8
    let trainer = try Trainer(
      model.network, options: options, data: recorded.data,
      from: TrainingState(startingFrom: model.snapshot), shuffles: false)
    try trainer.run()
    let final = trainer.state().current.parameters
    #expect(run.final.count == 4)
    for (path, expected) in run.final {
      let found = try #require(final[path]?.doubles())
      let error = zip(found, expected).map { abs($0 - $1) }.max() ?? 1
      // Both are float32, and sums are taken in other orders.
      #expect(error < 2e-6, "\(run.name) \(path) \(error)")
    }
  }

  @Test("Steps, options, the learning rate that is reached and what is left of a schedule are kept")
  func checkpoint() throws {
    let (model, log) = try pyTorchModel(
      weightFixture("weights/checkpoint.pt"), onto: Model.perceptron())
    let options = try #require(model.training?.options)
    #expect(model.snapshot.optimizerStep == 5)
    let optimizer = try #require(options.optimizer as? AdamW)
    #expect(abs(optimizer.learningRate - 0.025) < 1e-12)
    #expect(optimizer.weightDecay == 0.01)
    let schedule = try #require(options.schedule as? MultiStep)
    #expect(schedule.milestones == [4] && schedule.factor == 0.5)
    #expect(log.entries.contains { $0.subject == "entry 'best'" && $0.fate == .ignored })
  }

  /// The options of training that a checkpoint of plain descent with a schedule gives.
  private func options(
    rate: Double = 0.1, base: Double? = nil, schedule: [(String, PyTorchValue)],
    allowsLoss: Bool = false
  ) throws -> (options: TrainingOptions, progress: TrainingProgress) {
    func dictionary(_ entries: [(String, PyTorchValue)]) -> PyTorchValue {
      .dictionary(entries.map { (key: .text($0.0), value: $0.1) })
    }
    let group = dictionary(
      [
        ("lr", .double(rate)), ("momentum", .int(0)), ("dampening", .int(0)),
        ("nesterov", .bool(false)), ("params", .list((0..<4).map { .int($0) })),
      ] + (base.map { [("initial_lr", .double($0))] } ?? []))
    let names = TorchNames(try Model.perceptron().network)
    let weights = WeightWriting.tensors(
      of: try Model.perceptron().parameters, names: names, stepCount: 0)
    let common: [(String, PyTorchValue)] = [
      ("base_lrs", .list([.double(base ?? rate)])), ("_step_count", .int(1)),
      ("_last_lr", .list([.double(rate)])),
    ]
    let value = dictionary([
      ("model", .stateDictionary(weights.map { (name: $0.name, tensor: $0) })),
      ("optimizer", dictionary([("state", dictionary([])), ("param_groups", .list([group]))])),
      ("scheduler", dictionary(common + schedule)),
    ])
    let folder = try WeightFolder()
    try PyTorchWriter.write(value, creating: folder.path("a.pt"), named: "a.pt")
    var log = ConversionLog(file: "a.pt", allowsLoss: allowsLoss)
    let model = try PyTorchConverter.model(
      reading: folder.path("a.pt"), onto: Model.perceptron(), matching: WeightOptions(), log: &log)
    let training = try #require(model.training)
    return (training.options, training.progress)
  }

  @Test("Schedules go on from the place that they have reached, or are refused by name")
  func schedules() throws {
    func place(_ index: Int) -> (String, PyTorchValue) { ("last_epoch", .int(index)) }
    let exponential = try options(schedule: [place(3), ("gamma", .double(0.9))]).options
    #expect((exponential.schedule as? Exponential)?.factor == 0.9)
    #expect(exponential.optimizer.learningRate == 0.1 && exponential.scheduleUnit == .epoch)
    let step: [(String, PyTorchValue)] = [("step_size", .int(4)), ("gamma", .double(0.5))]
    #expect((try options(schedule: step + [place(8)]).options.schedule as? StepDecay)?.every == 4)
    let amid = try options(schedule: step + [place(6)]).options.schedule as? MultiStep
    #expect(amid?.milestones.prefix(3) == [2, 6, 10])
    let cosine: [(String, PyTorchValue)] = [("T_max", .int(20)), ("eta_min", .double(0.05))]
    let whole = try options(base: 0.1, schedule: cosine + [place(0)]).options
    #expect((whole.schedule as? Cosine)?.minimum == 0.5 && whole.epochs == 20)
    #expect(
      weightMessage { _ = try options(schedule: cosine + [place(5)]) }
        == "a.pt: scheduler: CosineAnnealingLR at 5: a cosine begins with a run here, not amid it; "
        + "--allow-loss leaves it out")
    let left = try options(rate: 0, base: 0.1, schedule: cosine + [place(20)], allowsLoss: true)
    #expect(left.options.optimizer.learningRate == 0.1 && left.options.schedule is Constant)
    let cyclic: [(String, PyTorchValue)] = [
      ("max_lrs", .list([.double(0.5)])), ("total_size", .double(10)), ("step_ratio", .double(0.4)),
      ("mode", .text("triangular")), ("gamma", .double(1)), ("scale_mode", .text("cycle")),
      ("cycle_momentum", .bool(false)), ("_scale_fn_custom", .none),
    ]
    let cycle = try options(schedule: cyclic + [place(20)]).options
    #expect(cycle.schedule as? Cyclical == Cyclical(minimum: 0.2, rise: 4, fall: 6))
    #expect(cycle.optimizer.learningRate == 0.5 && cycle.scheduleUnit == .step)
    for other in [cyclic + [place(3)], [place(3), ("lr_lambdas", .list([.none]))]] {
      #expect(throws: ConversionError.self) { _ = try options(schedule: other) }
    }
    let plateau = try options(schedule: [
      place(7), ("factor", .double(0.2)), ("patience", .int(4)), ("cooldown", .int(1)),
      ("min_lrs", .list([.double(0.05)])), ("threshold", .double(0.001)), ("mode", .text("min")),
      ("threshold_mode", .text("rel")), ("best", .double(0.75)), ("num_bad_epochs", .int(2)),
      ("cooldown_counter", .int(1)), ("eps", .double(1e-8)), ("mode_worse", .double(.infinity)),
    ])
    #expect(
      plateau.options.schedule as? ReduceOnPlateau
        == ReduceOnPlateau(factor: 0.2, patience: 4, threshold: 0.001, cooldown: 1, minimum: 0.5))
    #expect(plateau.progress.plateau.best == 0.75 && plateau.progress.plateau.waited == 2)
  }

  @Test("Of an architecture that was trained the loss and the rest of the options are kept")
  func trainedArchitecture() throws {
    var architecture = try Model.perceptron()
    architecture.training = TrainingRecord(
      options: TrainingOptions(loss: Huber(delta: 2), optimizer: SGD(), batchSize: 7),
      progress: TrainingProgress(), history: [], live: nil)
    let model = try pyTorchModel(
      weightFixture("weights/rmsprop.pt"), onto: architecture
    ).model
    let options = try #require(model.training?.options)
    #expect(options.loss.kind == Huber.kind && options.batchSize == 7)
    #expect((options.optimizer as? RMSProp)?.momentum == 0.5)
    #expect(model.snapshot.slots.map(\.name) == ["mean_square", "velocity"])
  }
}
