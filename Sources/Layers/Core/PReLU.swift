import Kernels
import Tensors

/// A rectifier that learns its slope below 0: y = x for x > 0, else slope · x.
///
/// He et al., 2015. One slope per channel as PyTorch's with as many parameters, or one for every element
/// of an example but along the axes that share theirs, as Keras'.
///
/// - Input and output: `[..., channels]`.
/// - Parameters: `slope`, of the shape of an example without the outer axes where all are shared.
public struct PReLU: Layer {
  public static let kind = "prelu"
  public static var defaults: PReLU { PReLU() }

  /// Whether all positions of a channel have one slope; true. Otherwise every element has its own.
  public var sharesPositions: Bool

  /// How the slopes start; 0.25, as the paper and PyTorch (Keras: 0).
  public var initializer: Initializer

  /// A rectifier with learned slopes.
  public init(sharesPositions: Bool = true, initializer: Initializer = .constant(0.25)) {
    self.sharesPositions = sharesPositions
    self.initializer = initializer
  }

  private enum CodingKeys: String, CodingKey {
    case sharesPositions = "shares_positions"
    case initializer
  }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .inputs) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    guard inputs[0].shape.rank >= 1, inputs[0].shape.count > 0 else {
      throw LayerError.inputShape(expected: "[..., channels]", found: inputs[0].shape)
    }
    return inputs[0]
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    let shape = inputs[0].shape
    return [
      ParameterSpec(
        name: "slope", shape: sharesPositions ? [shape.last] : shape,
        axes: sharesPositions ? "channels" : "elements", role: .scale, initializer: initializer)
    ]
  }

  public func forward(_ pass: ForwardPass) {
    Kernels.prelu(
      pass.inputs[0], slope: pass.parameters[0], into: pass.output, on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    Kernels.preluGradient(
      pass.forward.inputs[0], slope: pass.forward.parameters[0],
      outputGradient: pass.outputGradient, slopeGradient: pass.parameterGradients[0],
      into: pass.inputGradients[0], on: pass.workers)
  }
}
