import Kernels
import Tensors

/// Sets a random share of the elements to zero while training, and scales the others up.
///
/// y = x · keep / (1 − rate) in training, y = x in inference (Srivastava et al., 2014, in the
/// inverted form that all libraries use). The mask is a function of seed, layer and step, so it is
/// not stored: backward draws the same one again.
///
/// - Input and output: any shape.
public struct Dropout: Layer {
  public static let kind = "dropout"
  public static var defaults: Dropout { Dropout(0.5) }
  public static var mainOption: String? { "rate" }

  /// The share of elements set to zero, from 0 up to but not including 1.
  public var rate: Double

  /// A dropout layer with the given share.
  public init(_ rate: Double) { self.rate = rate }

  public var memoryUse: LayerMemoryUse {
    LayerMemoryUse(backwardReads: .nothing, runsInPlace: true)
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    guard rate >= 0, rate < 1 else {
      throw LayerError.option(name: "rate", expected: "0 up to below 1", found: "\(rate)")
    }
    return inputs[0]
  }

  public func forward(_ pass: ForwardPass) {
    guard pass.mode == .training, rate > 0 else {
      return pass.output.copyUnlessSame(pass.inputs[0])
    }
    Kernels.dropout(
      pass.inputs[0], rate: rate, random: pass.random, into: pass.output, on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradients[0] else { return }
    guard pass.forward.mode == .training, rate > 0 else {
      return inputGradient.copyUnlessSame(pass.outputGradient)
    }
    Kernels.dropout(
      pass.outputGradient, rate: rate, random: pass.forward.random, into: inputGradient,
      on: pass.workers)
  }
}
