import ModelFiles
import Networks
import Tensors
import Testing

@testable import Converters
@testable import Training

@Suite struct KerasReadingTrainingTests {
  static let files = ((try? KerasRecords.all()) ?? []).filter { $0.after != nil }.map(\.file)

  /// What is allowed: rules are the same but for where an epsilon stands in a root.
  private func allowed(_ record: KerasRecords.Record) -> Double {
    // √(s + ε) in Keras, √s + ε here: with ε = 1e-7 and squares from 1e-6 on.
    if record.file == "train_rmsprop.keras" { return 2e-2 }
    // √v · c + ε in Keras, (√v + ε) · c here, where c grows from 0.1 at these steps to 1.
    let isAdam = ["adam", "exponential", "classes", "smoothed", "sigmoid", "keras_2"].contains {
      record.file.contains($0)
    }
    return isAdam && (record.step ?? 0) < 100 ? 5e-4 : 2e-5
  }

  @Test("Ten more steps end where ten more steps of Keras end", arguments: files)
  func goesOn(file: String) throws {
    let record = try #require(KerasRecords.all().first { $0.file == file })
    let model = try record.read(allowsLoss: false).model
    var options = try #require(model.training).options
    options.batchSize = try #require(record.batch)
    #expect(model.snapshot.optimizerStep == record.step)
    let rows = try #require(record.rows).tensor
    let targets = try record.classes.map { Tensor($0) } ?? #require(record.targets).tensor
    let trainer = try Trainer(
      model.network, options: options, data: TrainingData(rows, targets: targets),
      from: TrainingState(startingFrom: model.snapshot), shuffles: false)
    var steps = 0
    try trainer.run(until: {
      steps += 1
      return steps == 10
    })
    let parameters = trainer.state().current.parameters
    for (path, expected) in try #require(record.after) {
      let found = try #require(parameters[path])
      let error = relativeError(found, expected.tensor)
      #expect(error < allowed(record), "\(path): \(error)")
    }
  }
}
