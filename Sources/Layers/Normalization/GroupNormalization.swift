import Kernels
import Tensors

/// Normalises each example over all positions and each of some groups of channels: y = scale · (x − mean)
/// / √(variance + ε) + shift.
///
/// Wu and He, 2018, with the biased variance. One group is layer normalisation over all axes; as many
/// groups as channels are instance normalisation (Ulyanov et al., 2016).
///
/// - Input and output: `[..., channels]`.
/// - Parameters: `scale` and `shift`, each `[channels]`.
public struct GroupNormalization: Layer {
  public static let kind = "group_normalization"
  public static var defaults: GroupNormalization { GroupNormalization(1) }
  public static var neededOptions: [String] { ["groups"] }

  /// The number of groups; it divides the channels.
  public var groups: Int

  /// Added to the variance; 1e-5, as PyTorch.
  public var epsilon: Double

  /// Whether a learned factor multiplies the result; true.
  public var usesScale: Bool

  /// Whether a learned offset is added to the result; true.
  public var usesShift: Bool

  /// A group normalisation layer.
  public init(
    _ groups: Int, epsilon: Double = 1e-5, usesScale: Bool = true, usesShift: Bool = true
  ) {
    self.groups = groups
    self.epsilon = epsilon
    self.usesScale = usesScale
    self.usesShift = usesShift
  }

  private enum CodingKeys: String, CodingKey {
    case groups, epsilon
    case usesScale = "uses_scale"
    case usesShift = "uses_shift"
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    let shape = inputs[0].shape
    guard shape.rank >= 1, shape.count > 0 else {
      throw LayerError.inputShape(expected: "[..., channels]", found: shape)
    }
    guard groups > 0, shape.last % groups == 0 else {
      throw LayerError.option(
        name: "groups", expected: "a number that divides the \(shape.last) channels",
        found: "\(groups)")
    }
    guard epsilon > 0, epsilon.isFinite else {
      throw LayerError.option(name: "epsilon", expected: "more than 0", found: "\(epsilon)")
    }
    return inputs[0]
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    let channels: Shape = [inputs[0].shape.last]
    func spec(_ name: String, _ role: ParameterSpec.Role, _ start: Initializer) -> ParameterSpec {
      ParameterSpec(name: name, shape: channels, axes: "channels", role: role, initializer: start)
    }
    return (usesScale ? [spec("scale", .scale, .ones)] : [])
      + (usesShift ? [spec("shift", .bias, .zeros)] : [])
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    // The mean and 1 / √(variance + ε) of every group.
    Array(repeating: ScratchSpec([groups], isPerExample: true), count: 2)
  }

  public func forward(_ pass: ForwardPass) {
    Kernels.groupNormalize(
      pass.inputs[0], groups: groups, scale: usesScale ? pass.parameters[0] : nil,
      shift: usesShift ? pass.parameters[usesScale ? 1 : 0] : nil, epsilon: epsilon,
      mean: pass.scratch[0], inverseDeviation: pass.scratch[1], into: pass.output,
      on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    let forward = pass.forward
    Kernels.groupNormalizeGradient(
      forward.inputs[0], groups: groups, scale: usesScale ? forward.parameters[0] : nil,
      mean: forward.scratch[0], inverseDeviation: forward.scratch[1],
      outputGradient: pass.outputGradient,
      scaleGradient: usesScale ? pass.parameterGradients[0] : nil,
      shiftGradient: usesShift ? pass.parameterGradients[usesScale ? 1 : 0] : nil,
      into: pass.inputGradients[0], on: pass.workers)
  }
}
