import Formats
import Layers
import Tensors

extension KerasLayers {
  /// Operations between layers, as `x + y` and `x[:, 1:]` make them: a closed table.
  static let operations: [String: KerasTranslation] = [
    "NotEqual": notEqual, "Any": any, "GetItem": slice,
    "LogicalOr": { try both($0, $1, Maximum()) }, "LogicalAnd": { try both($0, $1, Multiply()) },
    "Add": { try combine(Add(), $0, $1) },
    "Subtract": { try combine(Subtract(), $0, $1) },
    "Multiply": { try combine(Multiply(), $0, $1) },
    "Maximum": { try combine(Maximum(), $0, $1) },
    "Minimum": { try combine(Minimum(), $0, $1) },
    "TrueDivide": divide, "Divide": divide,
    "Negative": { use, graph in
      try graph.elementwise(Rescaling(-1), for: use)
    },
    "Concatenate": { use, graph in
      var results = try concatenate(use, graph, axis: use.options.integer("axis", or: -1))
      results[0].mask = nil
      return results
    },
    "Reshape": reshape, "TFOpLambda": named,
    "Relu": { try function(.relu, $0, $1) }, "Relu6": { try function(.relu6, $0, $1) },
    "Sigmoid": { try function(.sigmoid, $0, $1) }, "Tanh": { try function(.tanh, $0, $1) },
    "Softplus": { try function(.softplus, $0, $1) },
    "Softsign": { try function(.softsign, $0, $1) },
    "Silu": { try function(.silu, $0, $1) }, "Selu": { try function(.selu, $0, $1) },
    "Exp": { try function(.exponential, $0, $1) },
    "HardSigmoid": { try function(.hardSigmoid, $0, $1) },
    "HardSilu": { try function(.hardSwish, $0, $1) },
    "Gelu": { use, graph in
      try function(use.options.bool("approximate", or: true) ? .geluTanh : .gelu, use, graph)
    },
    "LeakyRelu": { use, graph in
      let slope = try use.options.number("negative_slope", or: 0.2)
      return try graph.elementwise(Activation(.leakyReLU, slope: slope), for: use)
    },
    "Elu": { use, graph in
      try graph.elementwise(Activation(.elu, slope: use.options.number("alpha", or: 1)), for: use)
    },
  ]

  private static func function(
    _ function: ActivationFunction, _ use: KerasUse, _ graph: KerasTranslator
  ) throws -> [KerasValue] {
    try graph.elementwise(Activation(function), for: use)
  }

  // MARK: - Comparisons

  /// Which elements are not a number: the beginning of a mask.
  private static let notEqual: KerasTranslation = { use, graph in
    guard let number = number(of: use)?.value, let input = use.inputs.first, use.inputs.count == 1
    else { throw use.options.error("expected a value and a number") }
    var result = try graph.unmoved(input, use)
    result.condition = KerasCondition(name: result.name, number: number)
    return [result]
  }

  private static let any: KerasTranslation = { use, graph in
    var input = try use.input()
    guard var condition = input.condition else {
      throw use.options.error("expected a comparison, found a value")
    }
    let axes = try use.options.integers("axis") ?? use.constants["axis"]?.integer.map { [$0] }
    guard axes == nil || axes == [-1] || axes == [input.spec.shape.rank] else {
      throw use.options.error("axis", expected: "-1", found: axes ?? [])
    }
    _ = try use.options.bool("keepdims", or: false)
    condition.isOfSteps = true
    input.condition = condition
    return [input]
  }

  /// Two comparisons, or masks that were made of such, as one.
  private static func both(
    _ use: KerasUse, _ graph: KerasTranslator, _ layer: any Layer
  ) throws -> [KerasValue] {
    let inputs = use.inputs + (use.named["x2"] ?? [])
    let conditions = Set(inputs.map(\.condition))
    if conditions.count == 1, let first = inputs.first, first.condition != nil { return [first] }
    let values = try inputs.map { input in
      guard let condition = input.condition else { return input }
      return try graph.value(of: graph.mask(of: condition, use), use)
    }
    return [try graph.add(layer, for: use, to: values)]
  }

  // MARK: - Arithmetic

  /// The number beside a value, and whether it stands before it.
  private static func number(of use: KerasUse) -> (value: Double, isFirst: Bool)? {
    for (place, argument) in use.call.arguments.enumerated() {
      if case .constant(let json) = argument, let number = json.number {
        return (number, place == 0)
      }
    }
    for name in ["x2", "y"] {
      if let number = use.constants[name]?.number { return (number, false) }
    }
    return nil
  }

