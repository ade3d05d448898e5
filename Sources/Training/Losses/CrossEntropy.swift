import Kernels
import Tensors

/// Cross-entropy of classes that exclude each other, from logits, as PyTorch's `cross_entropy`.
///
/// With weights w and smoothing ε over K classes a row of class y costs
/// (1 − ε) · w[y] · −log p[y] + ε/K · Σ w[c] · −log p[c], and the mean divides by Σ w[y].
///
/// - Outputs: `[n, K]` logits. Targets: `[n]` class indices.
public struct CrossEntropy: Loss {
  public static let kind = "cross_entropy"
  public static var defaults: CrossEntropy { CrossEntropy() }

  /// The share ε of the target spread over all classes (Szegedy et al., 2016); 0.
  public var labelSmoothing: Double

  /// The cross-entropy.
  public init(labelSmoothing: Double = 0) { self.labelSmoothing = labelSmoothing }

  private enum CodingKeys: String, CodingKey {
    case labelSmoothing = "label_smoothing"
  }

  public var link: Link { .softmax }
  public var targets: TargetKind { .classIndices }

  public func validate() throws {
    try require("label_smoothing", labelSmoothing, "0 up to below 1") { $0 >= 0 && $0 < 1 }
  }

  public func weight(of batch: LossBatch) -> Double {
    Kernels.crossEntropyWeight(
      labels: batch.targets, classWeights: batch.classWeights, rowWeights: nil)
  }

  public func sum(of batch: LossBatch, scale: Double, gradient: TensorView?) -> Double {
    Kernels.crossEntropy(
      logits: batch.outputs, labels: batch.targets, classWeights: batch.classWeights,
      rowWeights: nil, smoothing: labelSmoothing, scale: scale, gradient: gradient,
      on: batch.workers)
  }
}
