import Layers
import Networks
import Tensors
import Testing

/// A layer with inputs that it takes, for the contracts that every layer keeps.
struct LayerSample: CustomTestStringConvertible, Sendable {
  var layer: any Layer
  var inputs: [ValueSpec]
  var output: Shape
  var masks: Set<Int> = []

  init(_ layer: any Layer, _ inputs: Shape..., output: Shape) {
    self.layer = layer
    self.inputs = inputs.map { ValueSpec($0) }
    self.output = output
  }

  init(_ layer: any Layer, indices: Shape, output: Shape) {
    self.layer = layer
    inputs = [ValueSpec(indices, isIndices: true)]
    self.output = output
  }

  /// - Parameter masks: the places of the inputs that are masks: 1 and 0, and nothing to learn from.
  init(_ layer: any Layer, inputs: [Shape], masks: Set<Int>, output: Shape) {
    self.layer = layer
    self.inputs = inputs.map { ValueSpec($0) }
    self.masks = masks
    self.output = output
  }

  var testDescription: String { "\(layer) on \(inputs.map { $0.shape })" }

  /// The layer alone between its inputs and an output.
  func network() throws -> Network {
    let builder = NetworkBuilder()
    let values = inputs.enumerated().map { index, spec in
      builder.input(
        masks.contains(index) ? "mask_\(index)" : "input_\(index)", shape: spec.shape,
        isIndices: spec.isIndices)
    }
    let output = builder.add(layer, named: "layer", to: values)
    return try builder.network(outputs: output)
  }

  /// At least one of every kind in the catalogue; sizes are odd on purpose.
  static let all: [LayerSample] =
    [
      LayerSample(Dense(5), [3], output: [5]),
      LayerSample(Dense(1, usesBias: false), [17], output: [1]),
      LayerSample(Dense(4), [3, 7], output: [3, 4]),
      LayerSample(Dropout(0), [9], output: [9]),
      LayerSample(Dropout(0.4), [37], output: [37]),
      LayerSample(BatchNormalization(), [6], output: [6]),
      LayerSample(BatchNormalization(usesScale: false), [3, 5], output: [3, 5]),
      LayerSample(BatchNormalization(usesScale: false, usesShift: false), [3], output: [3]),
      LayerSample(
        BatchNormalization(momentum: 0.5, epsilon: 0.1, usesShift: false), [4], output: [4]),
      LayerSample(LayerNormalization(), [7], output: [7]),
      LayerSample(LayerNormalization(usesScale: false), [2, 5], output: [2, 5]),
      LayerSample(LayerNormalization(epsilon: 0.1, usesShift: false), [3], output: [3]),
      LayerSample(Embedding(vocabularySize: 5, dimension: 3), indices: [1], output: [3]),
      LayerSample(Embedding(vocabularySize: 5, dimension: 2), indices: [4], output: [4, 2]),
      LayerSample(Flatten(), [2, 3, 4], output: [24]),
      LayerSample(Reshape([4, -1]), [2, 6], output: [4, 3]),
      LayerSample(Reshape([3]), [3], output: [3]),
      LayerSample(Permute([1, 0]), [3, 5], output: [5, 3]),
      LayerSample(Permute([2, 0, 1]), [2, 3, 4], output: [4, 2, 3]),
      LayerSample(Permute([0]), [7], output: [7]),
      LayerSample(Repeat(3), [5], output: [3, 5]),
      LayerSample(Repeat(2), [3, 4], output: [2, 3, 4]),
      LayerSample(Repeat(1), [1], output: [1, 1]),
      LayerSample(Slice(start: 1, stop: -1), [6], output: [4]),
      LayerSample(Slice(axis: 0, start: -4, step: 2), [5, 3], output: [2, 3]),
      LayerSample(Slice(axis: 1, start: 1, stop: 2), [2, 3, 4], output: [2, 1, 4]),
      LayerSample(Slice(axis: -3, stop: 100, step: 3), [7, 2, 2], output: [3, 2, 2]),
      LayerSample(Add(), [3, 2], [3, 2], output: [3, 2]),
      LayerSample(Add(), [5], [5], [5], output: [5]),
      LayerSample(Concatenate(), [2], [3], [1], output: [6]),
      LayerSample(Concatenate(), [2, 3], [2, 1], output: [2, 4]),
      LayerSample(Concatenate(axis: 0), [2, 3], [4, 3], output: [6, 3]),
      LayerSample(Concatenate(axis: 1), [2, 3, 2], [2, 1, 2], [2, 2, 2], output: [2, 6, 2]),
      LayerSample(Concatenate(axis: -2), [2, 3], [1, 3], output: [3, 3]),
    ] + ActivationFunction.allCases.map { LayerSample(Activation($0), [13], output: [13]) }
    + sequences + others + convolutions
}