  /// Two values, or a value and a number. An operation hands no mask on.
  private static func combine(
    _ layer: any Layer, _ use: KerasUse, _ graph: KerasTranslator
  ) throws -> [KerasValue] {
    var inputs = use.inputs
    for name in ["x2", "y"] { inputs += use.named[name] ?? [] }
    if inputs.count == 1, let number = number(of: use) {
      let rescaling: Rescaling
      switch layer {
      case is Add: rescaling = Rescaling(1, offset: number.value)
      case is Multiply: rescaling = Rescaling(number.value)
      case is Subtract:
        rescaling =
          number.isFirst
          ? Rescaling(-1, offset: number.value) : Rescaling(1, offset: -number.value)
      default: throw use.options.error("with a number it has no counterpart")
      }
      return try graph.elementwise(rescaling, for: use)
    }
    for place in inputs.indices { inputs[place].mask = nil }
    return try merge(layer, use.replacing(inputs: inputs), graph)
  }

  private static let divide: KerasTranslation = { use, graph in
    guard let number = number(of: use), !number.isFirst, number.value != 0, use.inputs.count == 1
    else { throw use.options.error("a division but by a number has no counterpart") }
    return try graph.elementwise(Rescaling(1 / number.value), for: use)
  }

  /// An operation of TensorFlow by its name.
  private static let named: KerasTranslation = { use, graph in
    switch try use.options.text("function", or: "") {
    case "__operators__.add", "math.add": return try combine(Add(), use, graph)
    case "math.subtract": return try combine(Subtract(), use, graph)
    case "math.multiply": return try combine(Multiply(), use, graph)
    case "math.truediv": return try divide(use, graph)
    case "nn.relu": return try function(.relu, use, graph)
    case "math.sigmoid": return try function(.sigmoid, use, graph)
    case "math.tanh": return try function(.tanh, use, graph)
    case let other:
      throw use.options.error("the operation '\(other.prefix(80))' has no counterpart")
    }
  }

  // MARK: - Places

  private static let reshape: KerasTranslation = { use, graph in
    let input = try graph.unmoved(use.input(), use)
    guard let shape = try use.options.integers("newshape"), let batch = shape.first,
      batch == -1 || shape.dropFirst().contains(-1) == false
    else { throw use.options.error("newshape: expected the batch axis first") }
    return [try graph.add(Reshape(Array(shape.dropFirst())), for: use, to: [input])]
  }

  /// Ranges and places along some axes; the first of them is that of the batch.
  private static let slice: KerasTranslation = { use, graph in
    var value = try graph.unmoved(use.input(), use)
    guard use.call.arguments.count == 2 else { throw use.options.error("expected places") }
    let items: [KerasJSON]
    switch use.call.arguments[1] {
    case .list(let list):
      items = list.map { if case .constant(let json) = $0 { json } else { .null } }
    case .constant(let json): items = [json]
    case .tensor: throw use.options.error("places that are computed have no counterpart")
    }
    var isFirstNode = true
    var dropped: Set<Int> = []
    for (place, item) in items.enumerated() {
      let axis = place - 1
      if let index = item.integer, place > 0, index.magnitude < 1 << 40 {
        value = try graph.add(
          Slice(axis: axis, start: index, stop: index == -1 ? nil : index + 1), for: use,
          part: isFirstNode ? nil : "axis_\(axis)", to: [value])
        dropped.insert(axis)
        isFirstNode = false
        continue
      }
      guard item["class_name"]?.text == "__slice__" else {
        throw use.options.error("expected ranges and places, found \(item)")
      }
      let range = item["config"]
      let (start, stop) = (range?["start"]?.integer, range?["stop"]?.integer)
      let step = range?["step"]?.integer ?? 1
      if start == nil, stop == nil, step == 1 { continue }
      guard place > 0 else { throw use.options.error("a range of examples has no counterpart") }
      value = try graph.add(
        Slice(axis: axis, start: start ?? 0, stop: stop, step: step), for: use,
        part: isFirstNode ? nil : "axis_\(axis)", to: [value])
      isFirstNode = false
    }
    guard !dropped.isEmpty else { return [value] }
    let extents = value.spec.shape.dimensions.enumerated().filter { !dropped.contains($0.offset) }
    return [
      try graph.add(Reshape(extents.map(\.element)), for: use, part: "axes", to: [value])
    ]
  }
}
