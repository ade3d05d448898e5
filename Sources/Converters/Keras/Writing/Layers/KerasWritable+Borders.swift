import Layers
import Tensors

extension ZeroPadding1D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add("ZeroPadding1D", [.init("padding", .integers(cells[0]))], in: &graph)
  }
}

extension ZeroPadding2D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add(
      "ZeroPadding2D",
      [.init("padding", .pairs(cells)), .init("data_format", "channels_last")], in: &graph)
  }
}

extension Cropping1D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add("Cropping1D", [.init("cropping", .integers(cells[0]))], in: &graph)
  }
}

extension Cropping2D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add(
      "Cropping2D",
      [.init("cropping", .pairs(cells)), .init("data_format", "channels_last")], in: &graph)
  }
}

extension Upsampling1D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add("UpSampling1D", [.init("size", .integer(factor[0]))], in: &graph)
  }
}

extension Upsampling2D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add(
      "UpSampling2D",
      [
        .init("size", .integers(factor)), .init("data_format", "channels_last"),
        .init("interpolation", .text(interpolation.rawValue)),
      ], in: &graph)
  }
}

extension WrittenKerasSite {
  /// Puts zeros around the input.
  ///
  /// - Parameter cells: how many before and after each axis.
  func padded(_ cells: [[Int]], in graph: inout WrittenKerasGraph) throws -> WrittenKerasTensor {
    try bordered(cells, isCropping: false, of: inputs[0], in: &graph)
  }

  /// Takes cells away around a tensor.
  func cropped(
    _ tensor: WrittenKerasTensor, _ cells: [[Int]], in graph: inout WrittenKerasGraph
  ) throws -> WrittenKerasTensor {
    try bordered(cells, isCropping: true, of: tensor, in: &graph)
  }

  private func bordered(
    _ cells: [[Int]], isCropping: Bool, of tensor: WrittenKerasTensor,
    in graph: inout WrittenKerasGraph
  ) throws -> WrittenKerasTensor {
    guard cells.contains(where: { $0 != [0, 0] }) else { return tensor }
    var extents = tensor.shape.map { $0 ?? 1 }
    for (axis, pair) in cells.enumerated() {
      extents[axis] += (isCropping ? -1 : 1) * (pair[0] + pair[1])
    }
    let kind = isCropping ? "Cropping" : "ZeroPadding"
    let cellsOption: WrittenKerasValue = cells.count == 1 ? .integers(cells[0]) : .pairs(cells)
    var options = [WrittenKerasValue.Member(isCropping ? "cropping" : "padding", cellsOption)]
    if cells.count == 2 { options.append(.init("data_format", "channels_last")) }
    return add(
      "\(kind)\(cells.count)D", options, suffix: isCropping ? "cropping" : "padding", to: tensor,
      shape: try Shape(checking: extents), in: &graph)
  }
}
