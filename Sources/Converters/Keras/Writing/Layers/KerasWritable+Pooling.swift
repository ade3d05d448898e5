import Layers
import Tensors

extension MaxPooling1D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.pool("MaxPooling1D", size, stride ?? size, padding, .least, in: &graph)
  }
}

extension MaxPooling2D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.pool("MaxPooling2D", size, stride ?? size, padding, .least, in: &graph)
  }
}

extension AveragePooling1D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.pool(
      "AveragePooling1D", size, stride ?? size, padding, countsPadding ? .zero : .nothing,
      in: &graph)
  }
}

extension AveragePooling2D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.pool(
      "AveragePooling2D", size, stride ?? size, padding, countsPadding ? .zero : .nothing,
      in: &graph)
  }
}

extension GlobalMaxPooling: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.pool("GlobalMaxPooling", in: &graph)
  }
}

extension GlobalAveragePooling: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.pool("GlobalAveragePooling", in: &graph)
  }
}

/// What the cells of a padding are to a pooling.
private enum PaddingCells {
  /// Less than all others.
  case least
  /// Zeros that count.
  case zero
  /// Not there.
  case nothing
}

extension WrittenKerasSite {
  fileprivate func pool(
    _ className: String, in graph: inout WrittenKerasGraph
  ) -> WrittenKerasTensor {
    add(
      "\(className)\(shape.rank - 1)D",
      [.init("data_format", "channels_last"), .init("keepdims", false)], in: &graph)
  }

  fileprivate func pool(
    _ className: String, _ size: [Int], _ stride: [Int], _ padding: Padding,
    _ cells: PaddingCells, in graph: inout WrittenKerasGraph
  ) throws -> WrittenKerasTensor {
    var input = inputs[0]
    var word = "valid"
    switch padding {
    case .valid, .causal: break
    case .same where cells != .zero: word = "same"
    case .same:
      try requireFixedExtents(for: "a padding whose zeros count", log: graph.log)
      let around = WrittenKerasWindow(size: size, stride: stride).same(around: shape)
      input = try padded(around, in: &graph)
    case .explicit(let around):
      input = try surrounded(around, cells, in: &graph)
    }
    return add(
      className,
      [
        .init("pool_size", .integers(size)), .init("padding", .text(word)),
        .init("strides", .integers(stride)), .init("data_format", "channels_last"),
      ], to: input, in: &graph)
  }

  private func surrounded(
    _ around: [[Int]], _ cells: PaddingCells, in graph: inout WrittenKerasGraph
  ) throws -> WrittenKerasTensor {
    guard around.contains(where: { $0 != [0, 0] }) else { return inputs[0] }
    switch cells {
    case .zero: return try padded(around, in: &graph)
    case .nothing:
      throw graph.log.error(
        subject,
        "Keras has no mean over windows of a given padding whose cells do not count; expected "
          + "padding valid or same, or counts_padding")
    case .least:
      var extents = shape.dimensions
      for (axis, pair) in around.enumerated() { extents[axis] += pair[0] + pair[1] }
      let widths = [[0, 0]] + around + [[0, 0]]
      let result = graph.add(
        .pad, named: "\(name)_padding",
        options: [.init("pad_width", .pairs(widths)), .init("mode", "constant")], to: inputs[0],
        keywords: [.init("constant_values", .number(-Double(Float.greatestFiniteMagnitude)))],
        shape: try Shape(checking: extents).dimensions)
      graph.log.change(subject, "the operation Pad before it, with the least number")
      return result
    }
  }
}
