import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Converters

@Suite struct KerasReadingTests {
  static let files = ((try? KerasRecords.all()) ?? []).map(\.file)

  private func record(_ file: String) throws -> KerasRecords.Record {
    try #require(KerasRecords.all().first { $0.file == file })
  }

  @Test("A model gives the numbers of Keras", arguments: files)
  func sameOutputs(file: String) throws {
    let record = try record(file)
    let model = try record.read().model
    let inputs = zip(record.inputs, model.network.inputs).map {
      $1.isIndices ? $0.indices : $0.tensor
    }
    let outputs = try model.predictions(inputs)
    for (name, expected) in zip(model.network.outputs, record.outputs) {
      // float32, summed in another order.
      #expect(relativeError(try #require(outputs[name]), expected.tensor) < 1e-5)
    }
  }

  @Test("A model of Keras is the same from a model file")
  func survivesAFile() throws {
    let model = try record("train_adam.keras").read().model
    let folder = try TemporaryFolder()
    try model.write(to: folder.path("adam.h5"))
    let again = try Model(reading: folder.path("adam.h5"))
    #expect(again.network == model.network)
    #expect(again.parameters == model.parameters)
    #expect(again.snapshot.optimizerStep == 12)
    #expect(again.snapshot.slots.map(\.name) == model.snapshot.slots.map(\.name))
    #expect(again.training?.options.optimizer.kind == "adam")
  }

  @Test("Every layer, weight and optimizer variable is reported")
  func everythingIsReported() throws {
    let log = try record("train_adam.keras").read().log
    let subjects = log.entries.map(\.subject)
    for subject in ["layer hidden (Dense)", "layer norm (BatchNormalization)", "optimizer Adam"] {
      #expect(subjects.contains(subject))
    }
    // Eight weights, and two slots of six trainable ones.
    #expect(subjects.count { $0.hasPrefix("weight ") } == 8)
    #expect(subjects.count { $0.hasPrefix("optimizer optimizer/vars/") } == 14)
    #expect(!log.entries.contains { $0.fate == .lost })
  }

  @Test("A softmax before a cross-entropy becomes the link, and the report says so")
  func softmaxBecomesLink() throws {
    let (model, log) = try record("train_classes.h5").read()
    #expect(model.link == .softmax)
    #expect(model.network.outputs == ["out"])
    #expect(log.entries.contains { $0.subject == "output out" && $0.fate == .changed })
  }

  @Test("A model that is used twice has its parameters once")
  func sharedModel() throws {
    let model = try record("nested.keras").read().model
    let paths = model.parameters.layout.entries.map(\.path)
    #expect(paths.count { $0.hasPrefix("inner_") } == 8)
    #expect(model.network.nodes.contains { !$0.ties.isEmpty })
  }
}
