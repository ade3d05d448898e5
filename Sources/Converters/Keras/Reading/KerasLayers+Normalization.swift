import Formats
import Layers
import Tensors

extension KerasLayers {
  /// Normalisations.
  static let normalizations: [String: KerasTranslation] = [
    "BatchNormalization": batch, "BatchNormalizationV1": batch, "BatchNormalizationV2": batch,
    "LayerNormalization": layered, "GroupNormalization": grouped, "RMSNormalization": rootMean,
    "Normalization": fixed,
    "Rescaling": { use, graph in
      let layer = try Rescaling(
        use.options.number("scale", or: 1), offset: use.options.number("offset", or: 0))
      return try graph.elementwise(layer, for: use)
    },
  ]

  /// The input with the axis that is normalised last.
  ///
  /// - Parameter axes: as the file has them, counted with the batch axis.
  private static func input(
    _ use: KerasUse, _ graph: KerasTranslator, along axes: [Int]
  ) throws -> KerasValue {
    let input = try use.input()
    let rank = input.shape.rank
    if axes == [-1] || axes == [rank] { return try graph.unmoved(input, use) }
    if axes == [1] || axes == [-rank] { return try graph.channelsLast(input, use) }
    throw use.options.error(
      "axis", expected: "the first or the last of an example", found: axes)
  }

  /// The factor and the offset of a normalisation that has them.
  private static func variables(
    _ use: KerasUse, _ result: KerasValue, scales: Bool, shifts: Bool
  ) -> [KerasVariable] {
    let channels = [result.spec.shape.last]
    var variables: [KerasVariable] = []
    if scales {
      variables.append(.plain("gamma", channels, index: 0, is: "\(result.name)/scale"))
    }
    if shifts {
      variables.append(
        .plain("beta", channels, index: variables.count, is: "\(result.name)/shift"))
    }
    return variables
  }

  private static let batch: KerasTranslation = { use, graph in
    let options = use.options
    if let mode = options.take(["mode"]), mode.integer != 0 {
      throw options.error("mode", expected: "0", found: mode)
    }
    try options.require("renorm", is: false, "batch renormalisation has no counterpart")
    _ = (options.take(["renorm_momentum"]), options.take(["renorm_clipping"]))
    let input = try input(use, graph, along: options.integers("axis") ?? [-1])
    let scales = try options.bool("scale", or: true)
    let shifts = try options.bool("center", or: true)
    for name in ["beta", "gamma", "moving_mean", "moving_variance"] {
      _ = options.take(["\(name)_initializer"])
    }
    _ = options.take(["gamma_init", "beta_init"])
    let layer = try BatchNormalization(
      momentum: options.number("momentum", or: 0.99),
      epsilon: options.number("epsilon", or: 1e-3), usesScale: scales, usesShift: shifts,
      followsUnbiasedVariance: false)
    var result = try graph.add(layer, for: use, to: [input])
    result.isMoved = input.isMoved
    var variables = variables(use, result, scales: scales, shifts: shifts)
    let channels = [result.spec.shape.last]
    for name in ["mean", "variance"] {
      variables.append(
        .plain(
          "moving_\(name)", channels, index: variables.count, isTrainable: false,
          is: "\(result.name)/running_\(name)"))
    }
    graph.declare(variables, for: use)
    if input.mask != nil {
      graph.log.change(
        options.subject, "in training steps that a mask leaves out count for its statistics too")
    }
    return [result]
  }

  private static let layered: KerasTranslation = { use, graph in
    let options = use.options
    try options.require("rms_scaling", is: false, "it has no counterpart")
    let input = try use.input()
    let axes = try options.integers("axis") ?? [-1]
    guard axes == [-1] || axes == [input.shape.rank] else {
      throw options.error("axis", expected: "the last axis alone", found: axes)
    }
    let scales = try options.bool("scale", or: true)
    let shifts = try options.bool("center", or: true)
    let layer = try LayerNormalization(
      epsilon: options.number("epsilon", or: 1e-3), usesScale: scales, usesShift: shifts)
    _ = (options.take(["beta_initializer"]), options.take(["gamma_initializer"]))
    let result = try graph.add(layer, for: use, to: [graph.unmoved(input, use)])
    graph.declare(variables(use, result, scales: scales, shifts: shifts), for: use)
    return [result]
  }

  private static let grouped: KerasTranslation = { use, graph in
    let options = use.options
    let input = try input(use, graph, along: options.integers("axis") ?? [-1])
    let scales = try options.bool("scale", or: true)
    let shifts = try options.bool("center", or: true)
    var groups = try options.integer("groups", or: 32)
    if groups == -1 { groups = input.spec.shape.last }
    let layer = try GroupNormalization(
      groups, epsilon: options.number("epsilon", or: 1e-3), usesScale: scales, usesShift: shifts)
    _ = (options.take(["beta_initializer"]), options.take(["gamma_initializer"]))
    var result = try graph.add(layer, for: use, to: [input])
    result.isMoved = input.isMoved
    graph.declare(variables(use, result, scales: scales, shifts: shifts), for: use)
    return [result]
  }

