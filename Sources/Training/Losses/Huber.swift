import Kernels
import Tensors

/// Squared near zero, absolute far off (Huber, 1964): ½ e² for |e| ≤ δ, else δ (|e| − ½ δ).
public struct Huber: Loss {
  public static let kind = "huber"
  public static var defaults: Huber { Huber() }

  /// Where the square ends; 1, as PyTorch and Keras.
  public var delta: Double

  /// The Huber loss.
  public init(delta: Double = 1) { self.delta = delta }

  public var link: Link { .identity }
  public var targets: TargetKind { .numbers }

  public func weight(of batch: LossBatch) -> Double { Double(batch.outputs.count) }

  public func validate() throws {
    try require("delta", delta, "more than 0") { $0 > 0 && $0.isFinite }
  }

  public func sum(of batch: LossBatch, scale: Double, gradient: TensorView?) -> Double {
    Kernels.regressionLoss(
      .huber, parameter: delta, predictions: batch.outputs, targets: batch.targets,
      rowWeights: nil, scale: scale, gradient: gradient, on: batch.workers)
  }
}
