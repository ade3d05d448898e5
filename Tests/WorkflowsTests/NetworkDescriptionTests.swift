import Foundation
import Layers
import Networks
import Tensors
import Testing

@testable import Workflows

/// Networks in words: what they become, and what is said of those that are none.
@Suite("Networks in words")
struct NetworkDescriptionTests {
  /// The network of a YAML file for inputs `left`, `right` `[4]` and three classes.
  private func network(_ yaml: String, inputs: [DescribedInput] = two) throws -> Network {
    let contents = try ConfigurationFile.parse(yaml, file: "n.yaml")
    var configuration = Configuration()
    try configuration.set(contents.values)
    configuration.places = contents.places
    guard let description = configuration.network else {
      throw ConfigurationError.conflict("no network")
    }
    return try configuration.locating {
      try description.network(
        inputs: inputs, outputs: [DescribedOutput(name: "kind", units: 3)], initializer: nil
      ) { builder in
        let values = inputs.map {
          builder.input($0.name, shape: $0.shape, isIndices: $0.vocabularySize != nil)
        }
        return values.count == 1 ? values[0] : nil
      }
    }
  }

  private static let two = ["left", "right"].map { DescribedInput(name: $0, shape: [4]) }
  private static let one = [DescribedInput(name: "features", shape: [4])]

  private func message(_ yaml: String, inputs: [DescribedInput] = two) -> String {
    do {
      _ = try network(yaml, inputs: inputs)
      return "no error"
    } catch { return "\(error)" }
  }

