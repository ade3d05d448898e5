import Layers
import Networks
import Tensors
import Testing

@testable import Training

/// networks.json: two whole networks in training.
struct RecordedNetworks: Decodable, Sendable {
  var seed: UInt64
  var networks: [RecordedNetwork]
}

struct RecordedNetwork: Decodable, Sendable, CustomTestStringConvertible {
  var name: String
  var type: ElementType
  var losses: [Double]
  var learningRates: [Double]?
  var gradientNorms: [Double]?
  var accuracy: Double?
  var final: [String: Checksum]

  var testDescription: String { "\(name) in \(type.rawValue)" }

  /// What is kept of a large tensor.
  struct Checksum: Decodable, Sendable {
    var shape: [Int]
    var sum: Double
    var sumOfSquares: Double
    var first: [Double]
  }
}

@Suite struct RecordedNetworkTests {
  private let seed: UInt64 = 13

  @Test("784-256-10 does fifty Adam steps of PyTorch", arguments: [ElementType.float64, .float32])
  func digits(type: ElementType) throws {
    let all: RecordedNetworks = try recorded("networks.json")
    #expect(all.seed == seed)
    let record = try #require(all.networks.first { $0.name == "784-256-10" && $0.type == type })
    let network = try Network.sequential(input: [784]) {
      Dense(256)
      Activation(.relu)
      Dense(10)
    }
    let inputs = (0..<4).flatMap { uniform(64 * 784, stream: 100, step: $0) }
    let labels = (0..<4).flatMap { step in
      let random = RandomStream(seed: seed, stream: 101, step: UInt64(step))
      return (0..<64).map { random.integer(below: 10, at: $0) }
    }
    let trainer = try Trainer(
      network,
      options: TrainingOptions(loss: CrossEntropy(), optimizer: Adam(), epochs: 13, batchSize: 64),
      data: TrainingData(tensor(inputs, [256, 784], type), classes: labels),
      from: try start(network, kernels: ["dense_1", "dense_2"], type), shuffles: false)
    var losses: [Double] = []
    try trainer.run(until: { losses.count == 50 }) { event in
      if case .step(_, _, let loss) = event { losses.append(loss) }
    }
    // In float32 the losses sum 784 and 256 products, each rounded by 6e-8, and fall to a tenth.
    compare(losses, record.losses, tolerance: type == .float64 ? 1e-5 : 1e-3, "losses")
    check(trainer, record, tolerance: type == .float64 ? 1e-5 : 2e-3)
  }

