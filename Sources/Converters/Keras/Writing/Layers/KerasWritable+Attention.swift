import Layers
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension MultiHeadAttention: KerasWritable {
  func kerasMaskPlace(among inputCount: Int) -> Int? { isMasked ? inputCount - 1 : nil }

  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    var keywords: [(name: String, argument: WrittenKerasArgument)] = []
    let sequences = isMasked ? Array(site.inputs.dropLast()) : site.inputs
    if isMasked, let mask = site.inputs.last {
      keywords.append(("value_mask", .tensor(graph.mask(mask))))
      graph.log.change(
        "\(site.subject), its mask",
        "a query that sees nothing gets the mean of all values in Keras, and nothing here")
    }
    if isCausal { keywords.append(("use_causal_mask", .value(true))) }
    // Keras takes the query, the values, and then the keys.
    let arguments: [WrittenKerasTensor] =
      switch sequences.count {
      case 1: [sequences[0], sequences[0]]
      case 2: sequences
      default: [sequences[0], sequences[2], sequences[1]]
      }
    return site.add(
      "MultiHeadAttention",
      [
        .init("num_heads", .integer(heads)), .init("key_dim", .integer(keySize)),
        .init("value_dim", .integer(valueSize ?? keySize)), .init("dropout", .number(dropout)),
        .init("use_bias", .truth(usesBias)), .init("output_shape", nil),
        .init("attention_axes", [1]), .init("kernel_initializer", kernelInitializer.keras),
        .init("kernel_regularizer", site.penalties.regularizer(.kernel)),
        .init("bias_regularizer", site.penalties.regularizer(.bias)), .init("seed", nil),
      ], variables: variables(site), taking: arguments.map { .tensor($0) }, keywords: keywords,
      in: &graph)
  }

  /// The same numbers, with the heads as an axis of their own.
  private func variables(_ site: WrittenKerasSite) -> [WrittenKerasVariable] {
    let values = valueSize ?? keySize
    let parts = [
      ("query", "query", keySize), ("key", "key", keySize), ("value", "value", values),
      ("output", "attention_output", values),
    ]
    return parts.flatMap { part, path, size -> [WrittenKerasVariable] in
      let kernel = site.parameters["\(part)_kernel"]?.spec.shape.dimensions ?? [0, 0]
      let isOutput = part == "output"
      return [
        site.variable(
          "\(part)_kernel", as: "\(path)/kernel", in: "\(part)_dense",
          shape: isOutput ? [heads, size, kernel[1]] : [kernel[0], heads, size]),
        site.variable(
          "\(part)_bias", as: "\(path)/bias", in: "\(part)_dense",
          shape: isOutput ? [kernel[1]] : [heads, size]),
      ].compactMap { $0 }
    }
  }
}

extension SequenceMask: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    let result = graph.add(
      .notEqual, named: site.name, to: site.inputs[0], .integer(padding),
      shape: site.output.shape.dimensions, elementType: "bool")
    graph.log.change(site.subject, "the operation NotEqual, given to layers as their mask")
    return result
  }
}

extension MaskedAverage: KerasWritable {
  func kerasMaskPlace(among inputCount: Int) -> Int? { 1 }

  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    let mask = graph.mask(site.inputs[1])
    graph.log.change(
      site.subject, "the mean of no step is not a number in Keras, and 0 here")
    return site.add(
      "GlobalAveragePooling1D",
      [.init("data_format", "channels_last"), .init("keepdims", false)],
      keywords: [("mask", .tensor(mask))], in: &graph)
  }
}

extension PositionalEmbedding: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    let steps = [site.shape[0]]
    let whole: WrittenKerasValue = [
      "class_name": "__slice__", "config": ["start": nil, "stop": nil, "step": nil],
    ]
    // 0, 1, 2 and so on for every step: the sums of ones along it, less one.
    let first = graph.add(
      .item, named: "\(site.name)_first", to: site.inputs[0], [whole, whole, 0], shape: steps)
    let ones = graph.add(
      .onesLike, named: "\(site.name)_ones", options: [.init("dtype", nil)], to: first,
      shape: steps)
    let sums = graph.add(
      .cumulativeSum, named: "\(site.name)_counts",
      options: [.init("axis", 1), .init("dtype", nil)], to: ones, shape: steps)
    let places = graph.add(.subtract, named: "\(site.name)_places", to: sums, 1, shape: steps)
    let vectors = site.add(
      "Embedding",
      [
        .init("input_dim", .integer(length)), .init("output_dim", .integer(site.shape[1])),
        .init("embeddings_initializer", kernelInitializer.keras),
        .init("embeddings_regularizer", site.penalties.regularizer(.kernel)),
        .init("mask_zero", false),
      ], variables: [site.variable("kernel", as: "embeddings")].compactMap { $0 }, to: places,
      in: &graph)
    graph.log.change(site.subject, "an Embedding of the steps' numbers, added to them")
    return site.add(
      "Add", [], suffix: "sum", taking: [.list([.tensor(site.inputs[0]), .tensor(vectors)])],
      in: &graph)
  }
}

extension PositionalEncoding: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.requireFixedExtents(for: "a positional encoding", log: graph.log)
    // (x − mean) / √variance with the waves taken negative, and a variance of 1.
    let waves = waves(steps: site.shape[0], features: site.shape[1])
    graph.log.change(site.subject, "a Normalization by the waves, which are constants")
    return site.add(
      "Normalization",
      [
        .init("axis", [1, 2]), .init("invert", false),
        .init("mean", .list(waves.map { .list($0.map { .number(-$0) }) })),
        .init("variance", .list(waves.map { .list($0.map { _ in 1.0 }) })),
      ], in: &graph)
  }
}

extension PositionalEncoding {
  /// What is added to every step: sin and cos of t / base^(2i / features), beside each other.
  fileprivate func waves(steps: Int, features: Int) -> [[Double]] {
    (0..<steps).map { step in
      (0..<features).map { feature in
        let frequency = pow(base, -Double(feature / 2 * 2) / Double(features))
        let angle = Double(step) * frequency
        return feature % 2 == 0 ? sin(angle) : cos(angle)
      }
    }
  }
}
