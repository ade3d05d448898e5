import Layers
import Tensors
import Testing

@testable import Networks

@Suite struct NetworkTests {
  @Test("A sequential network names its nodes after kind and count")
  func sequentialNames() throws {
    let network = try Network.sequential(input: [4]) {
      Dense(3)
      Activation(.relu)
      Dense(2)
    }
    #expect(network.nodes.map { $0.name } == ["dense_1", "activation_1", "dense_2"])
    #expect(network.outputs == ["dense_2"])
    let layout = try ParameterLayout(network)
    #expect(
      layout.entries.map { $0.path } == [
        "dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias",
      ])
    #expect(layout.count == 4 * 3 + 3 + 3 * 2 + 2)
  }

  @Test("Nodes may be given in any order")
  func order() throws {
    let network = try Network(
      inputs: [NetworkInput("x", shape: [2])],
      nodes: [Node("b", Dense(1), inputs: ["a"]), Node("a", Dense(2), inputs: ["x"])],
      outputs: ["b"])
    #expect(network.nodes.map { $0.name } == ["a", "b"])
  }

  @Test("What is no network is refused with the place and the nearest name")
  func refusals() {
    let x = NetworkInput("x", shape: [2])
    func message(_ nodes: [Node], outputs: [String] = ["b"]) -> String {
      do {
        _ = try Network(inputs: [x], nodes: nodes, outputs: outputs)
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(message([]) == "unknown output 'b'")
    #expect(message([Node("b", Dense(1), inputs: ["y"])]) == "node 'b': unknown input 'y'")
    #expect(
      message([Node("dense_1", Dense(1), inputs: ["x"])], outputs: ["dence_1"])
        == "unknown output 'dence_1'; did you mean 'dense_1'?")
    #expect(
      message([Node("b", Dense(1), inputs: ["c"]), Node("c", Dense(1), inputs: ["b"])])
        == "the nodes 'b', 'c' wait for each other in a cycle")
    #expect(
      message([Node("b", Dense(1), inputs: ["x"]), Node("lost", Dense(1), inputs: ["x"])])
        == "node 'lost' leads to no output; remove it or make it an output")
    #expect(
      message([Node("x", Dense(1), inputs: ["x"])]).hasPrefix("two inputs or nodes are named 'x'"))
    #expect(message([Node("a/b", Dense(1), inputs: ["x"])]).hasPrefix("'a/b' cannot be a name"))
    #expect(
      message([Node("b", Dense(0), inputs: ["x"])])
        == "node 'b' (dense): units: expected 1 or more, found 0")
    #expect(
      message([Node("b", Add(), inputs: ["x"])])
        == "node 'b' (add): expected at least 2 inputs, found 1")
    #expect(
      message([Node("b", Embedding(vocabularySize: 2, dimension: 2), inputs: ["x"])])
        == "node 'b' (embedding): expected an input of indices (Int32), found real numbers")
  }

  @Test("A value that several layers read gets the sum of their gradients")
  func fanOut() throws {
    let builder = NetworkBuilder()
    let x = builder.input("x", shape: [3])
    let h = builder.add(Dense(3), to: x)
    let a = builder.add(Activation(.tanh), to: h)
    let b = builder.add(Activation(.sigmoid), to: h)
    let twice = builder.add(Add(), to: h, h)
    let all = builder.add(Concatenate(), to: a, b, h, twice)
    let network = try builder.network(outputs: builder.add(Dense(2), to: all))
    try Probe(network, count: 5).checkGradients()
  }

  @Test("Layers in place give the gradients of layers apart")
  func inPlace() throws {
    let network = try Network.sequential(input: [2, 3]) {
      Dense(4)
      Flatten()
      Activation(.relu)
      Dropout(0.3)
      Reshape([2, 4])
      BatchNormalization()
      Activation(.elu)
      Flatten()
      Dropout(0.2)
      Dense(3)
      Activation(.softmax)
    }
    try Probe(network, count: 6).checkGradients()
  }

  @Test("Inference in reused memory gives what training mode computes")
  func inference() throws {
    let builder = NetworkBuilder()
    let x = builder.input("x", shape: [6])
    var h = x
    for width in [9, 4, 9, 9] {
      let next = builder.add(Activation(.silu), to: builder.add(Dense(width), to: h))
      h = width == 9 && h != x ? builder.add(Dense(9), to: next) : next
    }
    let network = try builder.network(
      outputs: builder.add(Concatenate(), to: h, builder.add(LayerNormalization(), to: x)))
    let training = try Probe(network, count: 7, mode: .training)
    let inference = try Probe(network, count: 7, mode: .inference)
    #expect(training.outputs() == inference.outputs())
    #expect(inference.session.plan.arenaByteCount < training.session.plan.arenaByteCount)
  }

  @Test("Batch normalisation follows its running statistics and uses them in inference")
  func runningStatistics() throws {
    let network = try Network.sequential(input: [2]) { BatchNormalization(momentum: 0.5) }
    let probe = try Probe(network, count: 4)
    let input = probe.session.input(0, count: 4)
    input.setElements(to: [1.0, 10, 2, 10, 3, 10, 6, 14])
    _ = probe.outputs()
    let parameters = probe.live.snapshot()
    // Means 3 and 11; unbiased variances 14/3 and 4.
    let mean = try #require(parameters["batch_normalization_1/running_mean"]).doubles()
    let variance = try #require(parameters["batch_normalization_1/running_variance"]).doubles()
    #expect(zip(mean, [1.5, 5.5]).allSatisfy { abs($0 - $1) < 1e-9 })
    #expect(zip(variance, [0.5 + 7.0 / 3, 0.5 + 2]).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  @Test("The same seed gives the same parameters, another seed others")
  func seeds() throws {
    let network = try Network.sequential(input: [5]) { Dense(7) }
    let first = try Parameters(for: network, seed: 1)
    #expect(try Parameters(for: network, seed: 1) == first)
    #expect(try Parameters(for: network, seed: 2) != first)
  }

  @Test(
    "Initializers draw from the distribution they name",
    arguments: InitializerSample.all)
  func initializers(sample: InitializerSample) throws {
    let (initializer, mean, deviation) = (sample.initializer, sample.mean, sample.deviation)
    let network = try Network.sequential(input: [300]) {
      Dense(200, kernelInitializer: initializer)
    }
    let values = try #require(try Parameters(for: network, seed: 5)["dense_1/kernel"]).doubles()
    let found = values.reduce(0, +) / 60_000
    let variance = values.reduce(0) { $0 + ($1 - found) * ($1 - found) } / 60_000
    // Five standard errors of 60,000 draws.
    #expect(abs(found - mean) <= 5 * deviation / 60_000.0.squareRoot() + 1e-6)
    #expect(abs(variance.squareRoot() - deviation) <= 0.03 * deviation + 1e-6)
    #expect(Initializer(initializer.description) == initializer)
  }
}

/// An initializer with the mean and deviation it should give a kernel of 300 to 200.
struct InitializerSample: Sendable {
  var initializer: Initializer
  var mean: Double
  var deviation: Double

  static let all = [
    InitializerSample(initializer: .xavierUniform, mean: 0, deviation: 0.063246),
    InitializerSample(initializer: .xavierNormal, mean: 0, deviation: 0.063246),
    InitializerSample(initializer: .heUniform, mean: 0, deviation: 0.081650),
    InitializerSample(initializer: .heNormal, mean: 0, deviation: 0.081650),
    // Columns of length 1 and 300 elements.
    InitializerSample(initializer: .orthogonal, mean: 0, deviation: 0.057735),
    InitializerSample(initializer: .uniform(-0.3, 0.3), mean: 0, deviation: 0.173205),
    InitializerSample(initializer: .normal(mean: 0, deviation: 0.2), mean: 0, deviation: 0.2),
    InitializerSample(initializer: .zeros, mean: 0, deviation: 0),
    InitializerSample(initializer: .ones, mean: 1, deviation: 0),
    InitializerSample(initializer: .constant(0.25), mean: 0.25, deviation: 0),
  ]
}
