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
    let window = WrittenKerasWindow(size: size, stride: stride)
    var input = inputs[0]
    var word = "valid"
    var shares: [[Double]]?
    switch padding {
    case .valid, .causal: break
    case .same where cells != .zero: word = "same"
    case .same:
      try requireFixedExtents(for: "a padding whose zeros count", log: graph.log)
      input = try padded(window.same(around: shape), in: &graph)
    case .explicit(let around) where cells != .zero && isSame(around, for: window): word = "same"
    case .explicit(let around) where !around.contains { $0 != [0, 0] }: break
    case .explicit(let around):
      switch cells {
      case .least: input = try surrounded(around, in: &graph)
      case .zero: input = try padded(around, in: &graph)
      case .nothing:
        try requireFixedExtents(for: "a padding whose cells do not count", log: graph.log)
        input = try padded(around, in: &graph)
        shares = window.size.indices.map { axis in
          window.shares(axis, of: shape[axis], before: around[axis][0], count: output.shape[axis])
        }
      }
    }
    let result = add(
      className,
      [
        .init("pool_size", .integers(size)), .init("padding", .text(word)),
        .init("strides", .integers(stride)), .init("data_format", "channels_last"),
      ], to: input, in: &graph)
    return shares.map { divide(result, by: $0, in: &graph) } ?? result
  }

  /// Puts cells around the input that are less than all others.
  private func surrounded(
    _ around: [[Int]], in graph: inout WrittenKerasGraph
  ) throws -> WrittenKerasTensor {
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

  /// Divides means over whole windows by the share of each window that is there, along each axis.
  private func divide(
    _ tensor: WrittenKerasTensor, by shares: [[Double]], in graph: inout WrittenKerasGraph
  ) -> WrittenKerasTensor {
    graph.log.change(
      subject, "means with zeros that count, and a Normalization by the cells that are there")
    func list(_ values: [Double]) -> WrittenKerasValue { .list(values.map { .number($0) }) }
    /// The squares of the shares, or zeros.
    func grid(_ factor: Double) -> WrittenKerasValue {
      let squares = shares.map { $0.map { $0 * $0 * factor } }
      guard squares.count == 2 else { return list(squares[0]) }
      return .list(shares[0].map { row in list(squares[1].map { row * row * $0 }) })
    }
    return add(
      "Normalization",
      [
        .init("axis", .integers(Array(1...shares.count))), .init("invert", false),
        .init("mean", grid(0)), .init("variance", grid(1)),
      ], suffix: "shares", to: tensor, in: &graph)
  }
}

extension WrittenKerasWindow {
  /// For every place of the window along an axis the share of it that is there.
  fileprivate func shares(_ axis: Int, of extent: Int, before: Int, count: Int) -> [Double] {
    (0..<count).map { place in
      let start = place * stride[axis] - before
      let present = min(start + size[axis], extent) - max(start, 0)
      return Double(present) / Double(size[axis])
    }
  }
}