  @Test("A line of words and a list of entries are the same network")
  func spellings() throws {
    let line = try network(
      "network: dense(16, uses_bias=false), tanh, dropout(0.2), leaky_relu(slope=0.3), output",
      inputs: NetworkDescriptionTests.one)
    let list = try network(
      """
      network:
        - dense: {units: 16, uses-bias: no}
        - activation: tanh
        - dropout: 0.2
        - activation: {function: leaky_relu, slope: 0.3}
        - output
      """, inputs: NetworkDescriptionTests.one)
    #expect(line == list)
    let expected = try Network.sequential(input: [4]) {
      Dense(16, usesBias: false)
      Activation(.tanh)
      Dropout(0.2)
      Activation(.leakyReLU, slope: 0.3)
      Dense(3, kernelInitializer: .xavierUniform)
    }
    #expect(
      line.nodes.map { AnyHashable($0.layer) } == expected.nodes.map { AnyHashable($0.layer) })
    #expect(line.nodes.last?.name == "output")
  }

  @Test("A part is the same layers with the same weights wherever it is used")
  func parts() throws {
    let network = try network(
      """
      network:
        parts:
          tower: [{dense: {units: 8, activation: relu}}, {dense: 5}]
        layers:
          - tower: {from: left}
          - tower: {from: right, name: other}
          - add: {from: [tower_1, other]}
          - output
      """)
    let parameters = try ParameterLayout(network)
    // 4·8 + 8 + 8·5 + 5 once, and 5·3 + 3.
    #expect(parameters.count == 4 * 8 + 8 + 8 * 5 + 5 + 5 * 3 + 3)
    #expect(network.nodes.contains { $0.name == "other_dense_1" })
  }

  @Test("A stack has weights of its own in every storey, share and tie take those of another")
  func sharing() throws {
    let stacked = try network(
      "network: [{stack: {times: 3, layers: [dense(4), relu]}}, output]",
      inputs: NetworkDescriptionTests.one)
    #expect(try ParameterLayout(stacked).count == 3 * 20 + 15)
    let shared = try network(
      """
      network:
        - dense: {units: 4, name: first}
        - relu
        - dense: {units: 4, share: first}
        - dense: {units: 4, tie: {kernel: first/kernel}}
        - output
      """, inputs: NetworkDescriptionTests.one)
    #expect(try ParameterLayout(shared).count == 20 + 4 + 15)
  }

  @Test("A lookup knows how many words its input has")
  func lookup() throws {
    let words = [DescribedInput(name: "note", shape: [6], vocabularySize: 11)]
    let network = try network("network: embedding(5), flatten, output", inputs: words)
    #expect(try ParameterLayout(network).count == 11 * 5 + 30 * 3 + 3)
  }

  @Test("A layer in two directions and a transformer block are words too")
  func composites() throws {
    let sequence = [DescribedInput(name: "signal", shape: [7, 6])]
    let recurrent = try network(
      "network: 'bidirectional(lstm(4, returns_sequence=true), merge=sum), gru(5), output'",
      inputs: sequence)
    #expect(recurrent.values["output"]?.shape == [3])
    let nested = try network(
      """
      network:
        - bidirectional: {layer: {lstm: {units: 4, returns_sequence: true}}, merge: sum}
        - gru: 5
        - output
      """, inputs: sequence)
    #expect(nested == recurrent)
    let transformer = try network(
      """
      network:
        - positional_embedding: 7
        - stack: {times: 2, layers: [{transformer_encoder: {heads: 2, units: 12, dropout: 0}}]}
        - flatten
        - output
      """, inputs: sequence)
    let block = 4 * (6 * 6 + 6) + 2 * 12 + (6 * 12 + 12) + (12 * 6 + 6)
    #expect(try ParameterLayout(transformer).count == 42 + 2 * block + 42 * 3 + 3)
    #expect(
      message("network: 'transformer_encoder(4, units=8), output'", inputs: sequence)
        == "n.yaml: line 1: network[0].heads: expected a number that divides the 6 features, found 4"
    )
  }

  @Test(
    "What is wrong is said with its line and the nearest right name",
    arguments: [
      (
        "network: ['dens(3, from=left)', output]",
        "n.yaml: line 1: network[0]: unknown layer 'dens'; did you mean 'dense'?"
      ),
      (
        "network:\n  - dense: {unit: 4, from: left}\n  - output",
        "n.yaml: line 2: network[0].dense.unit: 'dense' has no option 'unit'; did you mean 'units'?"
      ),
      (
        "network:\n  - dense: {units: many, from: left}\n",
        "n.yaml: line 2: network[0].dense.units: expected a number, found 'many'"
      ),
      (
        "network:\n  - dense: {from: left}\n",
        "n.yaml: line 2: network[0].dense: 'dense' needs 'units'"
      ),
      (
        "network:\n  - dense: 4\n",
        "n.yaml: line 2: network[0].dense: there are several inputs: say which with 'from', one of left, right"
      ),
      (
        "network:\n  - dense: {units: 4, from: lefd}\n",
        "n.yaml: line 2: network[0].dense.from: unknown value 'lefd'; did you mean 'left'?"
      ),
      (
        "network:\n  - dense:\n      units: 4\n      from: left\n      kernel_initializer: xavier\n",
        "n.yaml: line 5: network[0].dense.kernel_initializer: unknown initializer 'xavier'"
      ),
      (
        "network:\n  - dense: {units: 4, from: left}\n  - reshape: [3]\n  - output",
        "n.yaml: line 3: network[1].reshape: node 'reshape_1' (reshape): expected an input of shape 3 elements, found [4]"
      ),
      (
        "network:\n  - dense: {units: 4, from: b, name: a}\n  - dense: {units: 4, from: a, name: b}\n  - output",
        "n.yaml: line 2: network[0].dense: the nodes 'a', 'b', 'output' wait for each other in a cycle"
      ),
      (
        "network:\n  - dense: {units: 4, from: left, name: a}\n  - dense: {units: 4, from: right}\n  - output",
        "n.yaml: line 2: network[0].dense: node 'a' leads to no output; remove it or make it an output"
      ),
      (
        "network:\n  - dense: {units: 4, from: left, name: a}\n  - dense: {units: 4, name: a}\n  - output",
        "n.yaml: line 3: network[1].dense: two inputs or nodes are named 'a'; names must be unique"
      ),
      (
        "network:\n  - dense: {units: 4, from: left}\n",
        "n.yaml: line 2: network[0].dense: expected [3] for 'kind', found [4]; let the network end with 'output'"
      ),
      (
        "network:\n  - {dense: 4, relu: 1}\n",
        "n.yaml: line 2: network[0]: expected one layer per entry, as in dense: {units: 64, activation: relu}, found the keys dense, relu"
      ),
      (
        "network:\n  parts: {p: [{p: }]}\n  layers: [{p: {from: left}}, output]",
        "n.yaml: line 2: network.parts.p[0].p: the part 'p' contains itself"
      ),
      (
        "network:\n  layer: [dense(4)]\n",
        "n.yaml: line 1: network: expected a list of layers, or a mapping with 'layers' and 'parts'"
      ),
      (
        "network:\n  - stack: {times: 99999999, layers: [dense(4)]}\n",
        "n.yaml: line 2: network[0].stack.times: expected 1 to 32768, found 99999999"
      ),
    ])
  func faults(yaml: String, expected: String) { #expect(message(yaml) == expected) }

  @Test("The usual layer of every kind has the options that its kind says it needs")
  func kinds() throws {
    for kind in LayerCatalog.standard.entries {
      let options = try LayerOptions(of: kind)
      for name in kind.neededOptions + [kind.mainOption].compactMap(\.self) {
        #expect(options.names.contains(name), "\(kind.kind): \(name)")
      }
      guard kind.neededOptions.isEmpty else { continue }
      let layer = try options.layer([:], main: nil, at: "here")
      #expect(AnyHashable(layer) == AnyHashable(kind.defaults))
    }
  }
}
