import Kernels
import Tensors

/// Divides by the root of the mean square over the last axis: y = scale · x / √(mean of x² + ε).
///
/// Zhang and Sennrich, 2019; PyTorch's `RMSNorm`.
///
/// - Input and output: `[..., features]`.
/// - Parameters: `scale` `[features]`.
public struct RMSNormalization: Layer {
  public static let kind = "rms_normalization"
  public static var defaults: RMSNormalization { RMSNormalization() }

  /// Added to the mean square; 1e-6, as Keras.
  public var epsilon: Double

  /// Whether a learned factor multiplies the result; true.
  public var usesScale: Bool

  /// A normalisation by the root of the mean square.
  public init(epsilon: Double = 1e-6, usesScale: Bool = true) {
    self.epsilon = epsilon
    self.usesScale = usesScale
  }

  private enum CodingKeys: String, CodingKey {
    case epsilon
    case usesScale = "uses_scale"
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    guard inputs[0].shape.rank >= 1, inputs[0].shape.last > 0 else {
      throw LayerError.inputShape(expected: "[..., features]", found: inputs[0].shape)
    }
    guard epsilon > 0, epsilon.isFinite else {
      throw LayerError.option(name: "epsilon", expected: "more than 0", found: "\(epsilon)")
    }
    return inputs[0]
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    guard usesScale else { return [] }
    return [
      ParameterSpec(
        name: "scale", shape: [inputs[0].shape.last], axes: "features", role: .scale,
        initializer: .ones)
    ]
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    // One over the root of every row.
    [ScratchSpec([inputs[0].shape.count / max(inputs[0].shape.last, 1)], isPerExample: true)]
  }

  public func forward(_ pass: ForwardPass) {
    Kernels.rmsNormalize(
      pass.inputs[0], scale: usesScale ? pass.parameters[0] : nil, epsilon: epsilon,
      inverse: pass.scratch[0], into: pass.output, on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    let forward = pass.forward
    Kernels.rmsNormalizeGradient(
      forward.inputs[0], scale: usesScale ? forward.parameters[0] : nil,
      inverse: forward.scratch[0], outputGradient: pass.outputGradient,
      scaleGradient: usesScale ? pass.parameterGradients[0] : nil, into: pass.inputGradients[0],
      on: pass.workers)
  }
}
