import Kernels
import Tensors

/// The mean of all positions, channel by channel.
///
/// Keras' `GlobalAveragePooling1D` and `2D`.
///
/// - Input: `[time, channels]` or `[height, width, channels]`. Output: `[channels]`.
public struct GlobalAveragePooling: Layer {
  public static let kind = "global_average_pooling"
  public static var defaults: GlobalAveragePooling { GlobalAveragePooling() }

  /// The layer; it has no options.
  public init() {}

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    try GlobalWindow.output(for: inputs[0])
  }

  public func forward(_ pass: ForwardPass) {
    let window = GlobalWindow.window(over: pass.inputs[0])
    Kernels.averagePool(
      pass.inputs[0], window, countsPadding: false, into: pass.output, on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    guard let target = pass.inputGradients[0] else { return }
    let window = GlobalWindow.window(over: target)
    Kernels.averagePoolGradient(
      pass.outputGradient, window, countsPadding: false, into: target, on: pass.workers)
  }
}
