import Foundation
import Formats
import HDF5
import Layers
import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Converters

@Suite("The HDF5 files and the training state that are written for Keras")
struct KerasWritingFileTests {
  @Test("An HDF5 file names layers and weights in order, a layer without weights by an empty list")
  func legacy() throws {
    let folder = try KerasWritingFolder()
    let network = try Network.sequential(input: [4, 3]) {
      Flatten()
      Dense(2)
    }
    _ = try folder.write(try kerasModel(network), to: "model.hdf5")
    let file = try HDF5.File(reading: folder.path("model.hdf5"))
    let weights = try file.root.group("model_weights")
    #expect(
      try weights.attribute("layer_names") == .texts(["features", "flatten_1", "dense_1"]))
    #expect(
      try weights.group("dense_1").attribute("weight_names")
        == .texts(["dense_1/kernel", "dense_1/bias"]))
    #expect(try weights.group("flatten_1").attribute("weight_names") == .texts([]))
    #expect(try weights.dataset(at: "dense_1/dense_1/kernel").shape == [12, 2])
    #expect(try file.root.attributeNames() == ["backend", "keras_version", "model_config"])
  }

  @Test("Names that one attribute cannot hold go on in further ones, as Keras writes them")
  func chunks() throws {
    let folder = try KerasWritingFolder()
    let path = folder.path("chunks.h5")
    let names = (0..<3000).map { "\($0)_" + String(repeating: "n", count: 60) }
    let store = WrittenKerasStore()
    store.add("layer_names", .texts(names))
    store.add("few", .texts(["a", "bc"]))
    store.add("none", .texts([]))
    try store.write(to: path)
    let root = try HDF5.File(reading: path).root
    #expect(
      try root.attributeNames() == [
        "few", "layer_names0", "layer_names1", "layer_names2", "layer_names3", "none",
      ])
    var found: [String] = []
    for index in 0..<4 {
      guard case .texts(let part) = try root.attribute("layer_names\(index)") else { continue }
      found += part
    }
    #expect(found.count == names.count && zip(found, names).allSatisfy(==))
  }

  @Test("A text with the end of a text in it is refused, not cut")
  func zero() throws {
    let folder = try KerasWritingFolder()
    let store = WrittenKerasStore()
    store.add("a", .text("b\u{0}c"))
    #expect(throws: HDF5Error.self) { try store.write(to: folder.path("zero.h5")) }
  }

  @Test("A layer named as what Keras keeps beside layers is refused")
  func reservedName() throws {
    let folder = try KerasWritingFolder()
    let builder = NetworkBuilder()
    let input = builder.input("x", shape: [2])
    let name = "top_level_model_weights"
    let model = try kerasModel(
      try builder.network(outputs: builder.add(Dense(1), named: name, to: input)))
    #expect(throws: ConversionError.self) { try folder.write(model, to: "model.hdf5") }
    _ = try folder.write(model)
  }

  private func trained(
    _ optimizer: any Optimizer, loss: any Loss = MeanSquaredError(),
    change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> Model {
    let network = try Network.sequential(input: [3]) { Dense(2) }
    var options = TrainingOptions(loss: loss, optimizer: optimizer, epochs: 4, batchSize: 2)
    change(&options)
    let rows = Tensor((0..<18).map { Float($0 % 5) - 2 }, shape: [6, 3])
    let targets = Tensor((0..<12).map { Float($0 % 3) }, shape: [6, 2])
    let data =
      loss.targets == .numbers
      ? TrainingData(inputs: [rows], targets: [targets])
      : TrainingData(inputs: [rows], targets: [Tensor((0..<6).map { Int32($0 % 2) })])
    let trainer = try Trainer(network, options: options, data: data)
    try trainer.run()
    return Model(trainer)
  }

  private func slot(_ model: Model, _ name: String, _ path: String) throws -> [Float] {
    let entry = try #require(model.parameters.layout.entries.first { $0.path == path })
    let values = try #require(
      model.snapshot.slots.first { $0.name == name }?.values.elements(as: Float.self))
    return Array(values[entry.offset..<entry.offset + entry.spec.shape.count])
  }

  @Test("Adam's state is the step, the learning rate, and both moments of every variable in turn")
  func adam() throws {
    let folder = try KerasWritingFolder()
    let model = try trained(Adam(learningRate: 0.01))
    _ = try folder.write(model)
    let weights = try folder.weights()
    #expect(
      try weights.root.group("optimizer").group("vars").childNames() == (0..<6).map { "\($0)" })
    #expect(try weights.root.dataset(at: "optimizer/vars/0").read(budget: 8) == [12, 0, 0, 0])
    #expect(try weights.floats("optimizer/vars/1") == [0.01])
    #expect(
      try weights.floats("optimizer/vars/2") == slot(model, "first_moment", "dense_1/kernel"))
    #expect(
      try weights.floats("optimizer/vars/5") == slot(model, "second_moment", "dense_1/bias"))
  }

  @Test("Keras' momentum is the velocity times minus the learning rate")
  func momentum() throws {
    let folder = try KerasWritingFolder()
    let model = try trained(Momentum(learningRate: 0.05))
    let log = try folder.write(model)
    let expected = try slot(model, "velocity", "dense_1/kernel").map { Float(Double($0) * -0.05) }
    #expect(try folder.weights().floats("optimizer/vars/2") == expected)
    #expect(
      log.entries.contains { $0.fate == .changed && $0.subject == "optimizer slot velocity" })
  }

  @Test("A schedule of Keras takes the place of the learning rate among the variables")
  func schedule() throws {
    let folder = try KerasWritingFolder()
    let model = try trained(SGD()) { $0.schedule = Cosine(minimum: 0.1) }
    _ = try folder.write(model)
    #expect(try folder.weights().root.group("optimizer").group("vars").childNames() == ["0"])
    let compile = try #require(try folder.configuration()["compile_config"] as? [String: Any])
    let optimizer = try #require(compile["optimizer"] as? [String: Any])
    let options = try #require(optimizer["config"] as? [String: Any])
    let rate = try #require(options["learning_rate"] as? [String: Any])
    #expect(rate["class_name"] as? String == "CosineDecay")
    #expect((rate["config"] as? [String: Any])?["decay_steps"] as? Int == 12)
  }

  @Test(
    "Penalties become regularizers of the layers, and a coupled decay one of all that is trained")
  func penalties() throws {
    let folder = try KerasWritingFolder()
    _ = try folder.write(
      try trained(Adam(weightDecay: 0.2)) { options in
        options.l1 = 0.01
        options.l2 = 0.03
      })
    let inner = try #require(try folder.configuration()["config"] as? [String: Any])
    let layers = try #require(inner["layers"] as? [[String: Any]])
    let options = try #require(layers[1]["config"] as? [String: Any])
    func config(_ name: String) -> [String: Double]? {
      (options[name] as? [String: Any])?["config"] as? [String: Double]
    }
    #expect(config("kernel_regularizer") == ["l1": 0.01, "l2": 0.13])
    #expect(config("bias_regularizer") == ["l2": 0.1])
  }

  @Test("A loss of targets in another unit counts as much as before")
  func extents() throws {
    var log = ConversionLog(file: "a.keras")
    let squared = try MeanSquaredError().keras("loss", extent: 2, log: &log)
    #expect(squared.factor == 0.25)
    let huber = try Huber(delta: 0.5).keras("loss", extent: 2, log: &log)
    #expect(huber.factor == 0.25 && huber.options.contains(.init("delta", 1.0)))
    let smooth = try SmoothL1(beta: 0.5).keras("loss", extent: 2, log: &log)
    #expect(smooth.factor == 0.5 && smooth.options.contains(.init("delta", 1.0)))
  }

  @Test("What training has that Keras has not is refused by name, or listed as lost")
  func losses() throws {
    let folder = try KerasWritingFolder()
    let model = try trained(SGD(), loss: CrossEntropy(labelSmoothing: 0.1))
    let error = #expect(throws: ConversionError.self) { try folder.write(model) }
    #expect(error?.subject == "loss")
    let log = try folder.write(model, allowsLoss: true)
    #expect(log.entries.filter { $0.fate == .lost }.map(\.subject) == ["loss"])
    #expect(log.entries.contains { $0.fate == .ignored && $0.subject == "history" })
  }

  @Test("Everything that a model holds is in the report")
  func report() throws {
    let folder = try KerasWritingFolder()
    let model = try trained(AdamW())
    for name in ["model.keras", "model.hdf5"] {
      let subjects = try folder.write(model, to: name).entries.map(\.subject)
      for entry in model.parameters.layout.entries {
        #expect(subjects.contains("weights \(entry.path)"))
      }
      for slot in model.snapshot.slots {
        #expect(subjects.contains("optimizer slot \(slot.name)"))
      }
      for subject in ["optimizer", "loss", "learning rate", "optimizer step", "layer dense_1"] {
        #expect(subjects.contains(subject))
      }
    }
  }
}
