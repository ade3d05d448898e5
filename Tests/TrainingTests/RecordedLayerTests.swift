import Kernels
import Layers
import Tensors
import Testing

@testable import Networks

/// layers.json: activations and layers, forward and backward.
struct RecordedLayers: Decodable, Sendable {
  var points: [Double]
  var activations: [Activation]
  var layers: [Layer]

  struct Activation: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var values: [Double]
    var derivatives: [Double]

    var testDescription: String { name }
  }

  /// A layer with one pass in it, or with several.
  struct Layer: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var parameters: [String: RecordedTensor]?
    var epsilon: Double?
    var pass: Pass?
    var passes: [Pass]?

    var testDescription: String { name }

    private enum CodingKeys: String, CodingKey {
      case name, parameters, epsilon, passes
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      name = try container.decode(String.self, forKey: .name)
      parameters = try container.decodeIfPresent(
        [String: RecordedTensor].self, forKey: .parameters)
      epsilon = try container.decodeIfPresent(Double.self, forKey: .epsilon)
      passes = try container.decodeIfPresent([Pass].self, forKey: .passes)
      pass = passes == nil ? try Pass(from: decoder) : nil
    }
  }

  struct Pass: Decodable, Sendable {
    var training: Bool?
    var inputs: RecordedTensor
    var outputs: RecordedTensor
    var outputGradients: RecordedTensor
    var inputGradients: RecordedTensor?
    var parameterGradients: [String: RecordedTensor]?
    var movingMean: RecordedTensor?
    var movingVariance: RecordedTensor?
  }
}

@Suite struct RecordedLayerTests {
  @Test(
    "Activations and their derivatives are those of PyTorch, far out too",
    arguments: try recorded("layers.json", as: RecordedLayers.self).activations)
  func activations(record: RecordedLayers.Activation) throws {
    let points = try recorded("layers.json", as: RecordedLayers.self).points
    let words = record.name.split(separator: " ")
    let function = try #require(ActivationFunction(name: String(words[0])))
    let slope = words.count > 1 ? Double(words[1]) : nil
    let network = try Network.sequential(input: [1]) { Activation(function, slope: slope) }
    let shape = [points.count, 1]
    let pass = RecordedLayers.Pass(
      inputs: RecordedTensor(shape: shape, values: points),
      outputs: RecordedTensor(shape: shape, values: record.values),
      outputGradients: RecordedTensor(shape: shape, values: points.map { _ in 1 }),
      inputGradients: RecordedTensor(shape: shape, values: record.derivatives))
    try check(
      pass, network, LiveParameters(Parameters(for: network, seed: 0, elementType: .float64)))
  }

  @Test(
    "Layers give the outputs and gradients of PyTorch",
    arguments: try recorded("layers.json", as: RecordedLayers.self).layers)
  func layers(record: RecordedLayers.Layer) throws {
    let first = try #require(record.pass ?? record.passes?.first)
    let layer = try layer(of: record)
    let isIndices = record.name == "embedding"
    let network = try Network.sequential(
      input: Shape(first.inputs.shape.dropFirst()), isIndices: isIndices
    ) { layer }
    var parameters = try Parameters(for: network, seed: 0, elementType: .float64)
    let node = network.nodes[0].name
    for (name, tensor) in record.parameters ?? [:] {
      parameters["\(node)/\(ownName(name))"] = tensor.tensor()
    }
    let live = LiveParameters(parameters)
    for pass in record.passes ?? [first] {
      try check(pass, network, live)
      for (name, tensor) in [
        ("running_mean", pass.movingMean), ("running_variance", pass.movingVariance),
      ] {
        guard let tensor else { continue }
        compare(live.snapshot()["\(node)/\(name)"]?.doubles() ?? [], tensor.values, name)
      }
    }
  }

  private func layer(of record: RecordedLayers.Layer) throws -> any Layer {
    let epsilon = record.epsilon ?? 0
    switch record.name {
    case "dense": return Dense(3)
    case "softmax": return Activation(.softmax)
    case "embedding":
      let table = try #require(record.parameters?["table"])
      return Embedding(vocabularySize: table.shape[0], dimension: table.shape[1])
    case "layer_normalization": return LayerNormalization(epsilon: epsilon)
    default:
      #expect(record.name == "batch_normalization")
      // PyTorch's momentum .1 is the share of the new, ours .9 that of the old.
      return BatchNormalization(momentum: 0.9, epsilon: epsilon)
    }
  }

  private func ownName(_ name: String) -> String {
    ["table": "kernel", "offset": "shift"][name] ?? name
  }

  /// Runs one pass forward, and backward where it is one of training.
  private func check(
    _ pass: RecordedLayers.Pass, _ network: Network, _ live: LiveParameters
  ) throws {
    let count = pass.inputs.shape[0]
    let isTraining = pass.training ?? true
    let plan = try Plan(
      network, mode: isTraining ? .training : .inference, capacity: count, elementType: .float64,
      needsInputGradients: isTraining)
    let session = Session(plan, parameters: live, seed: 0, workers: Workers(threadCount: 1))
    let input = session.input(0, count: count)
    if network.inputs[0].isIndices {
      input.setElements(to: pass.inputs.values.map { Int32($0) })
    } else {
      input.setElements(to: pass.inputs.values)
    }
    session.forward(count: count)
    compare(session.output(count: count).doubles(), pass.outputs.values, "outputs")
    guard isTraining else { return }
    let gradient = try #require(session.outputGradient(count: count))
    gradient.setElements(to: pass.outputGradients.values)
    session.backward(count: count)
    if let expected = pass.inputGradients {
      let found = try #require(session.inputGradient(0, count: count)).doubles()
      compare(found, expected.values, "input gradients")
    }
    for (name, expected) in pass.parameterGradients ?? [:] {
      let entry = try #require(
        plan.layout.entries.first { $0.spec.name == ownName(name) }, "\(name)")
      let part = session.gradients.part(at: entry.offset, shape: entry.spec.shape)
      compare(part.doubles(), expected.values, "gradient of \(name)")
    }
  }

  private func compare(_ found: [Double], _ expected: [Double], _ what: String) {
    #expect(found.count == expected.count, "\(what)")
    for (index, pair) in zip(found, expected).enumerated() {
      // Both are float64, and differ by roundings only.
      #expect(
        abs(pair.0 - pair.1) <= 1e-12 * max(abs(pair.1), 1),
        "\(what)[\(index)]: \(pair.0) is not \(pair.1)")
    }
  }
}
