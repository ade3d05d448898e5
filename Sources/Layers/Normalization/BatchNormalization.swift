import Kernels
import Tensors

/// Normalises each feature over the batch: y = scale · (x − mean) / √(variance + ε) + shift.
///
/// Ioffe and Szegedy, 2015. Training uses the mean and biased variance of the batch and follows
/// them with running statistics, running = momentum · running + (1 − momentum) · batch, where the
/// variance followed is the unbiased one, as in PyTorch. Inference uses the running statistics.
///
/// - Input and output: `[..., features]`; features are the last axis.
/// - Parameters: `scale`, `shift`, `running_mean`, `running_variance`, each `[features]`.
public struct BatchNormalization: Layer {
  public static let kind = "batch_normalization"
  public static var defaults: BatchNormalization { BatchNormalization() }

  /// How much of the running statistics a step keeps; 0.9, which PyTorch calls momentum 0.1.
  public var momentum: Double

  /// Added to the variance; 1e-5, as PyTorch.
  public var epsilon: Double

  /// Whether a learned factor multiplies the result.
  public var usesScale: Bool

  /// Whether a learned offset is added to the result.
  public var usesShift: Bool

  /// Whether the running variance follows the unbiased variance of the batch, as PyTorch does, or
  /// the biased one, as Keras does.
  public var followsUnbiasedVariance: Bool

  /// A batch normalisation layer.
  public init(
    momentum: Double = 0.9, epsilon: Double = 1e-5, usesScale: Bool = true,
    usesShift: Bool = true, followsUnbiasedVariance: Bool = true
  ) {
    self.momentum = momentum
    self.epsilon = epsilon
    self.usesScale = usesScale
    self.usesShift = usesShift
    self.followsUnbiasedVariance = followsUnbiasedVariance
  }

  private enum CodingKeys: String, CodingKey {
    case momentum, epsilon
    case usesScale = "uses_scale"
    case usesShift = "uses_shift"
    case followsUnbiasedVariance = "follows_unbiased_variance"
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    guard inputs[0].shape.rank >= 1, inputs[0].shape.last > 0 else {
      throw LayerError.inputShape(expected: "[..., features]", found: inputs[0].shape)
    }
    guard momentum >= 0, momentum <= 1 else {
      throw LayerError.option(name: "momentum", expected: "0 to 1", found: "\(momentum)")
    }
    guard epsilon > 0, epsilon.isFinite else {
      throw LayerError.option(name: "epsilon", expected: "more than 0", found: "\(epsilon)")
    }
    return inputs[0]
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    let features: Shape = [inputs[0].shape.last]
    func spec(_ name: String, _ role: ParameterSpec.Role, _ start: Initializer) -> ParameterSpec {
      ParameterSpec(name: name, shape: features, axes: "features", role: role, initializer: start)
    }
    return (usesScale ? [spec("scale", .scale, .ones)] : [])
      + (usesShift ? [spec("shift", .bias, .zeros)] : [])
      + [
        spec("running_mean", .statistic, .zeros),
        spec("running_variance", .statistic, .ones),
      ]
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    // The batch's mean and 1 / √(variance + ε).
    Array(repeating: ScratchSpec([inputs[0].shape.last]), count: 2)
  }

  public func forward(_ pass: ForwardPass) {
    let x = pass.inputs[0]
    let (runningMean, runningVariance) = runningStatistics(in: pass.parameters)
    guard pass.mode == .training else {
      return Kernels.normalize(
        x, scale: scale(in: pass.parameters), shift: shift(in: pass.parameters),
        mean: runningMean, variance: runningVariance, epsilon: epsilon, into: pass.output,
        on: pass.workers)
    }
    Kernels.batchNormalize(
      x, scale: scale(in: pass.parameters), shift: shift(in: pass.parameters), epsilon: epsilon,
      mean: pass.scratch[0], inverseDeviation: pass.scratch[1], into: pass.output,
      on: pass.workers)
    Kernels.updateRunning(
      mean: pass.scratch[0], inverseDeviation: pass.scratch[1],
      rowCount: x.count / max(x.shape.last, 1), epsilon: epsilon, momentum: momentum,
      unbiased: followsUnbiasedVariance, runningMean: runningMean,
      runningVariance: runningVariance)
  }

  public func backward(_ pass: BackwardPass) {
    let forward = pass.forward
    Kernels.batchNormalizeGradient(
      forward.inputs[0], scale: scale(in: forward.parameters), mean: forward.scratch[0],
      inverseDeviation: forward.scratch[1], outputGradient: pass.outputGradient,
      scaleGradient: usesScale ? pass.parameterGradients[0] : nil,
      shiftGradient: usesShift ? pass.parameterGradients[usesScale ? 1 : 0] : nil,
      into: pass.inputGradients[0], on: pass.workers)
  }

  private func scale(in parameters: [TensorView]) -> TensorView? {
    usesScale ? parameters[0] : nil
  }

  private func shift(in parameters: [TensorView]) -> TensorView? {
    usesShift ? parameters[usesScale ? 1 : 0] : nil
  }

  private func runningStatistics(in parameters: [TensorView]) -> (TensorView, TensorView) {
    (parameters[parameters.count - 2], parameters[parameters.count - 1])
  }
}
