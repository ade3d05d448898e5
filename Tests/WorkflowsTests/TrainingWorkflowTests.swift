import Foundation
import ModelFiles
import Networks
import Testing
import Training

@testable import Workflows

@Suite struct TrainingWorkflowTests {
  private func configuration(
    _ values: [(name: String, value: ConfigurationValue)]
  ) throws -> Configuration {
    var configuration = Configuration()
    try configuration.set([("hidden", .text("16,8")), ("epochs", .text("6"))] + values)
    return configuration
  }

  @Test("A trained model predicts what it evaluates")
  func trainPredictEvaluate() throws {
    let folder = try TemporaryFolder()
    let model = folder.path("model.h5")
    let options = try configuration([("target", .text("species")), ("epochs", .text("100"))])
    let result = try ModelTraining.run(
      .init(table: table("iris"), configuration: options, output: model))
    #expect(!result.isInterrupted && result.steps > 0)
    let scores = try #require(
      try Evaluation.run(.init(model: model, table: table("iris"))).targets[0].classification)
    #expect(scores.accuracy > 0.9)

    let output = folder.path("predictions.csv")
    let predicted = try Prediction.run(
      .init(model: model, input: table("iris"), output: output, keep: ["species"]))
    #expect(predicted.rowCount == 150)
    let lines = try folder.text("predictions.csv").split(separator: "\n")
    #expect(lines.count == 151)
    #expect(
      lines[0]
        == "species,prediction,probability_setosa,probability_versicolor,probability_virginica")
    let right = lines.dropFirst().count { line in
      let fields = line.split(separator: ",")
      return fields[0] == fields[1]
    }
    #expect(Double(right) / 150 == scores.accuracy)
  }

  @Test(
    "A run that is stopped anywhere and goes on ends as one that is not",
    arguments: ["species", "petal width (cm)"])
  func resume(target: String) throws {
    let folder = try TemporaryFolder()
    let options = try configuration([
      ("target", .text(target)), ("dropout", .text("0.2")), ("batch_norm", .text("yes")),
      ("schedule", .text("cosine")), ("clip_norm", .text("1")), ("batch_size", .text("16")),
    ])
    let whole = folder.path("whole.h5")
    let parts = folder.path("parts.h5")
    _ = try ModelTraining.run(.init(table: table("iris"), configuration: options, output: whole))
    // Stopped after 5 steps each time: within epochs of 8 steps, and at their ends.
    var steps = 0
    func stop() -> Bool {
      steps += 1
      return steps % 5 == 0
    }
    var result = try ModelTraining.run(
      .init(table: table("iris"), configuration: options, output: parts), until: stop)
    var stops = 0
    while result.isInterrupted {
      stops += 1
      try #require(stops < 100)
      // What is there predicts as well as it goes on.
      _ = try Evaluation.run(.init(model: parts, table: table("iris")))
      result = try Resumption.run(.init(model: parts), until: stop)
    }
    #expect(stops > 5)
    #expect(try folder.read("whole.h5") == folder.read("parts.h5"))
  }

  @Test("Where a run stands is known to the step, from its first step on")
  func position() throws {
    let folder = try TemporaryFolder()
    let model = folder.path("model.h5")
    let options = try configuration([
      ("target", .text("species")), ("epochs", .text("4")), ("batch_size", .text("16")),
      ("schedule", .text("step(every=7, factor=0.5)")), ("schedule_unit", .text("step")),
      ("warmup", .text("0")), ("learning_rate", .text("0.5")), ("optimizer", .text("sgd")),
    ])
    var steps = 0
    _ = try ModelTraining.run(
      .init(table: table("iris"), configuration: options, output: model),
      until: {
        steps += 1
        return steps == 3
      })
    let early = try #require(try Inspection.run(model).training)
    #expect(early.step == 3 && early.stepCount == 4 * 8)
    #expect(early.currentLearningRate == 0.5)
    _ = try Resumption.run(
      .init(model: model),
      until: {
        steps += 1
        return steps == 15
      })
    // The rate of the step that comes next, not of the last epoch's end.
    let later = try #require(try Inspection.run(model).training)
    #expect(later.step == 15 && later.currentLearningRate == 0.125)
  }

  @Test("The same seed gives the same file, another seed another")
  func reproducible() throws {
    let folder = try TemporaryFolder()
    for (name, seed, threads) in [("a", "1", "1"), ("b", "1", "2"), ("c", "2", "1")] {
      let options = try configuration([
        ("target", .text("cultivar")), ("seed", .text(seed)), ("threads", .text(threads)),
      ])
      _ = try ModelTraining.run(
        .init(table: table("wine"), configuration: options, output: folder.path("\(name).h5")))
    }
    let models = try ["a", "b", "c"].map { try Model(reading: folder.path("\($0).h5")) }
    #expect(models[0].parameters == models[1].parameters)
    #expect(models[0].parameters != models[2].parameters)
  }

  @Test("Fine-tuning continues the optimizer, keeps the columns, and names its parent")
  func finetune() throws {
    let folder = try TemporaryFolder()
    let model = folder.path("model.h5")
    let options = try configuration([
      ("target", .text("price_range")), ("validation_split", .text("0")),
    ])
    let trained = try ModelTraining.run(
      .init(table: table("phones_train"), configuration: options, output: model))
    for (name, resets) in [("tuned.h5", false), ("reset.h5", true)] {
      _ = try FineTuning.run(
        .init(
          table: table("phones_new"), model: model, output: folder.path(name),
          overrides: [("epochs", .text("2"))], resetsOptimizer: resets))
      let tuned = try Model(reading: folder.path(name))
      let before = try Model(reading: model)
      #expect(tuned.preprocessing == before.preprocessing)
      #expect(tuned.network == before.network)
      #expect(tuned.parameters != before.parameters)
      #expect(tuned.provenance.parent?.name == "model.h5")
      let own = try #require(tuned.training).progress.step
      #expect(tuned.snapshot.optimizerStep == own + (resets ? 0 : trained.steps))
    }
    #expect(throws: (any Error).self) {
      try FineTuning.run(
        .init(
          table: table("phones_new"), model: model, output: folder.path("no.h5"),
          overrides: [("hidden", .text("3"))]))
    }
  }

  @Test("Fine-tuning without progress gives back the weights it began with")
  func finetuneKeepsTheBest() throws {
    let folder = try TemporaryFolder()
    let model = folder.path("model.h5")
    let options = try configuration([("target", .text("species")), ("epochs", .text("40"))])
    _ = try ModelTraining.run(.init(table: table("iris"), configuration: options, output: model))
    let result = try FineTuning.run(
      .init(
        table: table("iris"), model: model, output: folder.path("tuned.h5"),
        overrides: [
          ("learning_rate", .text("100")), ("epochs", .text("1")), ("warmup", .text("0")),
          ("optimizer", .text("adamw")),
        ]))
    #expect(result.bestEpoch == 0)
    #expect(
      try Model(reading: folder.path("tuned.h5")).parameters == Model(reading: model).parameters)
  }

  @Test("A run that has ended, or whose rows have changed, does not go on")
  func resumeRefusals() throws {
    let folder = try TemporaryFolder()
    let rows = try folder.write(
      String(contentsOfFile: table("iris"), encoding: .utf8), to: "rows.csv")
    let model = folder.path("model.h5")
    let options = try configuration([("target", .text("species"))])
    var steps = 0
    _ = try ModelTraining.run(
      .init(table: rows, configuration: options, output: model),
      until: {
        steps += 1
        return steps == 3
      })
    _ = try folder.write(
      String(contentsOfFile: rows, encoding: .utf8) + "5.9,3.0,5.1,1.8,virginica\n", to: "rows.csv")
    func message(_ options: Resumption.Options) -> String {
      do {
        _ = try Resumption.run(options)
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(message(.init(model: model)).contains("has changed since training began"))
    #expect(message(.init(model: model, data: table("iris"))) == "no error")
    #expect(message(.init(model: model)).contains("its run has ended at epoch 6"))
  }

  @Test("Losses of every kind learn a table that suits them")
  func losses() throws {
    let folder = try TemporaryFolder()
    let output = folder.path("model.h5")
    for loss in [
      "cross_entropy(label_smoothing=0.1)", "focal", "binary_cross_entropy", "binary_focal",
    ] {
      let options = try configuration([
        ("target", .text("diagnosis")), ("loss", .text(loss)), ("epochs", .text("15")),
      ])
      _ = try ModelTraining.run(
        .init(table: table("breast_cancer"), configuration: options, output: output))
      let scores = try Evaluation.run(.init(model: output, table: table("breast_cancer")))
      #expect(try #require(scores.targets[0].classification).accuracy > 0.9, "\(loss)")
    }
    for loss in ["mean_absolute_error", "huber", "smooth_l1"] {
      let options = try configuration([
        ("target", .text("progression")), ("loss", .text(loss)), ("epochs", .text("40")),
      ])
      _ = try ModelTraining.run(
        .init(table: table("diabetes"), configuration: options, output: output))
      let scores = try Evaluation.run(.init(model: output, table: table("diabetes")))
      #expect(try #require(scores.targets[0].regression?.rSquared) > 0.35, "\(loss)")
    }
    #expect(throws: (any Error).self) {
      try ModelTraining.run(
        .init(
          table: table("diabetes"),
          configuration: configuration([
            ("target", .text("progression")), ("loss", .text("cross_entropy")),
          ]), output: output))
    }
  }
}
