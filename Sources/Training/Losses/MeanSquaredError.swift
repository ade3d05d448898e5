import Kernels
import Tensors

/// The mean of (output − target)² over all elements.
public struct MeanSquaredError: Loss {
  public static let kind = "mean_squared_error"
  public static var defaults: MeanSquaredError { MeanSquaredError() }

  /// The mean squared error.
  public init() {}

  public var link: Link { .identity }
  public var targets: TargetKind { .numbers }

  public func weight(of batch: LossBatch) -> Double { Double(batch.outputs.count) }

  public func sum(of batch: LossBatch, scale: Double, gradient: TensorView?) -> Double {
    Kernels.regressionLoss(
      .squared, parameter: 0, predictions: batch.outputs, targets: batch.targets,
      rowWeights: nil, scale: scale, gradient: gradient, on: batch.workers)
  }
}
