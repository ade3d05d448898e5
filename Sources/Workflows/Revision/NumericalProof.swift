import Kernels
import Layers
import ModelFiles
import Networks
import Tensors
import Training

/// How far two models compute the same: both run on the same sample, and the largest difference of
/// every layer is told.
public struct NumericalProof: Codable, Hashable, Sendable {
  /// How far one value differs.
  public struct Row: Codable, Hashable, Sendable {
    /// The layer or output.
    public var name: String
    /// The largest absolute difference.
    public var error: Double
    /// The largest absolute value of the reference.
    public var scale: Double

    /// The difference as a share of the largest value; of values that are all nearly zero, as it is.
    public var relativeError: Double { error / max(scale, 1e-6) }

    private enum CodingKeys: String, CodingKey {
      case name
      case error = "largest_error"
      case scale = "largest_value"
    }
  }

  /// The layers that both models have under the same name and shape, in the order of the reference.
  public var layers: [Row]
  /// The predictions, in the order of the outputs.
  public var outputs: [Row]

  /// What a sample is made with.
  private static let seed: UInt64 = 20_240_229
  private static let rowCount = 4

  /// The largest share by which an output differs.
  public var largestError: Double { outputs.map(\.relativeError).max() ?? 0 }

  /// Compares a model with a reference that takes the same inputs in the same order.
  ///
  /// - Throws: ``ProofError`` when the two take other inputs or give other outputs, `PlanError` when
  ///   one needs too much memory.
  public init(of model: Model, against reference: Model) throws {
    let (expected, found) = (reference.network, model.network)
    guard expected.inputs.map(\.shape) == found.inputs.map(\.shape),
      expected.inputs.map(\.isIndices) == found.inputs.map(\.isIndices)
    else {
      throw ProofError.inputs(
        expected: expected.inputs.map { "\($0.name) \($0.shape)" },
        found: found.inputs.map { "\($0.name) \($0.shape)" })
    }
    func shapes(_ network: Network) -> [Shape?] {
      network.outputs.map { network.values[$0]?.shape }
    }
    guard shapes(expected).map({ $0?.count }) == shapes(found).map({ $0?.count }) else {
      throw ProofError.outputs(
        expected: expected.outputs.map { "\($0)" }, found: found.outputs.map { "\($0)" })
    }
    let common = expected.nodes.map(\.name).filter { name in
      found.nodes.contains { $0.name == name }
        && expected.values[name]?.shape == found.values[name]?.shape
        && expected.values[name]?.isIndices == false
    }
    let sample = expected.sample(rows: NumericalProof.rowCount, seed: NumericalProof.seed)
    let left = try reference.values(of: common, for: sample)
    let right = try model.values(of: common, for: sample)
    func row(_ name: String, _ left: Tensor, _ right: Tensor) -> Row {
      var (error, scale) = (0.0, 0.0)
      for (a, b) in zip(left.doubles(), right.doubles()) {
        scale = max(scale, a.isFinite ? abs(a) : 0)
        if a == b || a.isNaN && b.isNaN { continue }
        error = max(error, a.isNaN || b.isNaN ? .infinity : abs(a - b))
      }
      return Row(name: name, error: error, scale: scale)
    }
    layers = common.indices.map { row(common[$0], left.layers[$0], right.layers[$0]) }
    outputs = expected.outputs.indices.map { index in
      let name = expected.outputs[index]
      let inNetwork = row(name, left.outputs[index], right.outputs[index])
      // Programs that know no columns are given networks whose outputs are in the unit of the target.
      guard model.preprocessing == nil, let targets = reference.preprocessing?.targets,
        index < targets.count, case .number(let target) = targets[index]
      else { return inNetwork }
      let values = left.outputs[index].doubles().map { $0 / target.scale + target.offset }
      let inTarget = row(
        name, Tensor(values, shape: left.outputs[index].shape), right.outputs[index])
      return inTarget.relativeError < inNetwork.relativeError ? inTarget : inNetwork
    }
  }
}

/// Why two models cannot be compared.
public enum ProofError: Error, Hashable, CustomStringConvertible {
  case inputs(expected: [String], found: [String])
  case outputs(expected: [String], found: [String])

  public var description: String {
    switch self {
    case .inputs(let expected, let found):
      "the models take other inputs: \(expected.joined(separator: ", ")), and "
        + found.joined(separator: ", ")
    case .outputs(let expected, let found):
      "the models give other outputs: \(expected.joined(separator: ", ")), and "
        + found.joined(separator: ", ")
    }
  }
}

extension Network {
  /// Rows that every input takes: numbers of a normal distribution, indices that are looked up, and
  /// masks that leave out the last steps of some rows. The same for the same seed.
  func sample(rows: Int, seed: UInt64) -> [Tensor] {
    let counts = indexCounts
    return inputs.enumerated().map { place, input in
      let random = RandomStream(seed: seed, stream: UInt32(truncatingIfNeeded: place))
      let count = rows * input.shape.count
      let shape = input.shape.prepending(rows)
      if input.isIndices {
        let bound = max(min(counts[input.name] ?? 2, 1 << 20), 1)
        return Tensor(
          (0..<count).map { Int32(random.integer(below: bound, at: $0)) }, shape: shape)
      }
      if isMask(input) {
        let steps = max(input.shape.count, 1)
        return Tensor(
          (0..<count).map { $0 % steps < max(steps - $0 / steps, 1) ? Float(1) : 0 }, shape: shape)
      }
      // Irwin and Hall: the sum of twelve uniform numbers less six is nearly normal.
      return Tensor(
        (0..<count).map { index in
          Float((0..<12).reduce(-6.0) { $0 + random.uniform(at: index * 12 + $1) })
        }, shape: shape)
    }
  }

  /// Whether an input says which steps of others are seen.
  private func isMask(_ input: NetworkInput) -> Bool {
    nodes.contains { node in
      node.inputs.last == input.name && node.inputs.count > 1
        && LayerReport.options(of: node.layer)["is_masked"] == .flag(true)
    }
  }
}

extension Model {
  /// What layers give for some rows, and the predictions.
  fileprivate func values(
    of layers: [String], for inputs: [Tensor]
  ) throws -> (layers: [Tensor], outputs: [Tensor]) {
    let parameters = LiveParameters(parameters.converted(to: .float32))
    let links = network.outputs.indices.map { index in
      index < self.links.count ? self.links[index] : Link.identity
    }
    // Links write over what they are applied to: predictions are computed apart.
    let outputs = try Evaluator(network, parameters: parameters).predict(inputs, links: links)
    guard !layers.isEmpty else { return ([], outputs) }
    let open = try Network(
      inputs: network.inputs, nodes: network.nodes,
      outputs: layers + network.outputs.filter { !layers.contains($0) })
    // The same nodes in the same order keep their parameters at the same places.
    let values = try Evaluator(open, parameters: parameters)
      .predict(inputs, links: layers.map { _ in .identity })
    return (values, outputs)
  }
}
