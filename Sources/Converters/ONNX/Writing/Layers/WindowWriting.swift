import Formats
import Layers

/// A window on its way over one or two axes, as operators of ONNX describe it.
struct ONNXWindow {
  var size: [Int]
  var stride: [Int]
  var dilation: [Int]
  var padding: Padding

  /// The extent of a window with its gaps.
  func extent(_ axis: Int) -> Int { (size[axis] - 1) * dilation[axis] + 1 }

  /// What is put before and after an axis; nil where it depends on an extent that is free.
  private func cells(_ axis: Int, input: Int?) -> (before: Int, after: Int)? {
    let extent = extent(axis)
    switch padding {
    case .valid: return (0, 0)
    case .causal: return (extent - 1, 0)
    case .explicit(let cells): return (cells[axis][0], cells[axis][1])
    case .same:
      // With a stride of 1 every extent gets the same.
      guard let input = stride[axis] == 1 ? 1 : input else { return nil }
      let output = (input - 1) / stride[axis] + 1
      let total = max((output - 1) * stride[axis] + extent - input, 0)
      return (total / 2, total - total / 2)
    }
  }

  /// The input of a layer with the channels first, and the attribute that says what is put around it.
  ///
  /// Where that depends on an extent that is free, the operator finds it (`SAME_UPPER`), or it is put
  /// around before, see ``isPaddedBefore(_:)``.
  ///
  /// - Parameters:
  ///   - value: in place of the input, of its extents.
  ///   - filling: what is put around before.
  func padded(
    _ writer: ONNXLayerWriter, value: String? = nil, filling: Float = 0
  ) -> (value: String, pads: ONNXNodeAttribute) {
    let x = value ?? writer.inputChannelsFirst()
    let cells = size.indices.map { self.cells($0, input: writer.inputExtents[0][$0]) }
    let known = cells.compactMap { $0 }
    if known.count == cells.count {
      return (x, .integers("pads", known.map(\.before) + known.map(\.after)))
    }
    guard isPaddedBefore(writer) else { return (x, .word("auto_pad", "SAME_UPPER")) }
    let before = paddedAtRunTime(x, writer, filling: filling)
    return (before, .integers("pads", size.flatMap { _ in [0, 0] }))
  }

  /// Whether what is put around has to be computed and put there before: it depends on an extent that is
  /// free, and operators do not find it where windows have gaps or cells between them.
  func isPaddedBefore(_ writer: ONNXLayerWriter) -> Bool {
    let isKnown = size.indices.allSatisfy { cells($0, input: writer.inputExtents[0][$0]) != nil }
    return !isKnown && size.indices.contains { dilation[$0] > 1 || stride[$0] > size[$0] }
  }

  /// Pad by max((output − 1) · stride + extent − input, 0) cells, half of them before.
  private func paddedAtRunTime(
    _ x: String, _ writer: ONNXLayerWriter, filling: Float
  ) -> String {
    let graph = writer.graph
    let strides = graph.integers(stride)
    let input = writer.extents(of: x, 2..<2 + size.count)
    // (input − 1) / stride is output − 1.
    let steps = writer.add("Div", [writer.add("Sub", [input, graph.integers([1])]), strides])
    let covered = writer.add(
      "Add", [writer.add("Mul", [steps, strides]), graph.integers(size.indices.map(extent))])
    let total = writer.add(
      "Max", [writer.add("Sub", [covered, input]), graph.integers([0])])
    let before = writer.add("Div", [total, graph.integers([2])])
    let after = writer.add("Sub", [total, before])
    let none = graph.integers([0, 0])
    let pads = writer.add("Concat", [none, before, none, after], .integer("axis", 0))
    return writer.add("Pad", [x, pads] + (filling == 0 ? [] : [graph.numbers([filling])]))
  }
}
