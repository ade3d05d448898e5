import Kernels
import Tensors

/// Stochastic gradient descent (Robbins and Monro, 1951): p ← p − rate · g on a batch.
public struct SGD: Optimizer {
  public static let kind = "sgd"
  public static var defaults: SGD { SGD() }

  /// The learning rate; 0.01.
  public var learningRate: Double

  /// Added to the gradient, times the parameter; 0.
  public var weightDecay: Double

  /// An optimizer of this kind.
  public init(learningRate: Double = 0.01, weightDecay: Double = 0) {
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
