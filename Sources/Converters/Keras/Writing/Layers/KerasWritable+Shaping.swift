import Layers
import Tensors

extension Flatten: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add("Flatten", [.init("data_format", "channels_last")], in: &graph)
  }
}

extension Permute: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    // Keras counts the axes of an example from 1.
    site.add("Permute", [.init("dims", .integers(axes.map { $0 + 1 }))], in: &graph)
  }
}

extension Reshape: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add("Reshape", [.init("target_shape", .integers(shape))], in: &graph)
  }
}

extension Repeat: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    let options = [WrittenKerasValue.Member("n", .integer(count))]
    guard site.shape.rank != 1 else { return site.add("RepeatVector", options, in: &graph) }
    // Keras repeats vectors only.
    try site.requireFixedExtents(for: "a repetition of anything but a vector", log: graph.log)
    let flat = site.add(
      "Flatten", [.init("data_format", "channels_last")], suffix: "flat",
      shape: [site.shape.count], in: &graph)
    let rows = site.add(
      "RepeatVector", options, to: flat, shape: [count, site.shape.count], in: &graph)
    return site.add(
      "Reshape", [.init("target_shape", .integers(site.output.shape.dimensions))],
      suffix: "shape", to: rows, in: &graph)
  }
}

extension Slice: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    let rank = site.shape.rank
    let place = axis < 0 ? axis + rank : axis
    if step == 1, rank == 2 || rank == 3, place < rank - 1, !site.specs[0].isIndices,
      let cells = cells(site, axis: place)
    {
      let none = [0, 0]
      return rank == 2
        ? site.add("Cropping1D", [.init("cropping", .integers(cells))], in: &graph)
        : site.add(
          "Cropping2D",
          [
            .init("cropping", .pairs(place == 0 ? [cells, none] : [none, cells])),
            .init("data_format", "channels_last"),
          ], in: &graph)
    }
    func range(_ start: Int?, _ stop: Int?, _ step: Int?) -> WrittenKerasValue {
      func value(_ number: Int?) -> WrittenKerasValue { number.map { .integer($0) } ?? nil }
      return [
        "class_name": "__slice__",
        "config": ["start": value(start), "stop": value(stop), "step": value(step)],
      ]
    }
    // The batch is the first axis.
    let ranges = (0...rank).map {
      $0 == place + 1 ? range(start, stop, step) : range(nil, nil, nil)
    }
    let result = graph.add(
      .item, named: site.name, to: site.inputs[0], .list(ranges),
      shape: site.output.shape.dimensions,
      elementType: site.output.isIndices ? "int32" : "float32")
    graph.log.change(site.subject, "the operation GetItem, a slice of Python")
    return result
  }

  /// How many places are taken away on both sides; nil where that changes with the extent.
  private func cells(_ site: WrittenKerasSite, axis: Int) -> [Int]? {
    let extent = site.shape[axis]
    if site.hasFreeAxes {
      guard start >= 0, (stop ?? -1) < 0 else { return nil }
      return [start, -(stop ?? 0)]
    }
    // Cut to what there is, as slices do; the layer has checked that something is left.
    let first = min(max(start < 0 ? start + extent : start, 0), extent)
    return [first, extent - first - site.output.shape[axis]]
  }
}
