import Kernels
import Tensors

/// Cross-entropy that looks away from what is already right (Lin et al., 2017), from logits.
///
/// A row of class y costs w[y] · (1 − p[y])^γ · −log p[y]; the mean divides by Σ w[y].
///
/// - Outputs: `[n, K]` logits. Targets: `[n]` class indices.
public struct Focal: Loss {
  public static let kind = "focal"
  public static var defaults: Focal { Focal() }

  /// How strongly easy rows are discounted; 2, as in the paper.
  public var gamma: Double

  /// The focal loss.
  public init(gamma: Double = 2) { self.gamma = gamma }

  public var link: Link { .softmax }
  public var targets: TargetKind { .classIndices }

  public func validate() throws {
    try require("gamma", gamma, "0 or more") { $0 >= 0 && $0.isFinite }
  }

  public func weight(of batch: LossBatch) -> Double {
    Kernels.crossEntropyWeight(
      labels: batch.targets, classWeights: batch.classWeights, rowWeights: nil)
  }

  public func sum(of batch: LossBatch, scale: Double, gradient: TensorView?) -> Double {
    Kernels.focal(
      logits: batch.outputs, labels: batch.targets, gamma: gamma,
      classWeights: batch.classWeights, rowWeights: nil, scale: scale, gradient: gradient,
      on: batch.workers)
  }
}
