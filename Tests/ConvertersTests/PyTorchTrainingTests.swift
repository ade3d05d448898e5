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
