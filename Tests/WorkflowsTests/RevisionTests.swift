import Foundation
import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Workflows

@Suite("Model files made of others")
struct RevisionTests {
  /// A file of a run that is done, with batch normalisation and a state of training.
  private func trained(_ more: [(name: String, value: ConfigurationValue)] = []) throws
    -> StatefulRun
  {
    let run = try StatefulRun([("epochs", .text("2"))] + more)
    try run.train()
    return run
  }

  private func predictions(_ path: String) throws -> [Double] {
    let model = try Model(reading: path)
    return try model.predict(model.network.sample(rows: 8, seed: 1)).doubles()
  }

  @Test func aStrippedFilePredictsTheSame() throws {
    let run = try trained()
    let path = run.folder.path("stripped.h5")
    let result = try Revision.strip(run.options.output, to: path)
    let stripped = try ModelFile(reading: path)
    #expect(try predictions(path) == predictions(run.options.output))
    #expect(try stripped.tensors().allSatisfy { !$0.path.hasPrefix("/training/optimizer") })
    #expect(!stripped.history.isEmpty && result.byteCount < result.sourceByteCount)
    #expect(
      try stripped.provenance.parent?.identity == ModelFile(reading: run.options.output).identity)
  }

  @Test func aStrippedFileOfAnUnfinishedRunSaysThatItCannotGoOn() throws {
    let run = try StatefulRun()
    try run.train(until: 5)
    let path = run.folder.path("stripped.h5")
    let result = try Revision.strip(run.options.output, to: path)
    #expect(result.notes.contains { $0.contains("cannot go on") })
    #expect(try !ModelFile(reading: path).isResumable)
  }

  @Test(arguments: [ElementType.float16, .bfloat16, .float32, .float64])
  func castWeightsAreTheNearest(_ type: ElementType) throws {
    let run = try trained()
    let path = run.folder.path("cast.h5")
    let (_, proof) = try Revision.cast(run.options.output, to: path, as: type)
    let (before, after) = (
      try ModelFile(reading: run.options.output).parameters(),
      try ModelFile(reading: path).parameters()
    )
    let stored = try ModelFile(reading: path).tensors().filter { $0.path.hasPrefix("/weights/") }
    #expect(!stored.isEmpty && stored.allSatisfy { $0.elementType == type })
    let precision = type == .float16 ? 0x1p-11 : type == .bfloat16 ? 0x1p-8 : 0
    for entry in before.layout.entries {
      for (a, b) in zip(before[entry].doubles(), after[entry].doubles()) {
        #expect(abs(a - b) <= precision * abs(a) + 0x1p-25)
      }
    }
    #expect(proof.largestError <= 40 * precision)
    #expect(precision == 0 || proof.largestError > 0)
  }

  @Test func whatATypeCannotHoldIsRefused() throws {
    let run = try trained()
    var model = try Model(reading: run.options.output)
    let entry = model.parameters.layout.entries[0]
    var kernel = model.parameters[entry]
    kernel.withMutableView { $0.setElement(0, to: Float(70_000)) }
    model.snapshot.parameters[entry] = kernel
    let path = run.folder.path("large.h5")
    try model.write(to: path)
    let error = #expect(throws: ModelFileError.self) {
      _ = try Revision.cast(path, to: run.folder.path("half.h5"), as: .float16)
    }
    #expect(error.map { "\($0)".contains("70000.0 is more than float16 holds") } == true)
    _ = try Revision.cast(path, to: run.folder.path("half.h5"), as: .bfloat16)
  }

  @Test func aRenamedModelGoesOnAsBefore() throws {
    let run = try StatefulRun([("epochs", .text("3"))])
    try run.train(until: 12)
    let unbroken = run.folder.path("renamed.h5")
    _ = try Revision.rename(
      run.options.output, to: unbroken, names: [("dense_*", "block_*"), ("dense_3", "answer")])
    let renamed = try Model(reading: unbroken)
    #expect(renamed.network.nodes.contains { $0.name == "block_1" })
    #expect(renamed.network.outputs == ["answer"])
    for path in [run.options.output, unbroken] {
      _ = try Resumption.run(Resumption.Options(model: path, data: table("iris")))
    }
    let (before, after) = (try Model(reading: run.options.output), try Model(reading: unbroken))
    #expect(before.parameters.trainable == after.parameters.trainable)
    #expect(before.parameters.statistics == after.parameters.statistics)
  }

  @Test func namesThatAreTakenOrUnknownAreRefused() throws {
    let run = try trained()
    let path = run.folder.path("renamed.h5")
    for names in [[("dense_1", "dense_2")], [("dance_1", "x")]] {
      #expect(throws: (any Error).self) {
        _ = try Revision.rename(run.options.output, to: path, names: names)
      }
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func theMeanOfModels() throws {
    let (first, second) = (try trained(), try trained([("seed", .text("5"))]))
    let path = first.folder.path("mean.h5")
    let result = try Revision.average([first.options.output, second.options.output], to: path)
    #expect(result.notes.contains { $0.contains("running statistics") })
    let (a, b, mean) = (
      try ModelFile(reading: first.options.output).parameters(),
      try ModelFile(reading: second.options.output).parameters(),
      try ModelFile(reading: path).parameters()
    )
    for entry in mean.layout.entries {
      let expected = zip(a[entry].doubles(), b[entry].doubles()).map {
        Double(Float(($0 + $1) / 2))
      }
      #expect(mean[entry].doubles() == expected)
    }
  }

  @Test("Measured statistics are the mean over batches of their mean and variance")
  func measuredStatistics() throws {
    let (first, second) = (try trained(), try trained([("seed", .text("5"))]))
    let path = first.folder.path("mean.h5")
    _ = try Revision.average(
      [first.options.output, second.options.output], to: path, data: table("iris"), batchSize: 50)
    let model = try Model(reading: path)
    // The first normalisation takes what the first dense layer gives.
    let parameters = model.parameters
    guard let kernel = parameters["dense_1/kernel"]?.doubles(),
      let mean = parameters["batch_normalization_1/running_mean"]?.doubles(),
      let variance = parameters["batch_normalization_1/running_variance"]?.doubles()
    else { return #expect(Bool(false), "the layers have other names") }
    let bias = parameters["dense_1/bias"]?.doubles() ?? [Double](repeating: 0, count: mean.count)
    let inputs = try WholeExamples(table("iris"), for: ModelFile(reading: path)).inputs[0]
    let (width, units) = (inputs.shape[1], mean.count)
    let rows = inputs.doubles()
    var (means, variances) = (
      [Double](repeating: 0, count: units), [Double](repeating: 0, count: units)
    )
    for batch in 0..<3 {
      for unit in 0..<units {
        let values = (batch * 50..<batch * 50 + 50).map { row in
          (0..<width).reduce(bias[unit]) { $0 + rows[row * width + $1] * kernel[$1 * units + unit] }
        }
        let mean = values.reduce(0, +) / 50
        means[unit] += mean / 3
        variances[unit] += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 49 / 3
      }
    }
    for unit in 0..<units {
      #expect(abs(means[unit] - mean[unit]) < 1e-4)
      #expect(abs(variances[unit] - variance[unit]) < 1e-4 * max(1, variance[unit]))
    }
  }

  @Test func modelsOfOtherArchitecturesHaveNoMean() throws {
    let (first, second) = (try trained(), try trained([("hidden", .text("16"))]))
    #expect(throws: ModelFileError.self) {
      _ = try Revision.average(
        [first.options.output, second.options.output], to: first.folder.path("mean.h5"))
    }
  }
}