  @Test("10-128-64-2 does fifty epochs of PyTorch with AdamW, clipping and a cosine")
  func table() throws {
    let all: RecordedNetworks = try recorded("networks.json")
    let record = try #require(all.networks.first { $0.name == "10-128-64-2" })
    let network = try Network.sequential(input: [10]) {
      Dense(128)
      BatchNormalization()
      Activation(.relu)
      Dense(64)
      Dense(2)
    }
    let inputs = uniform(10_000, stream: 200, step: 0).map { $0 * 4 - 2 }
    let labels = stride(from: 0, to: 10_000, by: 10).map { first -> Int in
      inputs[first] * inputs[first + 1] + inputs[first + 2] > 0 ? 1 : 0
    }
    let data = TrainingData(tensor(inputs, [1000, 10], .float64), classes: labels)
    let trainer = try Trainer(
      network,
      options: TrainingOptions(
        loss: CrossEntropy(), optimizer: AdamW(weightDecay: 1e-4), schedule: Cosine(),
        scheduleUnit: .epoch, epochs: 50, batchSize: 250, clipNorm: 1),
      data: data,
      from: try start(network, kernels: ["dense_1", "dense_2", "dense_3"], .float64),
      shuffles: false)
    var losses: [Double] = []
    var norms: [Double] = []
    try trainer.run { event in
      guard case .step(let progress, _, let loss) = event else { return }
      losses.append(loss)
      norms.append(progress.gradientNorm ?? 0)
    }
    compare(losses, record.losses, tolerance: 1e-5, "losses")
    compare(norms, try #require(record.gradientNorms), tolerance: 1e-5, "gradient norms")
    compare(
      trainer.history.map { $0.learningRate }, try #require(record.learningRates),
      tolerance: 1e-5, "learning rates")
    check(trainer, record, tolerance: 1e-5)
    let outputs = try Evaluator(
      network, parameters: LiveParameters(trainer.state().current.parameters)
    ).predict(data.inputs).doubles()
    let right = labels.indices.count { row in
      let answer = outputs[2 * row + 1] > outputs[2 * row] ? 1 : 0
      return answer == labels[row]
    }
    #expect(Double(right) / 1000 == record.accuracy)
  }

  private func uniform(_ count: Int, stream: UInt32, step: Int) -> [Double] {
    let random = RandomStream(seed: seed, stream: stream, step: UInt64(step))
    return (0..<count).map { random.uniform(at: $0) }
  }

  private func tensor(_ values: [Double], _ shape: Shape, _ type: ElementType) -> Tensor {
    type == .float64
      ? Tensor(values, shape: shape) : Tensor(values.map { Float($0) }, shape: shape)
  }

  /// Kernels of (2 u − 1) / √inputs from streams 1, 2, …; biases and the rest as they start.
  private func start(
    _ network: Network, kernels: [String], _ type: ElementType
  ) throws -> TrainingState {
    var parameters = try Parameters(for: network, seed: 0, elementType: type)
    for (index, node) in kernels.enumerated() {
      let path = "\(node)/kernel"
      let shape = try #require(parameters[path]).shape
      let scale = Double(shape[0]).squareRoot()
      let values = uniform(shape.count, stream: UInt32(index + 1), step: 0)
      parameters[path] = tensor(values.map { (2 * $0 - 1) / scale }, shape, type)
    }
    return TrainingState(startingFrom: TrainingSnapshot(parameters))
  }

  private func check(_ trainer: Trainer, _ record: RecordedNetwork, tolerance: Double) {
    let parameters = trainer.state().current.parameters
    let names = [
      "batch_normalization/scale": "batch_normalization_1/scale",
      "batch_normalization/offset": "batch_normalization_1/shift",
      "batch_normalization/moving_mean": "batch_normalization_1/running_mean",
      "batch_normalization/moving_variance": "batch_normalization_1/running_variance",
    ]
    for (path, expected) in record.final {
      let values = parameters[names[path] ?? path]?.doubles() ?? []
      #expect(values.count == expected.shape.reduce(1, *), "\(path)")
      compare(Array(values.prefix(10)), expected.first, tolerance: tolerance, path)
      let squares = values.reduce(0) { $0 + $1 * $1 }
      compare([squares], [expected.sumOfSquares], tolerance: tolerance, "\(path) squared")
      // A sum of many signs is as exact as the sum of magnitudes, which is at most √(n · Σ p²).
      let size = (Double(values.count) * expected.sumOfSquares).squareRoot()
      #expect(
        abs(values.reduce(0, +) - expected.sum) <= tolerance * max(size, 1e-6), "sum of \(path)")
    }
  }

  private func compare(
    _ found: [Double], _ expected: [Double], tolerance: Double, _ what: String,
    _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(found.count == expected.count, "\(what)", sourceLocation: location)
    // A bias before batch normalisation has no gradient but rounding, which Adam makes steps of.
    let scale = expected.reduce(0) { max($0, abs($1)) }
    for (index, pair) in zip(found, expected).enumerated() {
      #expect(
        abs(pair.0 - pair.1) <= tolerance * max(abs(pair.1), scale / 10, 1e-6),
        "\(what)[\(index)]: \(pair.0) is not \(pair.1)", sourceLocation: location)
    }
  }
}
