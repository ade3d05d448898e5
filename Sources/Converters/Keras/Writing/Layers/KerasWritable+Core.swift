import Layers
import Tensors
import Training

extension Dense: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add(
      "Dense",
      [
        .init("units", .integer(units)), .init("activation", "linear"),
        .init("use_bias", .truth(usesBias)),
        .init("kernel_initializer", kernelInitializer.keras),
        .init("bias_initializer", biasInitializer.keras),
        .init("kernel_regularizer", site.penalties.regularizer(.kernel)),
        .init("bias_regularizer", site.penalties.regularizer(.bias)),
      ],
      variables: [
        site.variable("kernel", as: "kernel"), site.variable("bias", as: "bias"),
      ].compactMap { $0 }, in: &graph)
  }
}

extension Embedding: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    let shape = try Shape(checking: site.shape.dimensions + [dimension])
    let vectors = site.add(
      "Embedding",
      [
        .init("input_dim", .integer(vocabularySize)), .init("output_dim", .integer(dimension)),
        .init("embeddings_initializer", kernelInitializer.keras),
        .init("embeddings_regularizer", site.penalties.regularizer(.kernel)),
        .init("mask_zero", false),
      ],
      variables: [site.variable("kernel", as: "embeddings")].compactMap { $0 }, shape: shape,
      in: &graph)
    guard shape != site.output.shape else { return vectors }
    // An axis of extent 1 before that of the vector is left away.
    let target = site.hasFreeAxes ? [-1, dimension] : site.output.shape.dimensions
    return site.add(
      "Reshape", [.init("target_shape", .integers(target))], suffix: "shape", to: vectors,
      in: &graph)
  }
}

extension PReLU: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    let rank = site.shape.rank
    let shape = site.shape.dimensions
    let outer = sharesPositions ? Array(1..<max(rank, 1)) : []
    return site.add(
      "PReLU",
      [
        .init("alpha_initializer", initializer.keras),
        .init("alpha_regularizer", site.penalties.regularizer(.scale)),
        .init("shared_axes", outer.isEmpty ? nil : .integers(outer)),
      ],
      variables: [
        site.variable(
          "slope", as: "alpha",
          shape: sharesPositions ? outer.map { _ in 1 } + [site.shape.last] : shape)
      ].compactMap { $0 }, in: &graph)
  }
}

extension Activation: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    switch function {
    case .leakyReLU:
      return site.add("LeakyReLU", [.init("negative_slope", .number(slope))], in: &graph)
    case .elu: return site.add("ELU", [.init("alpha", .number(slope))], in: &graph)
    case .geluTanh:
      let result = graph.add(
        .gelu, named: site.name, options: [.init("approximate", true)], to: site.inputs[0],
        shape: site.output.shape.dimensions)
      graph.log.change(site.subject, "the operation Gelu with approximate=True")
      return result
    case .hardSigmoid where slope != function.defaultSlope:
      // slope · x + ½, cut to 0 and 1.
      let line = site.add(
        "Rescaling", [.init("scale", .number(slope)), .init("offset", 0.5)], suffix: "line",
        in: &graph)
      return site.add(
        "ReLU",
        [.init("max_value", 1.0), .init("negative_slope", 0.0), .init("threshold", 0.0)],
        to: line, in: &graph)
    default:
      return site.add("Activation", [.init("activation", .text(kerasName))], in: &graph)
    }
  }

  /// The function's name in Keras.
  private var kerasName: String {
    switch function {
    case .identity: "linear"
    case .hardSwish: "hard_silu"
    default: function.rawValue
    }
  }
}

extension Link {
  /// The activation of Keras that does what the link does; nil where there is nothing to do.
  var kerasActivation: String? {
    switch self {
    case .identity: nil
    case .softmax: "softmax"
    case .sigmoid: "sigmoid"
    }
  }
}
