import Kernels
import Tensors

/// RMSProp (Hinton, 2012): s ← decay · s + (1 − decay) · g², p ← p − rate · g / (√s + ε).
///
/// With momentum the quotient is gathered in a velocity first, as in PyTorch.
public struct RMSProp: Optimizer {
  public static let kind = "rmsprop"
  public static var defaults: RMSProp { RMSProp() }

  /// The learning rate; 0.001, as Keras.
  public var learningRate: Double

  /// The share of the mean square that is kept; 0.99, as PyTorch.
  public var decay: Double

  /// The share of the velocity that is kept; 0.
  public var momentum: Double

  /// Added to the root; 1e-8, as PyTorch.
  public var epsilon: Double

  /// Added to the gradient, times the parameter; 0.
  public var weightDecay: Double

  /// An RMSProp optimizer.
  public init(
    learningRate: Double = 0.001, decay: Double = 0.99, momentum: Double = 0,
    epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.decay = decay
    self.momentum = momentum
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  private enum CodingKeys: String, CodingKey {
    case learningRate = "learning_rate"
    case decay, momentum, epsilon
    case weightDecay = "weight_decay"
  }

  public var slots: [String] { momentum > 0 ? ["mean_square", "velocity"] : ["mean_square"] }

  public func validate() throws {
    try validateCommon()
    try require("decay", decay, "0 up to below 1") { $0 >= 0 && $0 < 1 }
    try require("momentum", momentum, "0 up to below 1") { $0 >= 0 && $0 < 1 }
    try require("epsilon", epsilon, "more than 0") { $0 > 0 && $0.isFinite }
  }

  public func update(
    _ parameters: TensorView, slots: [TensorView], with update: OptimizerUpdate
  ) {
    Kernels.rmsProp(
      parameters, gradient: update.gradient, meanSquare: slots[0],
      velocity: momentum > 0 ? slots[1] : nil, learningRate: update.learningRate, decay: decay,
      epsilon: epsilon, momentum: momentum, weightDecay: weightDecay,
      gradientScale: update.gradientScale, on: update.workers)
  }
}