  private static let rootMean: KerasTranslation = { use, graph in
    let input = try use.input()
    let axes = try use.options.integers("axis") ?? [-1]
    guard axes == [-1] || axes == [input.shape.rank] else {
      throw use.options.error("axis", expected: "the last axis alone", found: axes)
    }
    let layer = try RMSNormalization(epsilon: use.options.number("epsilon", or: 1e-6))
    let result = try graph.add(layer, for: use, to: [graph.unmoved(input, use)])
    graph.declare(
      [.plain("scale", [result.spec.shape.last], index: 0, is: "\(result.name)/scale")], for: use)
    return [result]
  }

  private static let fixed: KerasTranslation = { use, graph in
    let options = use.options
    try options.require("invert", is: false, "it has no counterpart")
    let input = try use.input()
    let axes = try options.integers("axis") ?? []
    guard axes.isEmpty || axes == [-1] || axes == [input.shape.rank] else {
      throw options.error("axis", expected: "the last axis alone", found: axes)
    }
    let channels = input.shape.last
    // One number may stand for all channels.
    guard channels < 1 << 20 else {
      throw options.error("expected fewer than \(1 << 20) channels, found \(channels)")
    }
    let result = try graph.add(Normalization(), for: use, to: [graph.unmoved(input, use)])
    let given = ["mean", "variance"].map { options.take([$0]) }
    if given.contains(where: { $0 != nil }) {
      for (name, value) in zip(["mean", "variance"], given) {
        let numbers = KerasLayers.numbers(value)
        guard numbers.count == 1 || numbers.count == channels else {
          throw options.error(name, expected: "\(channels) number(s)", found: numbers.count)
        }
        let all =
          numbers.count == channels ? numbers : Array(repeating: numbers[0], count: channels)
        graph.give(Tensor(all), to: "\(result.name)/\(name)")
      }
      return [result]
    }
    // One mean for all channels is stored without an axis.
    let shape = axes.isEmpty ? [] : [channels]
    func variable(_ name: String, _ index: Int) -> KerasVariable {
      let path = "\(result.name)/\(name)"
      return KerasVariable(
        name: name, shape: shape, index: index, isTrainable: false,
        parameters: { tensor in
          let values: [Float] = tensor.elements()
          let isOne = values.count == 1 && channels != 1
          return [(path, Tensor(isOne ? Array(repeating: values[0], count: channels) : values))]
        })
    }
    graph.declare(
      [variable("mean", 0), variable("variance", 1), .unused("count", [], index: 2)], for: use)
    return [result]
  }

  /// The numbers of nested lists.
  private static func numbers(_ json: KerasJSON?) -> [Float] {
    guard let json else { return [] }
    if let number = json.number { return [Float(number)] }
    return (json.list ?? []).flatMap { numbers($0) }
  }

  /// What is done in training alone.
  static let regularizations: [String: KerasTranslation] = [
    "Dropout": { use, graph in
      if let shape = use.options.take(["noise_shape"]) {
        try graph.loseInTraining(
          "\(use.options.subject) noise_shape", "\(shape): every element is dropped by itself here")
      }
      return try graph.elementwise(Dropout(use.options.number("rate", "p", or: 0)), for: use)
    },
    "SpatialDropout1D": { try spatialDropout($0, $1) },
    "SpatialDropout2D": { try spatialDropout($0, $1) },
    "GaussianNoise": { use, graph in
      try graph.elementwise(GaussianNoise(use.options.number("stddev", "sigma", or: 0)), for: use)
    },
    "AlphaDropout": { try leaveOut($0, $1) },
    "GaussianDropout": { try leaveOut($0, $1) },
  ]

  private static func spatialDropout(
    _ use: KerasUse, _ graph: KerasTranslator
  ) throws -> [KerasValue] {
    let layer = try SpatialDropout(use.options.number("rate", "p", or: 0))
    return [
      try graph.spatial(layer, for: use, isChannelsFirst: use.options.isChannelsFirst()).output
    ]
  }

  private static func leaveOut(
    _ use: KerasUse, _ graph: KerasTranslator
  ) throws -> [KerasValue] {
    _ = use.options.take(["rate", "p"])
    try graph.loseInTraining(use.options.subject, "'\(use.layer.className)' has no counterpart")
    var input = try use.input()
    input.root = nil
    return [input]
  }
}
