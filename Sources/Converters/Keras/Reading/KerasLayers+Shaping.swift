import Formats
import Layers
import Tensors

extension KerasLayers {
  /// The same elements in another shape or order.
  static let shaping: [String: KerasTranslation] = [
    "Flatten": flatten, "Reshape": reshape, "Permute": permute, "RepeatVector": repeated,
  ]

  private static let flatten: KerasTranslation = { use, graph in
    let input = try use.input()
    // With channels first Keras puts them last before it flattens.
    let isFirst = try use.options.isChannelsFirst() && input.shape.rank > 1
    let taken = try isFirst ? graph.channelsLast(input, use) : graph.unmoved(input, use)
    var result = try graph.add(Flatten(), for: use, to: [taken])
    result.root = input.root
    return [result]
  }

  private static let reshape: KerasTranslation = { use, graph in
    let input = try graph.unmoved(use.input(), use)
    guard let shape = try use.options.integers("target_shape", "dims") else {
      throw use.options.error("target_shape: expected extents, found nothing")
    }
    var result = try graph.add(Reshape(shape), for: use, to: [input])
    result.root = input.root
    return [result]
  }

  private static let permute: KerasTranslation = { use, graph in
    let input = try graph.unmoved(use.input(), use)
    guard let axes = try use.options.integers("dims") else {
      throw use.options.error("dims: expected axes, found nothing")
    }
    var result = try graph.add(Permute(axes.map { $0 - 1 }), for: use, to: [input])
    result.root = input.root
    return [result]
  }

  private static let repeated: KerasTranslation = { use, graph in
    let input = try graph.unmoved(use.input(), use)
    var result = try graph.add(Repeat(use.options.integer("n")), for: use, to: [input])
    result.root = input.root
    return [result]
  }
}

extension KerasLayers {
  /// Functions as layers.
  static let activations: [String: KerasTranslation] = [
    "Activation": { use, graph in
      guard let activation = try use.options.activation("activation", era: graph.era) else {
        return [try use.input()]
      }
      return try function(activation, use, graph)
    },
    "ReLU": { use, graph in
      let options = use.options
      let activation = try options.rectifier(
        maximum: options.take(["max_value"])?.number,
        slope: options.number("negative_slope", or: 0),
        threshold: options.number("threshold", or: 0))
      return try function(activation, use, graph)
    },
    "LeakyReLU": { use, graph in
      let slope = try use.options.number("negative_slope", "alpha", or: 0.3)
      return try function(Activation(.leakyReLU, slope: slope), use, graph)
    },
    "ELU": { use, graph in
      let slope = try use.options.number("alpha", or: 1)
      return try function(Activation(.elu, slope: slope), use, graph)
    },
    "Softmax": { use, graph in
      let rank = try use.input().shape.rank
      let axes = try use.options.integers("axis") ?? [-1]
      guard axes == [-1] || axes == [rank] else {
        throw use.options.error("axis", expected: "-1", found: axes)
      }
      guard try use.input().mask == nil else {
        throw use.options.error("a softmax of masked steps has no counterpart")
      }
      return try function(Activation(.softmax), use, graph)
    },
    "PReLU": prelu,
  ]

  private static func function(
    _ activation: Activation, _ use: KerasUse, _ graph: KerasTranslator
  ) throws -> [KerasValue] {
    guard activation.function == .softmax else {
      return try graph.elementwise(activation, for: use)
    }
    return [try graph.add(activation, for: use, to: [graph.unmoved(use.input(), use)])]
  }

  private static let prelu: KerasTranslation = { use, graph in
    let shared = Set(try use.options.integers("shared_axes") ?? [])
    let input = try use.input()
    let rank = input.shape.rank
    var shape = input.shape.dimensions
    for axis in shared where axis >= 1 && axis <= rank { shape[axis - 1] = 1 }
    let taken: KerasValue
    let sharesPositions: Bool
    if rank > 1, shared == Set(1..<rank) {
      (taken, sharesPositions) = (try graph.unmoved(input, use), true)
    } else if rank > 1, shared == Set(2...rank) {
      (taken, sharesPositions) = (try graph.channelsLast(input, use), true)
    } else if shared.isEmpty {
      (taken, sharesPositions) = (try graph.unmoved(input, use), false)
    } else {
      throw use.options.error(
        "shared_axes", expected: "none, or all but that of the channels", found: shared.sorted())
    }
    let initializer =
      use.options.initializer("alpha_initializer", "init", log: &graph.log) ?? .zeros
    var result = try graph.add(
      PReLU(sharesPositions: sharesPositions, initializer: initializer), for: use, to: [taken])
    result.isMoved = taken.isMoved
    graph.declare(
      [
        .plain(
          "alpha", shape, index: 0, is: "\(result.name)/slope",
          shaped: sharesPositions ? [taken.spec.shape.last] : shape)
      ], for: use)
    return [result]
  }
}
