import Layers

/// The window of a convolution or pooling, as attributes of ONNX describe it.
struct SlidingWindow {
  var size: [Int]
  var stride: [Int]
  var dilation: [Int]
  /// Cells before and after each axis.
  var pads: [[Int]]
  /// How padding is found, where it is not given.
  var autoPad: String

  var isSame: Bool { autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER" }

  /// - Parameter size: the extents of the weights; of the attribute where nil.
  /// - Throws: ``ConversionError`` when numbers are missing, too many or out of range.
  init(_ operation: Operation, axes: Int, size: [Int]? = nil) throws {
    func numbers(_ name: String, _ count: Int, _ least: Int) throws -> [Int]? {
      guard let numbers = try operation.integers(name) else { return nil }
      guard numbers.count == count, numbers.allSatisfy({ (least...(1 << 16)).contains($0) })
      else {
        throw operation.error(
          "\(name): expected \(count) numbers from \(least) to 65536, found \(numbers)")
      }
      return numbers
    }
    let stated = try numbers("kernel_shape", axes, 1)
    guard let size = size ?? stated, size.count == axes, stated == nil || stated == size else {
      throw operation.error(
        "kernel_shape: expected that of the weights over \(axes) axes, found "
          + "\(stated.map { "\($0)" } ?? "none")")
    }
    guard size.allSatisfy({ (1...(1 << 16)).contains($0) }) else {
      throw operation.error("kernel_shape: expected 1 to 65536, found \(size)")
    }
    self.size = size
    let ones = Array(repeating: 1, count: axes)
    stride = try numbers("strides", axes, 1) ?? ones
    dilation = try numbers("dilations", axes, 1) ?? ones
    let flat = try numbers("pads", 2 * axes, 0) ?? Array(repeating: 0, count: 2 * axes)
    pads = (0..<axes).map { [flat[$0], flat[$0 + axes]] }
    autoPad = try operation.text("auto_pad") ?? "NOTSET"
    guard ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"].contains(autoPad) else {
      throw operation.error("auto_pad: unknown value '\(autoPad)'")
    }
    if autoPad == "VALID" { pads = ones.map { _ in [0, 0] } }
  }

  /// The extent of a window with its gaps.
  func extent(_ axis: Int) -> Int { (size[axis] - 1) * dilation[axis] + 1 }

  /// The padding as a layer has it: by name where it is the same for every extent.
  func padding(inputs: [Int], _ operation: Operation) throws -> Padding {
    switch autoPad {
    case "SAME_UPPER": return .same
    case "SAME_LOWER":
      return .explicit(
        inputs.indices.map { axis in
          let outputs = (inputs[axis] - 1) / stride[axis] + 1
          let total = max((outputs - 1) * stride[axis] + extent(axis) - inputs[axis], 0)
          return [total - total / 2, total / 2]
        })
    default: break
    }
    if pads.allSatisfy({ $0 == [0, 0] }) { return .valid }
    let isSame = pads.indices.allSatisfy { axis in
      let total = extent(axis) - 1
      return stride[axis] == 1 && pads[axis] == [total / 2, total - total / 2]
    }
    return isSame ? .same : .explicit(pads)
  }
}
