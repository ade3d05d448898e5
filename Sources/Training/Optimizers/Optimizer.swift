import Catalogs
import Kernels
import Tensors

/// How parameters follow their gradients.
///
/// Update rules are exactly PyTorch's. To add an optimizer, write one file like `Adam.swift` and
/// one line in ``OptimizerCatalog``.
public protocol Optimizer: Codable, Hashable, Sendable {
  /// The name of this kind of optimizer in files and options, for example `adamw`.
  static var kind: String { get }

  /// The optimizer with its usual options.
  static var defaults: Self { get }

  /// The learning rate before any schedule.
  var learningRate: Double { get set }

  /// How strongly parameters are drawn to zero. Every trainable parameter is, as in PyTorch.
  var weightDecay: Double { get set }

  /// The names of the numbers kept for every parameter, each laid out like the parameters.
  var slots: [String] { get }

  /// The value with which a slot starts.
  func initialValue(ofSlot slot: String) -> Double

  /// Changes parameters in place.
  ///
  /// - Parameters:
  ///   - parameters: the parameters, one after the other.
  ///   - slots: one view per name in ``slots``, in that order.
  ///   - update: the gradient, the learning rate and what else the step is given.
  func update(_ parameters: TensorView, slots: [TensorView], with update: OptimizerUpdate)

  /// Checks the optimizer's options.
  ///
  /// - Throws: ``OptionError`` naming the option.
  func validate() throws
}

extension Optimizer {
  /// The name of this kind of optimizer.
  public var kind: String { Self.kind }
  public func initialValue(ofSlot slot: String) -> Double { 0 }

  func validateCommon() throws {
    try require("learning_rate", learningRate, "more than 0") { $0 > 0 && $0.isFinite }
    try require("weight_decay", weightDecay, "0 or more") { $0 >= 0 && $0.isFinite }
  }
}

/// What one step of an optimizer is given.
public struct OptimizerUpdate {
  package var gradient: TensorView
  /// The learning rate of this step.
  package var learningRate: Double
  /// The number of this step, from 1.
  package var step: Int
  /// What the gradient is multiplied by first: below 1 where it is clipped by norm.
  package var gradientScale: Double
  package var workers: Workers

  package init(
    gradient: TensorView, learningRate: Double, step: Int, gradientScale: Double,
    workers: Workers
  ) {
    self.gradient = gradient
    self.learningRate = learningRate
    self.step = step
    self.gradientScale = gradientScale
    self.workers = workers
  }
}

/// Every kind of optimizer that a file or an option can name.
public enum OptimizerCatalog {
  /// All optimizers of this library.
  public static let standard = Catalog<any Optimizer.Type>(
    of: "optimizer",
    [
      GradientDescent.self,
      SGD.self,
      Momentum.self,
      Nesterov.self,
      AdaGrad.self,
      RMSProp.self,
      Adam.self,
      AdamW.self,
    ], name: { $0.kind })
}
