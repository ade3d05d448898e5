import Kernels
import Tensors

/// Adam (Kingma and Ba, 2015): steps by the ratio of two running moments of the gradient.
///
/// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²,
/// p ← p − rate · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε).
public struct Adam: Optimizer {
  public static let kind = "adam"
  public static var defaults: Adam { Adam() }

  /// The learning rate; 0.001, as everywhere.
  public var learningRate: Double

  /// The share of the first moment that is kept; 0.9.
  public var beta1: Double

  /// The share of the second moment that is kept; 0.999.
  public var beta2: Double

  /// Added to the root; 1e-8, as PyTorch.
  public var epsilon: Double

  /// Added to the gradient, times the parameter; 0.
  public var weightDecay: Double

  /// An optimizer of this kind.
  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0
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
      step: update.step, weightDecay: weightDecay, isDecoupled: false,
      gradientScale: update.gradientScale, on: update.workers)
  }
}
