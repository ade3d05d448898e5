import Kernels
import ModelFiles
import Networks
import Tensors

/// A model for examples as its network takes them, ready to answer: it need not know any columns.
struct ExampleModel: Sendable {
  let file: ModelFile
  let network: Network
  /// What the network gives.
  let outputs: [PredictedOutput]
  private let parameters: LiveParameters
  private let plan: Plan

  /// A model for examples of some shapes.
  ///
  /// - Parameter shapes: of every input of the network, in order; as the network has them when nil.
  /// - Throws: `ModelFileError` when the file contradicts itself, `NetworkError` when a layer does not
  ///   take such examples, `PlanError` when one needs too much memory.
  init(_ file: ModelFile, shapes: [Shape]? = nil) throws {
    self.file = file
    if let preprocessing = file.preprocessing {
      try TableModel.check(file, fits: preprocessing)
    }
    network = try shapes.map { try file.network.withInputs(shaped: $0) } ?? file.network
    outputs = try file.predictedOutputs(of: network)
    parameters = try file.liveParameters(as: .float32)
    plan = try Plan.inference(network)
  }

  /// The largest number of rows that go through the network at a time.
  var capacity: Int { plan.capacity }

  /// The number of values of a row's predictions.
  var width: Int { outputs.reduce(0) { $0 + $1.width } }

  /// How many sessions fit into what one plan may take.
  var sessionLimit: Int { Plan.largestArena / max(plan.arenaByteCount, 1) }

  /// Memory in which one thread runs the network.
  func session() -> Session {
    // The own product gives a row the same bits whatever stands beside it.
    Session(
      plan, parameters: parameters, seed: 0, workers: Workers(threadCount: 1, products: .own))
  }
}
