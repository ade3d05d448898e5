import Layers

extension Add: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.merge("Add", in: &graph)
  }
}

extension Average: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.merge("Average", in: &graph)
  }
}

extension Maximum: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.merge("Maximum", in: &graph)
  }
}

extension Minimum: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.merge("Minimum", in: &graph)
  }
}

extension Multiply: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.merge("Multiply", in: &graph)
  }
}

extension Subtract: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.merge("Subtract", in: &graph)
  }
}

extension Concatenate: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    // Keras counts the batch as an axis.
    let place = WrittenKerasValue.integer(axis < 0 ? axis : axis + 1)
    guard site.inputs.count > 1 else {
      return site.add("Activation", [.init("activation", "linear")], in: &graph)
    }
    return site.merge("Concatenate", [.init("axis", place)], in: &graph)
  }
}

extension WrittenKerasSite {
  /// A layer that makes one value of all inputs.
  fileprivate func merge(
    _ className: String, _ options: [WrittenKerasValue.Member] = [],
    in graph: inout WrittenKerasGraph
  ) -> WrittenKerasTensor {
    add(className, options, taking: [.list(inputs.map { .tensor($0) })], in: &graph)
  }
}
