import Kernels
import Tensors

/// The largest of all positions, channel by channel.
///
/// Keras' `GlobalMaxPooling1D` and `2D`.
///
/// - Input: `[time, channels]` or `[height, width, channels]`. Output: `[channels]`.
public struct GlobalMaxPooling: Layer {
  public static let kind = "global_max_pooling"
  public static var defaults: GlobalMaxPooling { GlobalMaxPooling() }

  /// The layer; it has no options.
  public init() {}

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    try GlobalWindow.output(for: inputs[0])
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    // Where each maximum was.
    [ScratchSpec([inputs[0].shape.last], isPerExample: true)]
  }

  public func forward(_ pass: ForwardPass) {
    let window = GlobalWindow.window(over: pass.inputs[0])
    Kernels.maxPool(
      pass.inputs[0], window, into: pass.output,
      taps: pass.mode == .training ? pass.scratch[0] : nil, on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    guard let target = pass.inputGradients[0] else { return }
    let window = GlobalWindow.window(over: target)
    Kernels.maxPoolGradient(
      pass.outputGradient, window, taps: pass.forward.scratch[0], into: target, on: pass.workers)
  }
}
