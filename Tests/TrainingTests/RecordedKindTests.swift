import Foundation
import Kernels
import Layers
import Tensors
import Testing

@testable import Networks

/// Fixtures/layers: layers by kind and options, forward and backward, as PyTorch and Keras have them.
struct RecordedKinds: Decodable, Sendable {
  var source: String
  var records: [Record]

  struct Record: Decodable, Sendable, CustomTestStringConvertible {
    var layer: any Layer
    var inputs: [RecordedTensor]
    /// The inputs that are masks.
    var masks: [Int]
    var parameters: [String: RecordedTensor]
    var outputs: RecordedTensor
    var outputGradients: RecordedTensor
    var inputGradients: [RecordedTensor?]
    var parameterGradients: [String: RecordedTensor]

    var testDescription: String { "\(layer) on \(inputs.map { $0.shape })" }

    private enum CodingKeys: String, CodingKey {
      case kind, options, inputs, masks, parameters, outputs
      case outputGradients = "output_gradients"
      case inputGradients = "input_gradients"
      case parameterGradients = "parameter_gradients"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      let kind = try LayerCatalog.standard.entry(
        named: container.decode(String.self, forKey: .kind))
      layer = try container.decode(kind, forKey: .options)
      inputs = try container.decode([RecordedTensor].self, forKey: .inputs)
      masks = try container.decode([Int].self, forKey: .masks)
      parameters = try container.decode([String: RecordedTensor].self, forKey: .parameters)
      outputs = try container.decode(RecordedTensor.self, forKey: .outputs)
      outputGradients = try container.decode(RecordedTensor.self, forKey: .outputGradients)
      inputGradients = try container.decode([RecordedTensor?].self, forKey: .inputGradients)
      parameterGradients = try container.decode(
        [String: RecordedTensor].self, forKey: .parameterGradients)
    }
  }

  /// The records of a file.
  static func of(_ name: String) throws -> [Record] {
    let url = URL(fileURLWithPath: #filePath)
      .appendingPathComponent("../../../Fixtures/layers/\(name)").standardizedFileURL
    return try JSONDecoder().decode(RecordedKinds.self, from: Data(contentsOf: url)).records
  }
}

@Suite("Recorded layers by kind")
struct RecordedKindTests {
  @Test(
    "Outputs and gradients are those of PyTorch", arguments: try RecordedKinds.of("pytorch.json"))
  func pytorch(record: RecordedKinds.Record) throws { try check(record, tolerance: 1e-11) }

  @Test("Outputs and gradients are those of Keras", arguments: try RecordedKinds.of("keras.json"))
  func keras(record: RecordedKinds.Record) throws {
    // Keras has some of its operations in float32.
    try check(record, tolerance: 2e-6)
  }

  private func check(_ record: RecordedKinds.Record, tolerance: Double) throws {
    func compare(_ found: [Double], _ expected: [Double], _ what: String) {
      #expect(found.count == expected.count, "\(what)")
      for (index, pair) in zip(found, expected).enumerated() {
        #expect(
          abs(pair.0 - pair.1) <= tolerance * max(abs(pair.1), 1),
          "\(what)[\(index)]: \(pair.0) is not \(pair.1)")
      }
    }
    let builder = NetworkBuilder()
    let values = record.inputs.enumerated().map { index, tensor in
      builder.input("input_\(index)", shape: Shape(tensor.shape.dropFirst()))
    }
    let output = builder.add(record.layer, named: "layer", to: values)
    let network = try builder.network(outputs: output)
    var parameters = try Parameters(for: network, seed: 0, elementType: .float64)
    #expect(
      Set(parameters.layout.entries.map(\.spec.name)).isSuperset(of: record.parameters.keys))
    for (name, tensor) in record.parameters {
      // Keras keeps a dense kernel over positions with axes of extent 1.
      let shape = try #require(parameters["layer/\(name)"]).shape
      parameters["layer/\(name)"] = Tensor(tensor.values, shape: shape)
    }

    let count = record.inputs[0].shape[0]
    let plan = try Plan(
      network, mode: .training, capacity: count, elementType: .float64, needsInputGradients: true)
    let session = Session(
      plan, parameters: LiveParameters(parameters), seed: 0, workers: Workers(threadCount: 2))
    for (index, tensor) in record.inputs.enumerated() {
      session.input(index, count: count).setElements(to: tensor.values)
    }
    session.forward(count: count)
    compare(session.output(count: count).doubles(), record.outputs.values, "outputs")
    #expect(
      session.output(count: count).shape.dimensions == record.outputs.shape, "shape of the output")

    let gradient = try #require(session.outputGradient(count: count))
    gradient.setElements(to: record.outputGradients.values)
    session.backward(count: count)
    for (index, expected) in record.inputGradients.enumerated() {
      guard let expected, !record.masks.contains(index) else { continue }
      let found = try #require(session.inputGradient(index, count: count)).doubles()
      compare(found, expected.values, "gradient of input \(index)")
    }
    for (name, expected) in record.parameterGradients {
      let entry = try #require(plan.layout.entries.first { $0.spec.name == name }, "\(name)")
      let part = session.gradients.part(at: entry.offset, shape: entry.spec.shape)
      compare(part.doubles(), expected.values, "gradient of \(name)")
    }
  }
}
