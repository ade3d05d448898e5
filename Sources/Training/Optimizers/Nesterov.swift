import Kernels
import Tensors

/// Gradient descent with Nesterov's momentum (Sutskever et al., 2013), as PyTorch:
/// v ← momentum · v + g, p ← p − rate · (g + momentum · v).
public struct Nesterov: Optimizer {
  public static let kind = "nesterov"
  public static var defaults: Nesterov { Nesterov() }

  /// The learning rate; 0.01.
  public var learningRate: Double

  /// The share of the velocity that is kept; 0.9.
  public var momentum: Double

  /// Added to the gradient, times the parameter; 0.
  public var weightDecay: Double

  /// An optimizer of this kind.
  public init(learningRate: Double = 0.01, momentum: Double = 0.9, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  private enum CodingKeys: String, CodingKey {
    case learningRate = "learning_rate"
    case momentum
    case weightDecay = "weight_decay"
  }

  public var slots: [String] { ["velocity"] }

  public func validate() throws {
    try validateCommon()
    try require("momentum", momentum, "0 up to below 1") { $0 >= 0 && $0 < 1 }
  }

  public func update(
    _ parameters: TensorView, slots: [TensorView], with update: OptimizerUpdate
  ) {
    Kernels.sgd(
      parameters, gradient: update.gradient, velocity: slots[0],
      learningRate: update.learningRate, momentum: momentum, nesterov: true,
      isFirstStep: update.step == 1, weightDecay: weightDecay,
      gradientScale: update.gradientScale, on: update.workers)
  }
}
