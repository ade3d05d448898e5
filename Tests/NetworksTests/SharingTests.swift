import Foundation
import Layers
import Tensors
import Testing

@testable import Networks

@Suite("Shared layers, nested networks, free axes")
struct SharingTests {
  /// One dense layer on two inputs, and once more behind itself.
  private func siamese() throws -> Network {
    let builder = NetworkBuilder()
    let left = builder.input("left", shape: [4])
    let right = builder.input("right", shape: [4])
    let first = builder.add(Dense(4), named: "shared", to: left)
    let second = builder.reuse(first, on: right)
    let third = builder.reuse(second, named: "again", on: builder.add(Activation(.tanh), to: first))
    let norm = builder.add(BatchNormalization(), named: "norm", to: second)
    return try builder.network(
      outputs: builder.add(
        Concatenate(), to: first, third, norm, builder.reuse(norm, on: third)))
  }

  @Test("A layer used again has one set of parameters, and their gradient is the sum of all uses")
  func gradients() throws {
    let network = try siamese()
    let layout = try ParameterLayout(network)
    #expect(
      layout.entries.map(\.path) == [
        "shared/kernel", "shared/bias", "norm/scale", "norm/shift", "norm/running_mean",
        "norm/running_variance",
      ])
    try Probe(network, count: 5).checkGradients()
  }

  @Test("An output layer can share the table of an embedding's size")
  func tiedParameter() throws {
    let builder = NetworkBuilder()
    let words = builder.input("words", shape: [3], isIndices: true)
    let vectors = builder.add(Embedding(vocabularySize: 5, dimension: 5), to: words)
    let output = builder.add(Dense(5), to: vectors)
    builder.tie(output, "kernel", to: "embedding_1/kernel")
    let network = try builder.network(outputs: output)
    #expect(
      try ParameterLayout(network).entries.map(\.path) == ["embedding_1/kernel", "dense_1/bias"])
    try Probe(network, count: 4).checkGradients()
  }

  @Test("What is shared survives a round trip through JSON")
  func coding() throws {
    let network = try siamese()
    let decoded = try JSONDecoder().decode(Network.self, from: JSONEncoder().encode(network))
    #expect(decoded == network)
    #expect(decoded.nodes.first { $0.name == "again" }?.ties["kernel"] == "shared/kernel")
  }

  @Test("A parameter that cannot be another's is refused with the nearest name")
  func refusals() {
    func message(_ ties: [String: String]) -> String {
      do {
        _ = try Network(
          inputs: [NetworkInput("x", shape: [3])],
          nodes: [
            Node("first", Dense(3), inputs: ["x"]), Node("wide", Dense(4), inputs: ["first"]),
            Node("last", Dense(3), inputs: ["wide"], ties: ties),
          ], outputs: ["last"])
        return "no error"
      } catch { return "\(error)" }
    }
    let head = "node 'last': its '"
    #expect(message(["bias": "first/bias"]) == "no error")
    #expect(
      message(["kernal": "first/kernel"])
        == head + "kernal' cannot be another node's: there is none; it has: kernel, bias")
    #expect(
      message(["bias": "first/bios"])
        == head
        + "bias' cannot be another node's: unknown parameter 'first/bios'; did you mean 'first/bias'?"
    )
    #expect(
      message(["kernel": "first/kernel"])
        == head
        + "kernel' cannot be another node's: expected the shape [4, 3], found [3, 3] of 'first/kernel'"
    )
    // Neither a ring nor a chain: what is tied is nobody's own.
    #expect(message(["bias": "last/bias"]).contains("unknown parameter 'last/bias'"))
  }

  @Test("A network inside another is its nodes under a longer name")
  func nested() throws {
    let inner = try siamese()
    let builder = NetworkBuilder()
    let x = builder.input("x", shape: [4])
    let one = builder.add(inner, named: "one", to: x, builder.add(Activation(.relu), to: x))
    let two = builder.add(inner, named: "two", to: x, x)
    let network = try builder.network(outputs: builder.add(Add(), to: one[0], two[0]))
    let paths = try ParameterLayout(network).entries.map(\.path)
    #expect(paths.count == 12)
    #expect(paths.contains("one_shared/kernel") && paths.contains("two_norm/running_mean"))
    try Probe(network, count: 3).checkGradients()
  }

  @Test("A free axis takes any extent, a fixed one its own, and parameters stay as they are")
  func freeAxes() throws {
    let builder = NetworkBuilder()
    let x = builder.input("x", shape: [6, 3], freeAxes: [0])
    let network = try builder.network(outputs: builder.add(Dense(2), to: x))
    #expect(network.inputs[0].shapeDescription == "[any, 3]")
    let longer = try network.withInputs(shaped: [[11, 3]])
    #expect(longer.values["dense_1"]?.shape == [11, 2])
    #expect(try ParameterLayout(longer) == ParameterLayout(network))
    let decoded = try JSONDecoder().decode(Network.self, from: JSONEncoder().encode(network))
    #expect(decoded == network && decoded.inputs[0].freeAxes == [0])
    func message(_ shape: Shape, of network: Network) -> String {
      do {
        _ = try network.withInputs(shaped: [shape])
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(message([6, 4], of: network) == "input 'x': expected a shape [any, 3], found [6, 4]")
    #expect(message([0, 3], of: network) == "input 'x': expected a shape [any, 3], found [0, 3]")
    #expect(message([3], of: network) == "input 'x': expected a shape [any, 3], found [3]")

    let flat = NetworkBuilder()
    let y = flat.input("y", shape: [6, 3], freeAxes: [0])
    let dense = try flat.network(outputs: flat.add(Dense(2), to: flat.add(Flatten(), to: y)))
    #expect(message([6, 3], of: dense) == "no error")
    #expect(message([7, 3], of: dense).hasPrefix("the network's parameters depend on the extent"))
    #expect(throws: NetworkError.self) {
      try Network(
        inputs: [NetworkInput("x", shape: [3], freeAxes: [1])], nodes: [], outputs: ["x"])
    }
  }
}
