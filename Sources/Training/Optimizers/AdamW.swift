import Kernels
import Tensors

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019): p ← p − rate · decay · p,
/// then the step of ``Adam``.
public struct AdamW: Optimizer {
  public static let kind = "adamw"
  public static var defaults: AdamW { AdamW() }

  /// The learning rate; 0.001, as everywhere.
  public var learningRate: Double

  /// The share of the first moment that is kept; 0.9.
  public var beta1: Double

  /// The share of the second moment that is kept; 0.999.
  public var beta2: Double

  /// Added to the root; 1e-8, as PyTorch.
  public var epsilon: Double

  /// Taken from the parameter itself, times the learning rate; 0.01, as PyTorch.
  public var weightDecay: Double

  /// An optimizer of this kind.
  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0.01
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  private enum CodingKeys: String, CodingKey {
    case learningRate = "learning_rate"
    case beta1, beta2, epsilon
    case weightDecay = "weight_decay"
  }

  public var slots: [String] { ["first_moment", "second_moment"] }

  public func validate() throws {
    try validateCommon()
    try require("beta1", beta1, "0 up to below 1") { $0 >= 0 && $0 < 1 }
    try require("beta2", beta2, "0 up to below 1") { $0 >= 0 && $0 < 1 }
    try require("epsilon", epsilon, "more than 0") { $0 > 0 && $0.isFinite }
  }

  public func update(
    _ parameters: TensorView, slots: [TensorView], with update: OptimizerUpdate
  ) {
    Kernels.adam(
      parameters, gradient: update.gradient, firstMoment: slots[0], secondMoment: slots[1],
      learningRate: update.learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
      step: update.step, weightDecay: weightDecay, isDecoupled: true,
      gradientScale: update.gradientScale, on: update.workers)
  }
}
