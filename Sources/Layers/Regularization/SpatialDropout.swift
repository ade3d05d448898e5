import Kernels
import Tensors

/// Sets whole channels of an example to zero while training, and scales the others up.
///
/// Tompson et al., 2015: neighbours in an image or a sequence say nearly the same, so that dropping single
/// elements drops little. As Keras' `SpatialDropout1D` and `2D` and PyTorch's `Dropout1d` and `2d`.
///
/// - Input and output: `[..., channels]`.
public struct SpatialDropout: Layer {
  public static let kind = "spatial_dropout"
  public static var defaults: SpatialDropout { SpatialDropout(0.5) }
  public static var mainOption: String? { "rate" }

  /// The share of channels set to zero, from 0 up to but not including 1.
  public var rate: Double

  /// A layer that drops channels.
  public init(_ rate: Double) { self.rate = rate }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    guard rate >= 0, rate < 1 else {
      throw LayerError.option(name: "rate", expected: "0 up to below 1", found: "\(rate)")
    }
    guard inputs[0].shape.rank >= 1, inputs[0].shape.count > 0 else {
      throw LayerError.inputShape(expected: "[..., channels]", found: inputs[0].shape)
    }
    return inputs[0]
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    // What each channel of an example is multiplied with.
    [ScratchSpec([inputs[0].shape.last], isPerExample: true)]
  }

  public func forward(_ pass: ForwardPass) {
    guard pass.mode == .training, rate > 0 else {
      return pass.output.copyUnlessSame(pass.inputs[0])
    }
    let factors = pass.scratch[0]
    Kernels.fill(factors, with: 1)
    Kernels.dropout(factors, rate: rate, random: pass.random, into: factors, on: pass.workers)
    scale(pass.inputs[0], by: factors, into: pass.output, on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    guard let target = pass.inputGradients[0] else { return }
    guard pass.forward.mode == .training, rate > 0 else {
      return target.copyUnlessSame(pass.outputGradient)
    }
    scale(pass.outputGradient, by: pass.forward.scratch[0], into: target, on: pass.workers)
  }

  private func scale(
    _ x: TensorView, by factors: TensorView, into y: TensorView, on workers: Workers
  ) {
    for row in 0..<x.rows {
      Kernels.scaleChannels(
        x.rows(row..<row + 1), by: factors.rows(row..<row + 1), into: y.rows(row..<row + 1),
        on: workers)
    }
  }
}
