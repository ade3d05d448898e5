import Foundation
import Networks
import Tensors
import Testing
import Training

@testable import ModelFiles

@Suite struct RoundTripTests {
  /// What a file may hold: nothing of a run, an unfinished run before its first epoch, between
  /// epochs with a live state, and a finished one.
  static let cases = ["untrained", "mid-epoch", "between epochs", "finished"]

  private func model(_ name: String) throws -> Model {
    switch name {
    case "untrained": try untrainedModel()
    case "mid-epoch": try SampleRun().model(after: 2)
    case "between epochs": try SampleRun().model(after: 11)
    default: try SampleRun().model()
    }
  }

  @Test("Written, read and written again a model is the same to the byte", arguments: cases)
  func bytes(name: String) throws {
    let folder = try TemporaryFolder()
    let model = try model(name)
    try model.write(to: folder.file("first.h5"))
    let read = try ModelFile(reading: folder.file("first.h5")).model()
    try read.write(to: folder.file("second.h5"))
    let first = try contents(of: folder.file("first.h5"))
    #expect(try contents(of: folder.file("second.h5")) == first)
    // And a third time over the second.
    try model.write(to: folder.file("second.h5"))
    #expect(try contents(of: folder.file("second.h5")) == first)
    #expect(try folder.names() == ["first.h5", "second.h5"])
  }

  @Test("What is read is what was written", arguments: cases)
  func parts(name: String) throws {
    let folder = try TemporaryFolder()
    let model = try model(name)
    try model.write(to: folder.file("model.h5"))
    let file = try ModelFile(reading: folder.file("model.h5"))
    let read = try file.model()
    #expect(file.verify() == [] && file.notes == [])
    #expect(file.version == .current && file.writer == ProgramVersion.name)
    #expect(read.network == model.network && read.link == model.link)
    #expect(read.parameters == model.parameters)
    #expect(read.preprocessing == model.preprocessing)
    #expect(read.configuration == model.configuration)
    #expect(read.provenance == model.provenance)
    #expect((read.training == nil) == (model.training == nil))
    #expect(read.training?.progress == model.training?.progress)
    #expect(read.training?.history == model.training?.history)
    #expect((read.training?.live == nil) == (model.training?.live == nil))
    #expect(read.training?.live?.parameters == model.training?.live?.parameters)
    #expect(file.isResumable == (name == "mid-epoch" || name == "between epochs"))
    let options = try read.training.map { try CanonicalJSON.text(of: $0.options) }
    #expect(try options == model.training.map { try CanonicalJSON.text(of: $0.options) })
  }

  @Test("Predictions after loading are those before saving, to the bit")
  func predictions() throws {
    let folder = try TemporaryFolder()
    let run = try SampleRun()
    let model = try run.model()
    try model.write(to: folder.file("model.h5"))
    let read = try ModelFile(reading: folder.file("model.h5")).model()
    func predictions(_ model: Model) throws -> Tensor {
      try Evaluator(model.network, parameters: LiveParameters(model.parameters))
        .predict(run.validation.inputs, link: model.link)
    }
    #expect(try predictions(read) == predictions(model))
    let preprocessing = try #require(read.preprocessing)
    #expect(
      try preprocessing.encode(sampleTable).inputs[0].tensor
        == run.preprocessing.encode(sampleTable).inputs[0].tensor)
  }

  /// Whether a run that is stopped after some steps and goes on from its file ends with the bytes
  /// of an unbroken one.
  private func expectExact(_ run: SampleRun, brokenAfter steps: [Int], _ what: String) throws {
    let folder = try TemporaryFolder()
    try run.model().write(to: folder.file("unbroken.h5"))
    let expected = try contents(of: folder.file("unbroken.h5"))
    for step in steps {
      try run.model(after: step).write(to: folder.file("broken.h5"))
      let stored = try ModelFile(reading: folder.file("broken.h5")).model()
      let trainer = try run.trainer(from: stored.trainingState)
      try trainer.run()
      var model = stored
      let whole = Model(
        network: run.network, options: run.options, state: trainer.state(),
        preprocessing: run.preprocessing)
      model.snapshot = whole.snapshot
      model.training = whole.training
      try model.write(to: folder.file("resumed.h5"))
      #expect(
        try contents(of: folder.file("resumed.h5")) == expected, "\(what) after step \(step)")
    }
  }

  @Test("A run resumed from its file at any step ends as an unbroken one, to the byte")
  func resuming() throws {
    try expectExact(SampleRun(), brokenAfter: Array(1..<16), "adamw")
  }

  @Test("So does one with any optimizer")
  func resumingOptimizers() throws {
    for entry in OptimizerCatalog.standard.entries {
      try expectExact(
        SampleRun(optimizer: entry.defaults), brokenAfter: [1, 6, 8], "\(entry.kind)")
    }
    try expectExact(
      SampleRun(optimizer: RMSProp(momentum: 0.5)), brokenAfter: [3], "rmsprop with momentum")
  }

  @Test("So does one with any schedule, by steps and by epochs")
  func resumingSchedules() throws {
    for unit in ScheduleUnit.allCases {
      for entry in ScheduleCatalog.standard.entries {
        var run = try SampleRun()
        run.options.schedule = entry.defaults
        run.options.scheduleUnit = unit
        try expectExact(run, brokenAfter: [2, 7, 12], "\(entry.kind) by \(unit)")
      }
    }
    var run = try SampleRun()
    run.options.schedule = ReduceOnPlateau(factor: 0.5, patience: 0, threshold: 0.5)
    try expectExact(run, brokenAfter: [5, 8, 13], "an impatient plateau")
  }

  @Test("Fine-tuning from a file goes on with the optimizer of the file")
  func fineTuning() throws {
    let folder = try TemporaryFolder()
    let run = try SampleRun(optimizer: Adam(learningRate: 0.01))
    let model = try run.model()
    try model.write(to: folder.file("model.h5"))
    let read = try ModelFile(reading: folder.file("model.h5")).model()
    #expect(read.snapshot.optimizerStep == model.snapshot.optimizerStep)
    #expect(read.snapshot.optimizerStep > 0)
    func tuned(_ snapshot: TrainingSnapshot) throws -> Parameters {
      let trainer = try run.trainer(from: TrainingState(startingFrom: snapshot))
      try trainer.run()
      return trainer.state().current.parameters
    }
    #expect(try tuned(read.snapshot) == tuned(model.snapshot))
    #expect(
      try tuned(read.snapshot) != tuned(TrainingSnapshot(model.parameters)))
  }

  @Test("A small model makes a small file")
  func size() throws {
    let folder = try TemporaryFolder()
    for (name, limit) in [("untrained", 10_000), ("finished", 34_000)] {
      try model(name).write(to: folder.file("model.h5"))
      let size = try contents(of: folder.file("model.h5")).count
      #expect(size < limit, "\(name): \(size) bytes")
    }
  }
}
