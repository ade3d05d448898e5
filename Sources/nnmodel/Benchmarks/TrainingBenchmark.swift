import Layers
import Networks
import Tensors
import Training

/// A training run on noise whose steps are timed, or the answers of its network.
struct TrainingBenchmark {
  /// What is trained.
  enum Subject: String, CaseIterable {
    /// 784-256-10 with ReLU, 64 rows, cross-entropy, Adam 1e-3.
    case a
    /// 10-128-64-2 with batch normalisation, ReLU and dropout 0.5, 1000 rows, cross-entropy,
    /// AdamW 1e-3 with weight decay 1e-4, clipped to a norm of 1, cosine in steps.
    case b
    /// Convolutions of 32 and 64 3×3 kernels on 28×28, max pooling, 128-10, 64 rows, Adam 1e-3.
    case c
    /// An LSTM of 128 over 28 steps of 28, dense 10, 64 rows, Adam 1e-3.
    case d
    /// A transformer encoder block of 128 features, 4 heads and 512 units over 64 steps, the mean, dense
    /// 10, 32 rows, Adam 1e-3.
    case e
  }

  /// How long steps took, in microseconds.
  struct Times: Encodable {
    var median: Double
    var minimum: Double
    /// By how much memory grew from before the network was made, in megabytes; nil where that is not
    /// asked.
    var memory: Double?

    private enum CodingKeys: String, CodingKey {
      case median = "median_us"
      case minimum = "min_us"
      case memory = "step_mb"
    }
  }

  /// Steps that are not timed: the first ones prepare memory and code.
  private static let warmUpSteps = 30

  private let trainer: Trainer
  private let memoryBefore: Double

  init(_ subject: Subject, threads: Int) throws {
    memoryBefore = ProcessMemory.most
    let network = try subject.network()
    var options = subject.options
    options.threads = threads
    // Enough rows for several batches, so that rows are gathered as in a real run.
    trainer = try Trainer(network, options: options, data: try subject.data(batches: 8))
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
    var result = Times(times)
    result.memory = ProcessMemory.most - memoryBefore
    return result
  }

  /// Answers for so long and times every batch.
  ///
  /// - Parameter batch: the number of rows.
  static func answerTimes(
    _ subject: Subject, batch: Int, threads: Int, seconds: Double
  ) throws -> Times {
    let network = try subject.network()
    let evaluator = try Evaluator(
      network, parameters: LiveParameters(try Parameters(for: network, seed: 1)),
      batchSize: batch, threadCount: threads)
    let shape = network.inputs[0].shape.prepending(batch)
    var random = SystemRandomNumberGenerator()
    let values = (0..<shape.count).map { _ in Float.random(in: -1.7...1.7, using: &random) }
    let inputs = [Tensor(values, shape: shape)]
    return try Times(timing: seconds) { _ = try evaluator.predict(inputs) }
  }
}

extension TrainingBenchmark.Times {
  /// Does something ten times, and then for so long, each time timed.
  init(timing seconds: Double, _ body: () throws -> Void) rethrows {
    for _ in 0..<10 { try body() }
    let clock = ContinuousClock()
    var times: [Double] = []
    times.reserveCapacity(1 << 16)
    var last = clock.now
    let end = last + .seconds(seconds)
    while last < end {
      try body()
      let now = clock.now
      times.append((now - last) / .microseconds(1))
      last = now
    }
    self.init(times)
  }

  fileprivate init(_ times: [Double]) {
    let sorted = times.sorted()
    median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    minimum = sorted.first ?? 0
  }
}

extension TrainingBenchmark.Subject {
  fileprivate var batch: Int {
    switch self {
    case .a, .c, .d: 64
    case .b: 1000
    case .e: 32
    }
  }

  private var classes: Int { self == .b ? 2 : 10 }

  fileprivate func network() throws -> Network {
    switch self {
    case .a:
      return try Network.sequential(input: [784]) {
        Dense(256)
        Activation(.relu)
        Dense(10)
      }
    case .b:
      return try Network.sequential(input: [10]) {
        Dense(128)
        BatchNormalization()
        Activation(.relu)
        Dense(64)
        Dropout(0.5)
        Dense(2)
      }
    case .c:
      return try Network.sequential(input: [28, 28, 1]) {
        Convolution2D(32)
        Activation(.relu)
        Convolution2D(64)
        Activation(.relu)
        MaxPooling2D()
        Flatten()
        Dense(128)
        Activation(.relu)
        Dense(10)
      }
    case .d:
      return try Network.sequential(input: [28, 28]) {
        LSTM(128)
        Dense(10)
      }
    case .e:
      let builder = NetworkBuilder()
      let x = builder.input("features", shape: [64, 128])
      let block = builder.add(
        TransformerBlock(heads: 4, units: 512, dropout: 0), to: x, features: 128)
      let mean = builder.add(GlobalAveragePooling(), to: block)
      return try builder.network(outputs: builder.add(Dense(10), to: mean))
    }
  }

  fileprivate var options: TrainingOptions {
    guard self == .b else {
      return TrainingOptions(
        loss: CrossEntropy(), optimizer: Adam(learningRate: 1e-3), epochs: 1 << 20,
        batchSize: batch)
    }
    return TrainingOptions(
      loss: CrossEntropy(), optimizer: AdamW(learningRate: 1e-3, weightDecay: 1e-4),
      schedule: Cosine(), scheduleUnit: .step, epochs: 1 << 20, batchSize: batch, clipNorm: 1)
  }

  fileprivate func data(batches: Int) throws -> TrainingData {
    let rows = batches * batch
    let shape = try network().inputs[0].shape
    var random = SystemRandomNumberGenerator()
    let inputs = (0..<rows * shape.count).map { _ in Float.random(in: -1.7...1.7, using: &random) }
    let classes = (0..<rows).map { _ in Int.random(in: 0..<self.classes, using: &random) }
    return TrainingData(Tensor(inputs, shape: shape.prepending(rows)), classes: classes)
  }
}
