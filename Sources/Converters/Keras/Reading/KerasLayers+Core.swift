import Formats
import Layers
import Tensors

extension KerasLayers {
  /// Dense layers, tables, and what changes nothing.
  static let core: [String: KerasTranslation] = [
    "Dense": dense, "Embedding": embedding, "Masking": masking, "Identity": identity,
    "ActivityRegularization": identity, "InputLayer": { use, _ in use.inputs },
  ]

  private static let dense: KerasTranslation = { use, graph in
    let input = try graph.unmoved(use.input(), use)
    let units = try use.options.integer("units", "output_dim")
    let usesBias = try use.options.bool("use_bias", "bias", or: true)
    var layer = Dense(units, usesBias: usesBias)
    layer.kernelInitializer =
      use.options.initializer("kernel_initializer", "init", log: &graph.log) ?? .xavierUniform
    layer.biasInitializer =
      use.options.initializer("bias_initializer", log: &graph.log) ?? .zeros
    let activation = try use.options.activation("activation", era: graph.era)
    let result = try graph.add(layer, for: use, to: [input])
    let kernel = [input.spec.shape.last, units]
    var variables: [KerasVariable] = [
      .plain("kernel", kernel, index: 0, is: "\(result.name)/kernel")
    ]
    if usesBias {
      variables.append(.plain("bias", [units], index: 1, is: "\(result.name)/bias"))
    }
    graph.declare(variables, for: use)
    try graph.takePenalty(
      ["kernel_regularizer", "W_regularizer"], on: "kernel", of: result, use)
    return [try graph.add(activation, for: use, to: result)]
  }

  private static let embedding: KerasTranslation = { use, graph in
    let input = try use.input()
    guard input.spec.isIndices else {
      guard let root = input.root else {
        throw use.options.error(
          "expected indices as they come in, found numbers that were computed")
      }
      throw KerasTranslator.TakesIndices(input: root)
    }
    let size = try use.options.integer("input_dim")
    let dimension = try use.options.integer("output_dim")
    var layer = Embedding(vocabularySize: size, dimension: dimension)
    if let initializer = use.options.initializer(
      "embeddings_initializer", "init", log: &graph.log)
    {
      layer.kernelInitializer = initializer
    }
    let takesZeroAsMask = try use.options.bool("mask_zero", or: false)
    var result = try graph.add(layer, for: use, to: [input])
    graph.declare(
      [.plain("embeddings", [size, dimension], index: 0, is: "\(result.name)/kernel")], for: use)
    try graph.takePenalty(
      ["embeddings_regularizer", "W_regularizer"], on: "kernel", of: result, use)
    // The engine takes a last axis of 1 away, Keras does not.
    if input.spec.shape.rank > 0, input.spec.shape.last == 1 {
      result = try graph.add(
        Reshape(input.spec.shape.dimensions + [dimension]), for: use, part: "steps", to: [result])
    }
    if takesZeroAsMask { result.mask = .indices(of: input.name) }
    return [result]
  }

  private static let identity: KerasTranslation = { use, graph in
    if use.layer.className == "ActivityRegularization" {
      _ = try (use.options.number("l1", or: 0), use.options.number("l2", or: 0))
      try graph.loseInTraining(use.options.subject, "penalties on activities have no counterpart")
    }
    var input = try use.input()
    input.root = nil
    return [input]
  }

  /// Steps of which every feature is a certain number are not there, and are 0.
  private static let masking: KerasTranslation = { use, graph in
    let input = try graph.unmoved(use.input(), use)
    let absent = try use.options.number("mask_value", or: 0)
    let mask = try graph.steps(of: input, without: absent, use)
    let column = try graph.add(
      Reshape([input.spec.shape[0], 1]), for: use, part: "column", to: [mask])
    var result = try graph.add(Multiply(), for: use, to: [input, column])
    result.mask = graph.mask(of: mask)
    return [result]
  }
}
