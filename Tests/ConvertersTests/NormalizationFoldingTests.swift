import Layers
import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Converters

@Suite("Normalisations that the layers before them take over")
struct NormalizationFoldingTests {
  /// A layer before a normalisation, and what it takes.
  struct Sample: CustomTestStringConvertible, Sendable {
    let layer: any Layer
    let shape: Shape
    var testDescription: String { "\(layer)" }

    static let all = [
      Sample(layer: Dense(5, usesBias: false), shape: [3]),
      Sample(layer: Dense(4), shape: [2, 3]),
      Sample(layer: Convolution1D(4, groups: 2), shape: [6, 2]),
      Sample(layer: Convolution2D(3, usesBias: false), shape: [5, 4, 2]),
      Sample(layer: DepthwiseConvolution1D(multiplier: 2), shape: [5, 3]),
      Sample(layer: DepthwiseConvolution2D(multiplier: 3), shape: [4, 3, 2]),
      Sample(layer: SeparableConvolution1D(4, multiplier: 2), shape: [5, 3]),
      Sample(layer: SeparableConvolution2D(3), shape: [4, 4, 2]),
      Sample(layer: TransposedConvolution1D(4, stride: [2], groups: 2), shape: [3, 6]),
      Sample(layer: TransposedConvolution2D(6, groups: 3, usesBias: false), shape: [2, 3, 3]),
    ]
  }

  private func model(_ network: Network) throws -> Model {
    var parameters = try Parameters(for: network, seed: 4)
    let random = RandomStream(seed: 9, stream: 1, step: 0)
    for entry in parameters.layout.entries {
      let isPositive = entry.path.hasSuffix("variance") || entry.path.hasSuffix("scale")
      parameters[entry.path] = Tensor(
        (0..<entry.spec.shape.count).map { place in
          Float(random.uniform(at: place)) + (isPositive ? 0.5 : -0.5)
        }, shape: entry.spec.shape)
    }
    return Model(network: network, snapshot: TrainingSnapshot(parameters), link: .identity)
  }

  private func folded(_ model: Model) throws -> (model: Model, log: ConversionLog) {
    var log = ConversionLog(file: "model.onnx")
    return (try model.foldingNormalization(log: &log), log)
  }

  private func largestDifference(_ left: Model, _ right: Model) throws -> Float {
    let shape = left.network.inputs[0].shape.prepending(3)
    let random = RandomStream(seed: 5, stream: 2, step: 0)
    let inputs = Tensor(
      (0..<shape.count).map { Float(random.uniform(at: $0)) - 0.5 }, shape: shape)
    let (first, second) = (try left.predict(inputs), try right.predict(inputs))
    #expect(first.shape == second.shape)
    let pairs = zip(first.elements(as: Float.self), second.elements(as: Float.self))
    return pairs.map { abs($0 - $1) / max(abs($0), 1) }.max() ?? 0
  }

  // Another order of multiplying rounds in the last bits.
  private static let tolerance: Float = 1e-5

  @Test("What follows is the same with one layer fewer", arguments: Sample.all)
  func everyLayer(sample: Sample) throws {
    let network = try Network.sequential(input: sample.shape) {
      sample.layer
      BatchNormalization(epsilon: 0.01)
      Activation(.tanh)
    }
    let before = try model(network)
    let (after, log) = try folded(before)
    #expect(after.network.nodes.count == 2)
    #expect(log.entries.map(\.fate) == [.changed])
    #expect(try largestDifference(before, after) <= Self.tolerance)
  }

  @Test("A normalisation that is an output leaves its name")
  func output() throws {
    let network = try Network.sequential(input: [3]) {
      Dense(2)
      BatchNormalization(usesScale: false, usesShift: false)
    }
    let before = try model(network)
    let after = try folded(before).model
    #expect(after.network.outputs == ["batch_normalization_1"])
    #expect(try largestDifference(before, after) <= Self.tolerance)
  }

  @Test("It stays where something else looks at what it normalises, and where weights are shared")
  func stays() throws {
    let builder = NetworkBuilder()
    let x = builder.input("x", shape: [3])
    let dense = builder.add(Dense(3), to: x)
    let normal = builder.add(BatchNormalization(), to: dense)
    let seen = try builder.network(outputs: builder.add(Add(), to: dense, normal))
    #expect(try folded(model(seen)).model.network == seen)

    let other = NetworkBuilder()
    let y = other.input("y", shape: [3])
    let first = other.add(Dense(3), named: "first", to: y)
    let again = other.reuse(first, on: other.add(BatchNormalization(), to: first))
    let shared = try other.network(outputs: other.add(BatchNormalization(), to: again))
    let (model, log) = try folded(model(shared))
    #expect(model.network == shared)
    #expect(log.entries.map(\.fate) == [.mapped, .mapped])
  }
}
