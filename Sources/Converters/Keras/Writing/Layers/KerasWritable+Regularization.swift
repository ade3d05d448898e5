import Layers

extension Dropout: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add("Dropout", [.init("rate", .number(rate)), .init("seed", nil)], in: &graph)
  }
}

extension SpatialDropout: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    let rank = site.shape.rank
    let options = [
      WrittenKerasValue.Member("rate", .number(rate)), WrittenKerasValue.Member("seed", nil),
    ]
    switch rank {
    case 1: return site.add("Dropout", options, in: &graph)
    case 2...4:
      // It takes no 'trainable' in Keras.
      return site.add("SpatialDropout\(rank - 1)D", options, isUntrained: true, in: &graph)
    default:
      throw graph.log.error(
        site.subject, "Keras drops channels of 1 to 3 axes of positions, found \(rank - 1)")
    }
  }
}

extension GaussianNoise: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add(
      "GaussianNoise", [.init("stddev", .number(deviation)), .init("seed", nil)], in: &graph)
  }
}
