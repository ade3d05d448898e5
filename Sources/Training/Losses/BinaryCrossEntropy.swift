import Kernels
import Tensors

/// Cross-entropy of independent yes-or-no outputs, from logits, as `BCEWithLogitsLoss`.
///
/// An element of logit x and target t costs −(v · t · log σ(x) + (1 − t) · log(1 − σ(x))).
///
/// - Outputs: `[n, k]` logits. Targets: `[n, k]` of 0 to 1.
public struct BinaryCrossEntropy: Loss {
  public static let kind = "binary_cross_entropy"
  public static var defaults: BinaryCrossEntropy { BinaryCrossEntropy() }

  /// The weight v of positive targets; 1.
  public var positiveWeight: Double

  /// The binary cross-entropy.
  public init(positiveWeight: Double = 1) { self.positiveWeight = positiveWeight }

  private enum CodingKeys: String, CodingKey {
    case positiveWeight = "positive_weight"
  }

  public var link: Link { .sigmoid }
  public var targets: TargetKind { .numbers }

  public func validate() throws {
    try require("positive_weight", positiveWeight, "more than 0") { $0 > 0 && $0.isFinite }
  }

  public func weight(of batch: LossBatch) -> Double { Double(batch.outputs.count) }

  public func sum(of batch: LossBatch, scale: Double, gradient: TensorView?) -> Double {
    Kernels.binaryCrossEntropy(
      logits: batch.outputs, targets: batch.targets, positiveWeight: positiveWeight,
      rowWeights: nil, scale: scale, gradient: gradient, on: batch.workers)
  }
}
