import Formats
import Layers

/// A layer that adds or takes away cells around a sequence or a plane.
protocol ONNXBorder: ONNXWritable {
  var cells: [[Int]] { get }
  static var takesAway: Bool { get }
}

extension ONNXBorder {
  /// Pad with zeros, or Slice.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let isFirst = writer.isChannelsFirst()
    let x = isFirst ? writer.inputChannelsFirst() : writer.input()
    let start = isFirst ? 2 : 1
    let result: String
    if Self.takesAway {
      result = writer.slice(
        x, from: cells.map { $0[0] }, to: cells.map { $0[1] == 0 ? Int.max : -$0[1] },
        axes: Array(start..<start + cells.count))
    } else {
      // Of every axis: none of the batch and the channels.
      let around: ([Int]) -> [Int] = { isFirst ? [0, 0] + $0 : [0] + $0 + [0] }
      let pads = around(cells.map { $0[0] }) + around(cells.map { $0[1] })
      result = writer.add("Pad", [x, writer.graph.integers(pads)])
    }
    return isFirst ? ONNXValue(first: result) : ONNXValue(last: result)
  }
}

extension ZeroPadding1D: ONNXBorder {
  static var takesAway: Bool { false }
}

extension ZeroPadding2D: ONNXBorder {
  static var takesAway: Bool { false }
}

extension Cropping1D: ONNXBorder {
  static var takesAway: Bool { true }
}

extension Cropping2D: ONNXBorder {
  static var takesAway: Bool { true }
}

extension Upsampling1D: ONNXWritable {
  /// Resize to the nearest cell.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    writer.resize(factor, interpolation: .nearest)
  }
}

extension Upsampling2D: ONNXWritable {
  /// Resize, between the centres of cells where it is linear.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    writer.resize(factor, interpolation: interpolation)
  }
}

extension ONNXLayerWriter {
  fileprivate func resize(_ factor: [Int], interpolation: Interpolation) -> ONNXValue {
    let scales = graph.numbers([1, 1] + factor.map { Float($0) }, shape: [factor.count + 2])
    let options: [ONNXNodeAttribute] =
      switch interpolation {
      case .nearest:
        [
          .word("mode", "nearest"), .word("coordinate_transformation_mode", "asymmetric"),
          .word("nearest_mode", "floor"),
        ]
      case .bilinear:
        [.word("mode", "linear"), .word("coordinate_transformation_mode", "half_pixel")]
      }
    return ONNXValue(first: add("Resize", [inputChannelsFirst(), "", scales], options))
  }
}
