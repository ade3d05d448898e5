import Foundation
import Layers
import Networks
import Tensors
import Testing

@testable import Training

/// scores.json: one network on every real table, five splits each.
struct RecordedScores: Decodable, Sendable {
  var seeds: [UInt64]
  var batchSize: Int
  var epochs: Int
  var results: [Result]

  struct Result: Decodable, Sendable, CustomTestStringConvertible {
    var table: String
    var target: String
    var metric: String
    var scores: [Double]
    var mean: Double
    var standardDeviation: Double

    var testDescription: String { table }
  }
}

@Suite struct TableScoreTests {
  @Test(
    "Real tables are learned as well as PyTorch learns them",
    arguments: try recorded("scores.json", as: RecordedScores.self).results)
  func scores(result: RecordedScores.Result) throws {
    let protocolOfScores: RecordedScores = try recorded("scores.json")
    let table = try NumberTable(result.table, target: result.target)
    let scores = try protocolOfScores.seeds.map { seed in
      try score(
        table, seed: seed, epochs: protocolOfScores.epochs, batchSize: protocolOfScores.batchSize)
    }
    let mean = scores.reduce(0, +) / Double(scores.count)
    #expect(
      mean >= result.mean - result.standardDeviation / 2,
      "\(result.table): \(scores) are worse than \(result.scores)")
  }

  /// The accuracy or R² on the rows held out.
  private func score(
    _ table: NumberTable, seed: UInt64, epochs: Int, batchSize: Int
  ) throws -> Double {
    let order = RandomStream(seed: seed, stream: 7).permutation(of: table.inputs.count)
      .map { Int($0) }
    let cut = table.inputs.count * 4 / 5
    let (train, test) = (Array(order[..<cut]), Array(order[cut...]))
    let inputs = scaled(table.inputs, by: train)
    let targets = table.classCount > 0 ? table.targets : scaled(table.targets, by: train)
    func data(_ rows: [Int]) -> TrainingData {
      let features = Tensor(rows: rows.map { row in inputs[row].map { Float($0) } })
      return table.classCount > 0
        ? TrainingData(features, classes: rows.map { Int(targets[$0][0]) })
        : TrainingData(features, targets: Tensor(rows: rows.map { [Float(targets[$0][0])] }))
    }
    let loss: any Loss = table.classCount > 0 ? CrossEntropy() : MeanSquaredError()
    let network = try network(inputs[0].count, max(table.classCount, 1))
    let trainer = try Trainer(
      network,
      options: TrainingOptions(
        loss: loss, optimizer: Adam(), epochs: epochs, batchSize: batchSize, seed: seed),
      data: data(train))
    try trainer.run()

    let held = data(test)
    let outputs = try Evaluator(
      network, parameters: LiveParameters(trainer.state().chosen.parameters)
    ).predict(held.inputs, link: loss.link)
    if table.classCount > 0 {
      return ClassificationScores(
        predictions: outputs.elements(), targets: held.targets[0], classCount: table.classCount
      ).accuracy
    }
    let scores = RegressionScores(
      predictions: outputs.doubles(), targets: held.targets[0].doubles())
    return try #require(scores.rSquared)
  }

  /// Linear layers start as PyTorch's do: all within ± 1 / √inputs.
  private func network(_ inputs: Int, _ outputs: Int) throws -> Network {
    func dense(_ inputs: Int, _ outputs: Int) -> Dense {
      let bound = 1 / Double(inputs).squareRoot()
      return Dense(
        outputs, kernelInitializer: .uniform(-bound, bound),
        biasInitializer: .uniform(-bound, bound))
    }
    return try Network.sequential(input: [inputs]) {
      dense(inputs, 128)
      Activation(.relu)
      dense(128, 64)
      Activation(.relu)
      dense(64, outputs)
    }
  }

  /// Less the mean, over the population's deviation of the training rows; 1 for a constant.
  private func scaled(_ rows: [[Double]], by training: [Int]) -> [[Double]] {
    var rows = rows
    for column in rows[0].indices {
      let values = training.map { rows[$0][column] }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      let deviation = variance > 0 ? variance.squareRoot() : 1
      for row in rows.indices { rows[row][column] = (rows[row][column] - mean) / deviation }
    }
    return rows
  }
}

/// A table of `Fixtures/tables` as the recorder reads it: numbers, and the target in the last
/// column as a number or as the place of its name among the sorted names.
private struct NumberTable {
  var inputs: [[Double]]
  var targets: [[Double]]
  /// 0 for a number to be learned.
  var classCount: Int

  init(_ name: String, target: String) throws {
    let url = URL(fileURLWithPath: #filePath)
      .appendingPathComponent("../../../Fixtures/tables/\(name).csv").standardizedFileURL
    let lines = try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline)
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    try #require(lines[0].last == target)
    let rows = lines.dropFirst()
    inputs = try rows.map { row in try row.dropLast().map { try #require(Double($0)) } }
    let last = rows.map { $0[$0.count - 1] }
    if name == "diabetes" {
      targets = try last.map { [try #require(Double($0))] }
      classCount = 0
    } else {
      let names = Set(last).sorted()
      targets = try last.map { [Double(try #require(names.firstIndex(of: $0)))] }
      classCount = names.count
    }
  }
}
