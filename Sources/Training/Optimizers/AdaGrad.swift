import Kernels
import Tensors

/// AdaGrad (Duchi, Hazan and Singer, 2011): s ← s + g², p ← p − rate · g / (√s + ε).
public struct AdaGrad: Optimizer {
  public static let kind = "adagrad"
  public static var defaults: AdaGrad { AdaGrad() }

  /// The learning rate; 0.01, as PyTorch.
  public var learningRate: Double

  /// Added to the root; 1e-10, as PyTorch.
  public var epsilon: Double

  /// Added to the gradient, times the parameter; 0.
  public var weightDecay: Double

  /// An AdaGrad optimizer.
  public init(learningRate: Double = 0.01, epsilon: Double = 1e-10, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  private enum CodingKeys: String, CodingKey {
    case learningRate = "learning_rate"
    case epsilon
    case weightDecay = "weight_decay"
  }

  public var slots: [String] { ["sum_of_squares"] }

  public func validate() throws {
    try validateCommon()
    try require("epsilon", epsilon, "more than 0") { $0 > 0 && $0.isFinite }
  }

  public func update(
    _ parameters: TensorView, slots: [TensorView], with update: OptimizerUpdate
  ) {
    Kernels.adaGrad(
      parameters, gradient: update.gradient, sumOfSquares: slots[0],
      learningRate: update.learningRate, epsilon: epsilon, weightDecay: weightDecay,
      gradientScale: update.gradientScale, on: update.workers)
  }
}
