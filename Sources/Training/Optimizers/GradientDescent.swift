import Kernels
import Tensors

/// Gradient descent (Cauchy, 1847): p ← p − rate · g.
///
/// The same rule as ``SGD``; by custom each step sees all rows, so that the batch size is the
/// whole table unless one is given.
public struct GradientDescent: Optimizer {
  public static let kind = "gradient_descent"
  public static var defaults: GradientDescent { GradientDescent() }

  /// The learning rate; 0.1.
  public var learningRate: Double

  /// Added to the gradient, times the parameter; 0.
  public var weightDecay: Double

  /// An optimizer of this kind.
  public init(learningRate: Double = 0.1, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.weightDecay = weightDecay
  }

  private enum CodingKeys: String, CodingKey {
    case learningRate = "learning_rate"
    case weightDecay = "weight_decay"
  }

  public var slots: [String] { [] }

  public func validate() throws {
    try validateCommon()
  }

  public func update(
    _ parameters: TensorView, slots: [TensorView], with update: OptimizerUpdate
  ) {
    Kernels.sgd(
      parameters, gradient: update.gradient, velocity: nil,
      learningRate: update.learningRate, momentum: 0, nesterov: false,
      isFirstStep: update.step == 1, weightDecay: weightDecay,
      gradientScale: update.gradientScale, on: update.workers)
  }
}
