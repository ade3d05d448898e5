import Foundation
import Layers
import Networks
import Tensors
import Testing

@testable import Training

/// Networks with several outputs, each with a loss of its own.
@Suite("Several outputs")
struct SeveralOutputsTests {
  /// A number and a class behind one hidden layer.
  static func network() throws -> Network {
    let builder = NetworkBuilder()
    let x = builder.input("x", shape: [3])
    let h = builder.add(Activation(.tanh), to: builder.add(Dense(6), to: x))
    let number = builder.add(Dense(1), named: "number", to: h)
    let kind = builder.add(Dense(2), named: "kind", to: builder.add(Activation(.tanh), to: number))
    return try builder.network(outputs: number, kind)
  }

  static func data(_ rows: Int, elementType: ElementType) -> TrainingData {
    let random = RandomStream(seed: 4, stream: 0)
    let values = (0..<rows * 3).map { random.uniform(at: $0) * 2 - 1 }
    let numbers = (0..<rows).map { values[3 * $0] - values[3 * $0 + 1] }
    let labels = numbers.map { Int32($0 > 0 ? 1 : 0) }
    func tensor(_ values: [Double], _ shape: Shape) -> Tensor {
      elementType == .float64
        ? Tensor(values, shape: shape) : Tensor(values.map { Float($0) }, shape: shape)
    }
    return TrainingData(
      inputs: [tensor(values, [rows, 3])],
      targets: [tensor(numbers, [rows, 1]), Tensor(labels)])
  }

  static func options(weights: (Double, Double)) -> TrainingOptions {
    TrainingOptions(
      loss: MeanSquaredError(), lossWeight: weights.0,
      furtherLosses: [OutputLoss(CrossEntropy(), weight: weights.1)],
      optimizer: GradientDescent(learningRate: 1e-3), epochs: 1, batchSize: 11)
  }

  /// The mean loss of all rows, and the parameters after one step.
  private func step(
    _ network: Network, from parameters: Parameters, weights: (Double, Double), epochs: Int = 1
  ) throws -> (loss: Double, parameters: Parameters) {
    var options = SeveralOutputsTests.options(weights: weights)
    options.epochs = epochs
    let trainer = try Trainer(
      network, options: options, data: SeveralOutputsTests.data(11, elementType: .float64),
      parameters: parameters)
    try trainer.run()
    return (trainer.history[0].trainingLoss, trainer.state().current.parameters)
  }

  @Test("The step goes down the slope of the weighted sum, through an output that others read too")
  func slope() throws {
    let network = try SeveralOutputsTests.network()
    let start = try Parameters(for: network, seed: 3, elementType: .float64)
    let weights = (0.7, 2.5)
    let (loss, after) = try step(network, from: start, weights: weights)
    for path in start.layout.entries.map(\.path) {
      let before = try #require(start[path]).elements(as: Double.self)
      let now = try #require(after[path]).elements(as: Double.self)
      let width = 1e-5
      func loss(shiftedBy shift: Double) throws -> Double {
        var shifted = start
        var values = before
        values[values.count - 1] += shift
        shifted[path] = Tensor(values, shape: try #require(start[path]).shape)
        return try step(network, from: shifted, weights: weights).loss
      }
      let slope = (before[before.count - 1] - now[now.count - 1]) / 1e-3
      let expected = (try loss(shiftedBy: width) - loss(shiftedBy: -width)) / (2 * width)
      #expect(abs(slope - expected) < 1e-6, "\(path)")
    }
    let first = try step(network, from: start, weights: (1, 0)).loss
    let second = try step(network, from: start, weights: (0, 1)).loss
    #expect(abs(loss - (0.7 * first + 2.5 * second)) < 1e-12)
  }

  @Test("Both outputs are learned, judged under their names, and stored with the options")
  func learning() throws {
    let network = try SeveralOutputsTests.network()
    var options = SeveralOutputsTests.options(weights: (1, 1))
    options.optimizer = AdamW(learningRate: 0.02)
    options.epochs = 40
    let scoring = Scoring.each([
      .init("number", .numbers(mean: 0, deviation: 1)), .init("kind", .classes(count: 2)),
    ])
    let trainer = try Trainer(
      network, options: options, data: SeveralOutputsTests.data(200, elementType: .float32),
      validation: SeveralOutputsTests.data(60, elementType: .float32), scoring: scoring)
    try trainer.run()
    let scores = try #require(trainer.history.last?.scores)
    #expect(try #require(scores["kind.accuracy"]) > 0.9)
    #expect(try #require(scores["number.r2"]) > 0.9)
    let stored = try JSONDecoder().decode(
      TrainingOptions.self, from: JSONEncoder().encode(options))
    #expect(stored.outputLosses.map(\.loss.kind) == ["mean_squared_error", "cross_entropy"])
    #expect(stored.outputLosses.map(\.weight) == [1, 1])
  }

  @Test("As many losses and targets as outputs are needed")
  func counts() throws {
    let network = try SeveralOutputsTests.network()
    let data = SeveralOutputsTests.data(8, elementType: .float32)
    #expect(throws: TrainingDataError.self) {
      try Trainer(network, options: TrainingOptions(loss: MeanSquaredError()), data: data)
    }
    #expect(throws: TrainingDataError.self) {
      try Trainer(
        network, options: SeveralOutputsTests.options(weights: (1, 1)),
        data: TrainingData(inputs: data.inputs, targets: data.targets[0]))
    }
  }
}

extension LabelScores {
  fileprivate static let probabilities: [Float] = [0.9, 0.2, 0.6, 0.4, 0.8, 0.1]
}

@Suite("Scores of labels")
struct LabelScoreTests {
  @Test("Scores of labels are those of the textbook")
  func scores() {
    // Three rows of two labels; the second row has one wrong answer of each kind.
    let scores = LabelScores(
      probabilities: LabelScores.probabilities, targets: [1, 0, 0, 1, 1, 0], labelCount: 2)
    #expect(scores.rowCount == 3)
    #expect(abs(scores.exactMatch - 2.0 / 3) < 1e-12)
    #expect(abs(scores.hammingLoss - 2.0 / 6) < 1e-12)
    // Right 2, said 3, there 3.
    #expect(abs(scores.microF1 - 2.0 / 3) < 1e-12)
    #expect(abs(scores.labels[0].precision - 2.0 / 3) < 1e-12 && scores.labels[0].recall == 1)
    #expect(scores.labels[1].recall == 0)
    #expect(abs(scores.macroF1 - 0.4) < 1e-12)
    #expect(scores.areaUnderCurve == 1)
  }
}
