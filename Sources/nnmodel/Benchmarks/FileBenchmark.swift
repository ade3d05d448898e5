import Kernels
import Layers
import ModelFiles
import Networks
import Tensors
import Training

/// Times what is done with model files, for `tools/bench`.
///
/// Peers do the same in `tools/benchmarks/checkpoints.py`.
struct FileBenchmark {
  /// What a file holds: dense layers without biases, or one great table.
  enum Subject: String, CaseIterable {
    /// 64 tensors of 16 MiB: 1 GiB.
    case large
    /// 1,000 tensors of 1 KiB.
    case many
    /// An embedding of 4,194,304 vectors of 64 numbers: 1 GiB.
    case table

    fileprivate func network() throws -> Network {
      switch self {
      case .large: try layers(64, width: 2048)
      case .many: try layers(1000, width: 16)
      case .table:
        try Network.sequential(input: [1], isIndices: true) {
          Embedding(vocabularySize: 1 << 22, dimension: 64, kernelInitializer: .ones)
          Dense(1)
        }
      }
    }

    private func layers(_ count: Int, width: Int) throws -> Network {
      try Network.sequential(input: [width]) {
        for _ in 0..<count { Dense(width, usesBias: false) }
      }
    }
  }

  /// What is timed.
  enum Task: String, CaseIterable {
    /// Writes the file: digests, comparison, sync and renaming among it.
    case save
    /// Opens the file and lists its tensors, without looking at any number.
    case open
    /// The same, and rebuilds the network.
    case network
    /// Opens it and adds up all numbers where they are mapped.
    case read
    /// Opens it and compares all digests, after which predictions read the weights where they are.
    case verified
    /// The same, and copies the weights into parameters, as for training.
    case loaded
    /// Opens it and predicts one row, for a table.
    case predict
    /// Copies the parameters of a run, which is what training waits for at a checkpoint.
    case snapshot
  }

  /// How long each of several rounds took, in seconds.
  struct Times: Encodable {
    var median: Double
    var minimum: Double
    /// The bytes of all tensors.
    var byteCount: Int

    private enum CodingKeys: String, CodingKey {
      case median = "median_s"
      case minimum = "min_s"
      case byteCount = "bytes"
    }
  }

  private let path: String
  private let network: Network

  init(_ subject: Subject, path: String) throws {
    self.path = path
    network = try subject.network()
  }

  /// Does something several times; all but `save` and `snapshot` need the file that `save` writes.
  ///
  /// - Throws: `ModelFileError`.
  func times(of task: Task, rounds: Int) throws -> Times {
    var times: [Double] = []
    func time(_ body: () throws -> Void) rethrows {
      let clock = ContinuousClock()
      for _ in 0..<rounds {
        let start = clock.now
        try body()
        times.append((clock.now - start) / .seconds(1))
      }
    }
    switch task {
    case .save:
      let model = try self.model()
      try time { try model.write(to: path) }
    case .snapshot:
      let live = LiveParameters(try model().parameters)
      time { _ = live.snapshot() }
    case .open:
      try time {
        guard try TensorFile(reading: path).tensors().isEmpty == false else { return }
      }
    case .network:
      try time {
        guard try ModelFile(reading: path).network.nodes.isEmpty == false else { return }
      }
    case .read:
      try time {
        let file = try TensorFile(reading: path)
        // As many as PyTorch is given.
        let workers = Workers(threadCount: 2)
        var sum = 0.0
        for tensor in try file.tensors() {
          try file.withTensor(at: tensor.path) { sum += Kernels.sumOfMagnitudes($0, on: workers) }
        }
        precondition(sum.isFinite, "weights are numbers")
      }
    case .predict:
      let row = Tensor([Int32(1 << 21)], shape: [1, 1])
      try time { _ = try ModelFile(reading: path).predict([row]) }
    case .verified, .loaded:
      try time {
        let file = try ModelFile(reading: path)
        try file.checkDigests()
        _ = try file.liveParameters()
        if task == .loaded { _ = try file.parameters() }
      }
    }
    times.sort()
    let byteCount = try ParameterLayout(network).count * ElementType.float32.byteCount
    return Times(
      median: times.isEmpty ? 0 : times[times.count / 2], minimum: times.first ?? 0,
      byteCount: byteCount)
  }

  private func model() throws -> Model {
    Model(
      network: network, snapshot: TrainingSnapshot(try Parameters(for: network, seed: 1)),
      link: .identity)
  }
}
