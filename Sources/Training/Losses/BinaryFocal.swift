import Kernels
import Tensors

/// The focal loss of independent yes-or-no outputs (Lin et al., 2017), from logits.
///
/// An element costs a · (1 − p)^γ · −log p, where p is the probability of what the target says
/// and a is α for positive, 1 − α for negative targets; as torchvision's `sigmoid_focal_loss`.
///
/// - Outputs: `[n, k]` logits. Targets: `[n, k]` of 0 or 1.
public struct BinaryFocal: Loss {
  public static let kind = "binary_focal"
  public static var defaults: BinaryFocal { BinaryFocal() }

  /// How strongly easy elements are discounted; 2, as in the paper.
  public var gamma: Double

  /// The weight of positive targets; 0.25, as in the paper; negative turns weighting off.
  public var alpha: Double

  /// The binary focal loss.
  public init(gamma: Double = 2, alpha: Double = 0.25) {
    self.gamma = gamma
    self.alpha = alpha
  }

  public var link: Link { .sigmoid }
  public var targets: TargetKind { .numbers }

  public func validate() throws {
    try require("gamma", gamma, "0 or more") { $0 >= 0 && $0.isFinite }
    try require("alpha", alpha, "at most 1") { $0 <= 1 }
  }

  public func weight(of batch: LossBatch) -> Double { Double(batch.outputs.count) }

  public func sum(of batch: LossBatch, scale: Double, gradient: TensorView?) -> Double {
    Kernels.binaryFocal(
      logits: batch.outputs, targets: batch.targets, gamma: gamma, alpha: alpha,
      rowWeights: nil, scale: scale, gradient: gradient, on: batch.workers)
  }
}
