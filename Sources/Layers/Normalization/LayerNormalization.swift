import Kernels
import Tensors

/// Normalises each example over its last axis: y = scale · (x − mean) / √(variance + ε) + shift.
///
/// Ba, Kiros and Hinton, 2016, with the biased variance. Training and inference are the same.
///
/// - Input and output: `[..., features]`.
/// - Parameters: `scale` and `shift`, each `[features]`.
public struct LayerNormalization: Layer {
  public static let kind = "layer_normalization"
  public static var defaults: LayerNormalization { LayerNormalization() }

  /// Added to the variance; 1e-5, as PyTorch.
  public var epsilon: Double

  /// Whether a learned factor multiplies the result.
  public var usesScale: Bool

  /// Whether a learned offset is added to the result.
  public var usesShift: Bool

  /// A layer normalisation layer.
  public init(epsilon: Double = 1e-5, usesScale: Bool = true, usesShift: Bool = true) {
    self.epsilon = epsilon
    self.usesScale = usesScale
    self.usesShift = usesShift
  }

  private enum CodingKeys: String, CodingKey {
    case epsilon
    case usesScale = "uses_scale"
    case usesShift = "uses_shift"
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
    let features: Shape = [inputs[0].shape.last]
    func spec(_ name: String, _ role: ParameterSpec.Role, _ start: Initializer) -> ParameterSpec {
      ParameterSpec(name: name, shape: features, axes: "features", role: role, initializer: start)
    }
    return (usesScale ? [spec("scale", .scale, .ones)] : [])
      + (usesShift ? [spec("shift", .bias, .zeros)] : [])
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    // The mean and 1 / √(variance + ε) of every row.
    let rows = inputs[0].shape.count / max(inputs[0].shape.last, 1)
    return Array(repeating: ScratchSpec([rows], isPerExample: true), count: 2)
  }

  public func forward(_ pass: ForwardPass) {
    Kernels.layerNormalize(
      pass.inputs[0], groupCount: pass.inputs[0].shape.last,
      scale: usesScale ? pass.parameters[0] : nil,
      shift: usesShift ? pass.parameters[usesScale ? 1 : 0] : nil, epsilon: epsilon,
      mean: pass.scratch[0], inverseDeviation: pass.scratch[1], into: pass.output,
      on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    let forward = pass.forward
    Kernels.layerNormalizeGradient(
      forward.inputs[0], groupCount: forward.inputs[0].shape.last,
      scale: usesScale ? forward.parameters[0] : nil, mean: forward.scratch[0],
      inverseDeviation: forward.scratch[1], outputGradient: pass.outputGradient,
      scaleGradient: usesScale ? pass.parameterGradients[0] : nil,
      shiftGradient: usesShift ? pass.parameterGradients[usesScale ? 1 : 0] : nil,
      into: pass.inputGradients[0], on: pass.workers)
  }
}
