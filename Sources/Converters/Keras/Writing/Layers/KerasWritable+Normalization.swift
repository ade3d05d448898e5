import Layers

extension BatchNormalization: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    if followsUnbiasedVariance {
      graph.log.change(
        site.subject, "in training the running variance follows the biased one of the batch")
    }
    return site.add(
      "BatchNormalization",
      [
        .init("axis", -1), .init("momentum", .number(momentum)),
        .init("epsilon", .number(epsilon)), .init("center", .truth(usesShift)),
        .init("scale", .truth(usesScale)),
        .init("gamma_regularizer", site.penalties.regularizer(.scale)),
        .init("beta_regularizer", site.penalties.regularizer(.bias)),
      ],
      variables: [
        site.variable("scale", as: "gamma"), site.variable("shift", as: "beta"),
        site.variable("running_mean", as: "moving_mean"),
        site.variable("running_variance", as: "moving_variance"),
      ].compactMap { $0 }, in: &graph)
  }
}

extension LayerNormalization: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add(
      "LayerNormalization",
      [
        .init("axis", -1), .init("epsilon", .number(epsilon)),
        .init("center", .truth(usesShift)), .init("scale", .truth(usesScale)),
        .init("gamma_regularizer", site.penalties.regularizer(.scale)),
        .init("beta_regularizer", site.penalties.regularizer(.bias)),
      ], variables: site.scaleAndShift, in: &graph)
  }
}

extension GroupNormalization: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add(
      "GroupNormalization",
      [
        .init("groups", .integer(groups)), .init("axis", -1),
        .init("epsilon", .number(epsilon)), .init("center", .truth(usesShift)),
        .init("scale", .truth(usesScale)),
        .init("gamma_regularizer", site.penalties.regularizer(.scale)),
        .init("beta_regularizer", site.penalties.regularizer(.bias)),
      ], variables: site.scaleAndShift, in: &graph)
  }
}

extension RMSNormalization: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    var scale = site.variable("scale", as: "scale")
    if scale == nil {
      scale = WrittenKerasVariable(
        path: "scale", shape: [site.shape.last], source: .constant(1), isTrainable: false)
      graph.log.change(site.subject, "a scale of ones that is not trained")
    } else if site.penalties.decay != 0 {
      try graph.log.lose(site.subject, "Keras has no penalty on the scale of RMSNormalization")
    }
    return site.add(
      "RMSNormalization",
      [
        .init("trainable", .truth(usesScale)), .init("axis", -1),
        .init("epsilon", .number(epsilon)),
      ],
      variables: [scale].compactMap { $0 }, in: &graph)
  }
}

extension Normalization: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    if epsilon != 1e-7 {
      try graph.log.lose(
        site.subject, "the least deviation is 1e-7 in Keras, and \(epsilon) here")
    }
    return site.add(
      "Normalization",
      [
        .init("axis", [-1]), .init("invert", false), .init("mean", nil), .init("variance", nil),
      ],
      variables: [
        site.variable("mean", as: "mean"), site.variable("variance", as: "variance"),
        WrittenKerasVariable(path: "count", shape: [], source: .constant(0), isTrainable: false),
      ].compactMap { $0 }, in: &graph)
  }
}

extension Rescaling: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add(
      "Rescaling", [.init("scale", .number(scale)), .init("offset", .number(offset))], in: &graph)
  }
}

extension WrittenKerasSite {
  fileprivate var scaleAndShift: [WrittenKerasVariable] {
    [variable("scale", as: "gamma"), variable("shift", as: "beta")].compactMap { $0 }
  }
}
