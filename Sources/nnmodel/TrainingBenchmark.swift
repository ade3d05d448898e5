import Layers
import Networks
import Tensors
import Training

/// A training run on noise whose steps are timed.
struct TrainingBenchmark {
  /// What is trained.
  enum Subject: String, CaseIterable {
    /// 784-256-10 with ReLU, 64 rows, cross-entropy, Adam 1e-3.
    case a
    /// 10-128-64-2 with batch normalisation, ReLU and dropout 0.5, 1000 rows, cross-entropy,
    /// AdamW 1e-3 with weight decay 1e-4, clipped to a norm of 1, cosine in steps.
    case b
  }

  /// How long steps took, in microseconds.
  struct Times: Encodable {
    var median: Double
    var minimum: Double

    private enum CodingKeys: String, CodingKey {
      case median = "median_us"
      case minimum = "min_us"
    }
  }

  /// Steps that are not timed: the first ones prepare memory and code.
  private static let warmUpSteps = 30

  private let trainer: Trainer

  init(_ subject: Subject, threads: Int) throws {
    let network = try subject.network()
    var options = subject.options
    options.threads = threads
    // Enough rows for several batches, so that rows are gathered as in a real run.
    trainer = try Trainer(network, options: options, data: subject.data(batches: 8))
  }

  /// Trains for so long and times every step.
  ///
  /// - Throws: `TrainingError` when the loss is no longer a number.
  func stepTimes(seconds: Double) throws -> Times {
    let clock = ContinuousClock()
    var times: [Double] = []
    times.reserveCapacity(1 << 20)
    var steps = 0
    var last = clock.now
    var end = last
    try trainer.run(until: { steps > TrainingBenchmark.warmUpSteps && last >= end }) { event in
      guard case .step = event else { return }
      let now = clock.now
      steps += 1
      if steps > TrainingBenchmark.warmUpSteps {
        times.append((now - last) / .microseconds(1))
      } else {
        end = now + .seconds(seconds)
      }
      last = now
    }
    times.sort()
    return Times(median: times.isEmpty ? 0 : times[times.count / 2], minimum: times.first ?? 0)
  }
}

extension TrainingBenchmark.Subject {
  fileprivate var shape: (batch: Int, features: Int, classes: Int) {
    switch self {
    case .a: (64, 784, 10)
    case .b: (1000, 10, 2)
    }
  }

  fileprivate func network() throws -> Network {
    switch self {
    case .a:
      try Network.sequential(input: [784]) {
        Dense(256)
        Activation(.relu)
        Dense(10)
      }
    case .b:
      try Network.sequential(input: [10]) {
        Dense(128)
        BatchNormalization()
        Activation(.relu)
        Dense(64)
        Dropout(0.5)
        Dense(2)
      }
    }
  }

  fileprivate var options: TrainingOptions {
    switch self {
    case .a:
      TrainingOptions(
        loss: CrossEntropy(), optimizer: Adam(learningRate: 1e-3), epochs: 1 << 30,
        batchSize: shape.batch)
    case .b:
      TrainingOptions(
        loss: CrossEntropy(), optimizer: AdamW(learningRate: 1e-3, weightDecay: 1e-4),
        schedule: Cosine(), scheduleUnit: .step, epochs: 1 << 20, batchSize: shape.batch,
        clipNorm: 1)
    }
  }

  fileprivate func data(batches: Int) -> TrainingData {
    let rows = batches * shape.batch
    var random = SystemRandomNumberGenerator()
    let inputs = (0..<rows * shape.features).map { _ in
      Float.random(in: -1.7...1.7, using: &random)
    }
    let classes = (0..<rows).map { _ in Int.random(in: 0..<shape.classes, using: &random) }
    return TrainingData(
      Tensor(inputs, shape: [rows, shape.features]), classes: classes)
  }
}
