import Formats
import Layers
import Tensors

extension KerasLayers {
  /// Layers of which every step looks at others.
  static let attention: [String: KerasTranslation] = ["MultiHeadAttention": multiHead]

  private static let multiHead: KerasTranslation = { use, graph in
    let options = use.options
    let inputs = try sequences(of: use).map { try graph.unmoved($0, use) }
    let (query, value) = (inputs[0], inputs[min(1, inputs.count - 1)])
    let key = inputs.count > 2 ? inputs[2] : value
    for input in inputs where input.spec.shape.rank != 2 {
      throw options.error("expected [steps, features], found \(input.spec.shape)")
    }
    let heads = try options.integer("num_heads")
    let keySize = try options.integer("key_dim")
    let valueSize = try options.integer("value_dim", or: keySize)
    let usesBias = try options.bool("use_bias", or: true)
    try check(use, features: query.spec.shape.last)
    _ = (options.take(["bias_initializer"]), options.take(["seed"]))
    let isCausal = use.constants["use_causal_mask"]?.bool ?? false
    // What is looked at is masked by the mask of the values, and by that of the keys where they are
    // others.
    let masks = [value.mask, inputs.count > 2 ? key.mask : nil].compactMap { $0 }
    guard Set(masks).count <= 1 else {
      throw options.error("keys and values have different masks, which has no counterpart")
    }
    let layer = MultiHeadAttention(
      heads: heads, keySize: keySize, valueSize: valueSize == keySize ? nil : valueSize,
      isCausal: isCausal, isMasked: !masks.isEmpty, usesBias: usesBias,
      dropout: try options.number("dropout", or: 0),
      kernelInitializer: options.initializer("kernel_initializer", log: &graph.log)
        ?? .xavierUniform)
    var taken = [query]
    if key.name != value.name {
      taken += [key, value]
    } else if value.name != query.name {
      taken.append(value)
    }
    if let mask = masks.first { taken.append(try graph.value(of: mask, use)) }
    var result = try graph.add(layer, for: use, to: taken)
    declare(
      use, graph, result, widths: [query, key, value].map { $0.spec.shape.last },
      heads: heads, sizes: (keySize, valueSize), usesBias: usesBias)
    if let mask = query.mask {
      result.mask = mask
      graph.log.change(
        options.subject,
        "steps that the mask leaves out look at those that are there; Keras lets them look at all "
          + "alike")
    }
    return [result]
  }

  /// Queries, values and keys, by place or by name.
  private static func sequences(of use: KerasUse) throws -> [KerasValue] {
    for name in ["attention_mask", "query_mask", "value_mask", "key_mask"]
    where use.named[name] != nil {
      throw use.options.error("\(name): a mask that the model computes has no counterpart")
    }
    if use.constants["return_attention_scores"]?.bool == true {
      throw use.options.error("return_attention_scores: expected false, found true")
    }
    var inputs = use.inputs
    for name in ["query", "value", "key"] { inputs += use.named[name] ?? [] }
    guard (1...3).contains(inputs.count) else {
      throw use.options.error("expected queries, values and keys, found \(inputs.count) inputs")
    }
    return inputs
  }

  /// Refuses what the engine's layer does not do.
  private static func check(_ use: KerasUse, features: Int) throws {
    let options = use.options
    try options.require("use_gate", is: false, "gates have no counterpart")
    if let axes = try options.integers("attention_axes"), axes != [1] {
      throw options.error("attention_axes", expected: "[1]", found: axes)
    }
    if let shape = try options.integers("output_shape"), shape != [features] {
      throw options.error("output_shape", expected: "[\(features)]", found: shape)
    }
    if let window = options.take(["sliding_window"]) {
      throw options.error("sliding_window", expected: "none", found: window)
    }
  }

  /// Every part has a kernel over features, heads and their elements, which are one axis here.
  private static func declare(
    _ use: KerasUse, _ graph: KerasTranslator, _ result: KerasValue, widths: [Int], heads: Int,
    sizes: (key: Int, value: Int), usesBias: Bool
  ) {
    let features = widths[0]
    let parts: [(name: String, kernel: [Int], bias: [Int])] = [
      ("query", [features, heads, sizes.key], [heads, sizes.key]),
      ("key", [widths[1], heads, sizes.key], [heads, sizes.key]),
      ("value", [widths[2], heads, sizes.value], [heads, sizes.value]),
      ("output", [heads, sizes.value, features], [features]),
    ]
    var variables: [KerasVariable] = []
    for part in parts {
      let width = part.bias.reduce(1, *)
      let isOutput = part.name == "output"
      variables.append(
        .plain(
          "\(part.name)/kernel", part.kernel, index: 0, part: ["\(part.name)_dense"],
          is: "\(result.name)/\(part.name)_kernel",
          shaped: isOutput
            ? [heads * sizes.value, features] : [part.kernel[0], width]))
      if usesBias {
        variables.append(
          .plain(
            "\(part.name)/bias", part.bias, index: 1, part: ["\(part.name)_dense"],
            is: "\(result.name)/\(part.name)_bias", shaped: [width]))
      }
    }
    graph.declare(variables, for: use)
  }
}
