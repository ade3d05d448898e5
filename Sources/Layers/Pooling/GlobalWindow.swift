import Kernels
import Tensors

/// A window as large as what it stands on.
enum GlobalWindow {
  static func output(for input: ValueSpec) throws -> ValueSpec {
    guard !input.isIndices else { throw LayerError.expectedNumbers }
    guard (2...3).contains(input.shape.rank), input.shape.count > 0 else {
      throw LayerError.inputShape(
        expected: "[time, channels] or [height, width, channels]", found: input.shape)
    }
    return ValueSpec([input.shape.last])
  }

  /// The window over a batch: all positions as one axis.
  static func window(over x: TensorView) -> Window {
    let channels = x.shape.last
    let positions = x.rowCount / max(channels, 1)
    return Window(
      height: .one, width: WindowAxis(input: positions, output: 1, taps: positions),
      input: channels, output: channels)
  }
}
