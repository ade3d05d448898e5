import Kernels
import Tensors

/// Squared near zero, absolute far off (Girshick, 2015): ½ e² / β for |e| < β, else |e| − ½ β.
public struct SmoothL1: Loss {
  public static let kind = "smooth_l1"
  public static var defaults: SmoothL1 { SmoothL1() }

  /// Where the square ends; 1, as PyTorch.
  public var beta: Double

  /// The smooth L1 loss.
  public init(beta: Double = 1) { self.beta = beta }

  public var link: Link { .identity }
  public var targets: TargetKind { .numbers }

  public func weight(of batch: LossBatch) -> Double { Double(batch.outputs.count) }

  public func validate() throws {
    try require("beta", beta, "more than 0") { $0 > 0 && $0.isFinite }
  }

  public func sum(of batch: LossBatch, scale: Double, gradient: TensorView?) -> Double {
    Kernels.regressionLoss(
      .smoothL1, parameter: beta, predictions: batch.outputs, targets: batch.targets,
      rowWeights: nil, scale: scale, gradient: gradient, on: batch.workers)
  }
}
