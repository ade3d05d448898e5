import Kernels
import Tensors

/// Scales every channel by a mean and a variance that are given and not learned: y = (x − mean) /
/// √variance.
///
/// Keras' `Normalization`. The statistics are parameters that no optimizer changes.
///
/// - Input and output: `[..., channels]`.
/// - Parameters: `mean` and `variance`, each `[channels]`; 0 and 1 until they are set.
public struct Normalization: Layer {
  public static let kind = "normalization"
  public static var defaults: Normalization { Normalization() }

  /// The least deviation that is divided by; 1e-7, as Keras.
  public var epsilon: Double

  /// A normalisation by fixed statistics.
  public init(epsilon: Double = 1e-7) { self.epsilon = epsilon }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    guard inputs[0].shape.rank >= 1, inputs[0].shape.last > 0 else {
      throw LayerError.inputShape(expected: "[..., channels]", found: inputs[0].shape)
    }
    guard epsilon > 0, epsilon.isFinite else {
      throw LayerError.option(name: "epsilon", expected: "more than 0", found: "\(epsilon)")
    }
    return inputs[0]
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    [("mean", Initializer.zeros), ("variance", .ones)].map { name, start in
      ParameterSpec(
        name: name, shape: [inputs[0].shape.last], axes: "channels", role: .statistic,
        initializer: start)
    }
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    // One over the deviation, and minus the mean over it.
    Array(repeating: ScratchSpec([inputs[0].shape.last]), count: 2)
  }

  public func forward(_ pass: ForwardPass) {
    prepare(pass)
    Kernels.scaleChannels(
      pass.inputs[0], by: pass.scratch[0], shift: pass.scratch[1], into: pass.output,
      on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    guard let target = pass.inputGradients[0] else { return }
    Kernels.scaleChannels(
      pass.outputGradient, by: pass.forward.scratch[0], into: target, on: pass.workers)
  }

  private func prepare(_ pass: ForwardPass) {
    let (mean, variance) = (pass.parameters[0], pass.parameters[1])
    let isDouble = mean.elementType == .float64
    for channel in 0..<mean.count {
      func value(_ view: TensorView) -> Double {
        isDouble
          ? view.element(channel, as: Double.self) : Double(view.element(channel, as: Float.self))
      }
      let factor = 1 / max(value(variance).squareRoot(), epsilon)
      let offset = -value(mean) * factor
      if isDouble {
        pass.scratch[0].setElement(channel, to: factor)
        pass.scratch[1].setElement(channel, to: offset)
      } else {
        pass.scratch[0].setElement(channel, to: Float(factor))
        pass.scratch[1].setElement(channel, to: Float(offset))
      }
    }
  }
}
