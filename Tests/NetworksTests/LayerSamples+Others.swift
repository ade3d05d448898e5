import Layers
import Tensors

extension LayerSample {
  /// Normalisation, merging, noise and scaling beside the first layers.
  static let others: [LayerSample] = [
    LayerSample(GroupNormalization(2), [3, 5, 6], output: [3, 5, 6]),
    LayerSample(GroupNormalization(1, usesShift: false), [7], output: [7]),
    LayerSample(GroupNormalization(5, epsilon: 0.1, usesScale: false), [2, 5], output: [2, 5]),
    LayerSample(RMSNormalization(), [7], output: [7]),
    LayerSample(RMSNormalization(epsilon: 0.1, usesScale: false), [3, 5], output: [3, 5]),
    LayerSample(Normalization(), [3, 4], output: [3, 4]),
    LayerSample(Rescaling(0.5, offset: -3), [2, 3], output: [2, 3]),
    LayerSample(Rescaling(-2), [5], output: [5]),
    LayerSample(PReLU(), [3, 4], output: [3, 4]),
    LayerSample(PReLU(sharesPositions: false), [3, 4], output: [3, 4]),
    LayerSample(SpatialDropout(0.4), [3, 7], output: [3, 7]),
    LayerSample(SpatialDropout(0), [2, 2, 3], output: [2, 2, 3]),
    LayerSample(GaussianNoise(0.3), [9], output: [9]),
    LayerSample(GaussianNoise(0), [2, 2], output: [2, 2]),
    LayerSample(Add(), [3, 1], [3, 4], [1, 4], output: [3, 4]),
    LayerSample(Subtract(), [3, 2], [3, 2], output: [3, 2]),
    LayerSample(Subtract(), [1, 4], [3, 1], output: [3, 4]),
    LayerSample(Multiply(), [5], [5], [5], output: [5]),
    LayerSample(Multiply(), [2, 3, 4], [1, 1, 4], output: [2, 3, 4]),
    LayerSample(Average(), [3], [3], [3], output: [3]),
    LayerSample(Average(), [3, 1], [1, 2], output: [3, 2]),
    LayerSample(Maximum(), [7], [7], output: [7]),
    LayerSample(Maximum(), [3, 1], [3, 5], [1, 5], output: [3, 5]),
    LayerSample(Minimum(), [4, 2], [4, 2], output: [4, 2]),
  ]
}
