import Foundation
import Layers
import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Workflows

@Suite("Training on arrays")
struct ArrayTrainingTests {
  /// Three classes that the sign of sums tells apart, for a model that knows no columns.
  private func files() throws -> (folder: TemporaryFolder, model: String, data: String) {
    let folder = try TemporaryFolder()
    let random = RandomStream(seed: 4, stream: 9)
    let rows = 96
    let values = (0..<rows * 6).map { Float(random.uniform(at: $0)) - 0.5 }
    let labels = (0..<rows).map { row -> Int32 in
      let sum = values[row * 6..<row * 6 + 6].reduce(0, +)
      return sum < -0.3 ? 0 : sum < 0.3 ? 1 : 2
    }
    let network = try Network.sequential(input: [6]) {
      Dense(8)
      BatchNormalization()
      Activation(.relu)
      Dropout(0.1)
      Dense(3)
    }
    let model = folder.path("model.h5")
    try Model(network, links: [.softmax]).write(to: model)
    let data = try folder.write(
      [("features", Tensor(values, shape: [rows, 6])), ("y", Tensor(labels))], to: "data.npz")
    return (folder, model, data)
  }

  private func options(
    _ files: (folder: TemporaryFolder, model: String, data: String), to output: String,
    _ more: [(name: String, value: ConfigurationValue)] = []
  ) -> FineTuning.Options {
    FineTuning.Options(
      table: files.data, model: files.model, output: files.folder.path(output),
      overrides: [
        ("loss", .text("cross_entropy")), ("epochs", .text("6")), ("batch_size", .text("16")),
        ("learning_rate", .text("0.02")),
      ] + more)
  }

  @Test func aModelWithoutColumnsLearns() throws {
    let files = try files()
    let result = try FineTuning.run(options(files, to: "tuned.h5", [("epochs", .text("40"))]))
    let best = try #require(result.best)
    #expect((best.scores["accuracy"] ?? 0) > 0.8)
    let tuned = try ModelFile(reading: result.output)
    #expect(tuned.preprocessing == nil && tuned.options?.loss.kind == "cross_entropy")
    #expect(tuned.provenance.data?.rowCount == 96)
    // What it knows of its training now, it goes on with.
    _ = try FineTuning.run(
      FineTuning.Options(
        table: files.data, model: result.output, output: files.folder.path("again.h5"),
        overrides: [("epochs", .text("1"))]))
  }

  @Test func aRunThatWasStoppedEndsInTheSameBits() throws {
    let files = try files()
    _ = try FineTuning.run(options(files, to: "tuned.h5"))
    let unbroken = try files.folder.read("tuned.h5")
    var steps = 0
    _ = try FineTuning.run(
      options(files, to: "tuned.h5"),
      until: {
        steps += 1
        return steps == 7
      })
    let path = files.folder.path("tuned.h5")
    #expect(try ModelFile(reading: path).isResumable)
    #expect(try ResumptionProof.run(.init(model: path)).isExact)
    _ = try Resumption.run(.init(model: path))
    #expect(try files.folder.read("tuned.h5") == unbroken)
  }

  @Test func whatIsMissingIsNamed() throws {
    let files = try files()
    let other = try files.folder.write(
      [("features", Tensor(zeros: [4, 6])), ("z", Tensor([Int32](repeating: 0, count: 4)))],
      to: "other.npz")
    func words(_ change: (inout FineTuning.Options) -> Void) -> String {
      var asked = options(files, to: "tuned.h5")
      change(&asked)
      return problem(in: files.folder) { _ = try FineTuning.run(asked) }
    }
    #expect(words { $0.overrides.removeFirst() }.contains("--loss"))
    #expect(words { $0.table = other }.contains("target 'target': no array of this name"))
    #expect(words { $0.overrides.append(("target", .text("q"))) }.contains("'q'"))
    #expect(words { $0.overrides.append(("hidden", .text("4"))) }.contains("cannot be changed"))
  }

  @Test func optionsBecomeAConfigurationAndComeBack() throws {
    let options = TrainingOptions(
      loss: CrossEntropy(labelSmoothing: 0.1), optimizer: Adam(learningRate: 0.004, beta1: 0.8),
      schedule: StepDecay(), scheduleUnit: .epoch, warmUp: .steps(5), epochs: 7, batchSize: 12,
      patience: 3, l2: 0.01, clipNorm: 2, seed: 9, threads: 2)
    let target = LearnedTarget("y", .classes(["a", "b"]), classCounts: [1, 1])
    let resolved = try Configuration(of: options).resolved(for: [target], rowCount: 24).options
    let (before, after) = (
      try CanonicalJSON.text(of: options), try CanonicalJSON.text(of: resolved)
    )
    var configured = try JSONDecoder().decode(ConfigurationValue.self, from: Data(after.utf8))
    if case .map(var values) = configured {
      values["threads"] = .integer(2)
      configured = .map(values)
    }
    #expect(
      try configured
        == JSONDecoder().decode(ConfigurationValue.self, from: Data(before.utf8)))
  }
}
