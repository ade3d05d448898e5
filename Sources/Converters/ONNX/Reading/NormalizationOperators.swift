import Layers

/// Normalisations.
enum NormalizationOperators {
  static let all: [OperatorReader] = [
    OperatorReader("BatchNormalization", read: batch),
    OperatorReader("LayerNormalization", read: layer),
    OperatorReader("RMSNormalization", "SimplifiedLayerNormalization", read: rootMeanSquare),
    OperatorReader("InstanceNormalization", read: instance),
    OperatorReader("GroupNormalization", read: group),
  ]

  private static func batch(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let epsilon = try operation.real("epsilon", default: 1e-5)
    let momentum = try operation.real("momentum", default: 0.9)
    operation.passOver("spatial", "consumed_inputs", "is_test")
    guard try !operation.flag("training_mode") else {
      throw operation.error("is in training mode, which a file for inference cannot be")
    }
    let value = try tracer.computed(0, of: operation)
    guard value.axes.count >= 2 else {
      throw operation.error("works on \(tracer.words(value.extents))")
    }
    try tracer.checkBatch(of: value, for: operation)
    let finished = try tracer.finished(value, for: operation)
    let channels = finished.axes[1]
    let stored = try tracer.arranged(
      finished, as: tracer.withLast(channels, of: finished, for: operation), for: operation)
    var parameters: [String: TracedParameter] = [:]
    for (index, name) in ["scale", "shift", "running_mean", "running_variance"].enumerated() {
      parameters[name] = try numbers(
        index + 1, of: stored.storage.last ?? [], in: channels, operation, tracer)
    }
    return [
      .computed(
        try tracer.apply(
          BatchNormalization(momentum: momentum, epsilon: epsilon), to: stored,
          parameters: parameters, hint: tracer.hint(of: operation, parameter: 1), for: operation))
    ]
  }

  /// A constant input with one number for each place of an axis, in the order that is stored.
  private static func numbers(
    _ index: Int, of stored: [AxisFactor], in axis: [AxisFactor], _ operation: Operation,
    _ tracer: GraphTracer
  ) throws -> TracedParameter {
    let array = try tracer.neededConstant(index, of: operation)
    guard array.count == axis.extent else {
      throw operation.error(
        "input \(index): expected \(axis.extent) numbers, found \(array.extents)")
    }
    let spread = SpreadConstant(array: array.reshaped([array.count]), factors: axis)
    return TracedParameter(try spread.numbers(in: stored), from: array.sources)
  }

  /// A value whose axes from one on are its innermost axis, and those factors in the order of the graph.
  private static func merged(
    from place: Int, _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> (TracedValue, [AxisFactor]) {
    let value = try tracer.finished(tracer.computed(0, of: operation), for: operation)
    let axis = try operation.axis(place, rank: value.axes.count)
    // Of one that is written as several operators, how many axes they went along.
    if let count = try operation.integer("axis_count"), count != value.axes.count - axis {
      throw operation.error("normalises axes that are not the last ones, which has no counterpart")
    }
    let over = value.axes[axis...].flatMap { $0 }
    return (
      try tracer.arranged(
        value, as: tracer.withLast(over, of: value, for: operation), for: operation), over
    )
  }

  private static func layer(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let epsilon = try operation.real("epsilon", default: 1e-5)
    operation.passOver("stash_type")
    for index in 1...2 where operation.hasOutput(index) {
      if tracer.graph.uses[operation.node.output[index]] != nil {
        throw operation.error("its mean or deviation is used, which has no counterpart")
      }
    }
    let (value, over) = try merged(
      from: operation.integer("axis", default: -1), operation, &tracer)
    var parameters: [String: TracedParameter] = [:]
    for (index, name) in ["scale", "shift"].enumerated()
    where operation.inputName(index + 1) != nil {
      parameters[name] = try numbers(
        index + 1, of: value.storage.last ?? [], in: over, operation, tracer)
    }
    let layer = LayerNormalization(
      epsilon: epsilon, usesScale: parameters["scale"] != nil,
      usesShift: parameters["shift"] != nil)
    return [
      .computed(
        try tracer.apply(
          layer, to: value, parameters: parameters,
          hint: tracer.hint(of: operation, parameter: 1), for: operation))
    ]
  }

  private static func rootMeanSquare(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let epsilon = try operation.real("epsilon", default: 1e-5)
    operation.passOver("stash_type")
    let (value, over) = try merged(
      from: operation.integer("axis", default: -1), operation, &tracer)
    var parameters: [String: TracedParameter] = [:]
    if operation.inputName(1) != nil {
      parameters["scale"] = try numbers(
        1, of: value.storage.last ?? [], in: over, operation, tracer)
    }
    return [
      .computed(
        try tracer.apply(
          RMSNormalization(epsilon: epsilon, usesScale: parameters["scale"] != nil), to: value,
          parameters: parameters, hint: tracer.hint(of: operation, parameter: 1), for: operation))
    ]
  }

  /// Each channel by itself, or each group of channels that a reshape has made one.
  private static func instance(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let epsilon = try operation.real("epsilon", default: 1e-5)
    operation.passOver("consumed_inputs")
    let value = try tracer.computed(0, of: operation)
    guard value.axes.count >= 3 else {
      throw operation.error("works on \(tracer.words(value.extents))")
    }
    try tracer.checkBatch(of: value, for: operation)
    let finished = try tracer.finished(value, for: operation)
    let groups = finished.axes[1]
    // The stored innermost axis, when the groups are its outer part; otherwise the groups by themselves.
    let last = finished.storage.last ?? []
    let isGrouped = Array(last.prefix(groups.count)) == groups && !groups.isEmpty
    let isWhole = groups.isEmpty
    let stored =
      isGrouped || isWhole
      ? finished
      : try tracer.arranged(
        finished, as: tracer.withLast(groups, of: finished, for: operation), for: operation)
    let inner = stored.storage.last ?? []
    var parameters: [String: TracedParameter] = [:]
    for (index, name, plain) in [(1, "scale", Float(1)), (2, "shift", Float(0))] {
      let array = try tracer.neededConstant(index, of: operation)
      guard array.count == groups.extent else {
        throw operation.error(
          "input \(index): expected \(groups.extent) numbers, found \(array.extents)")
      }
      let numbers = try array.reals()
      if numbers.allSatisfy({ $0 == plain }) { continue }
      let width = inner.extent / max(groups.extent, 1)
      _ = try tracer.madeCount(inner.extent, operation)
      parameters[name] = TracedParameter(
        numbers.flatMap { Array(repeating: $0, count: width) }, from: array.sources,
        change: width == 1 ? nil : "one for each channel")
    }
    let layer = GroupNormalization(
      groups.extent, epsilon: epsilon, usesScale: parameters["scale"] != nil,
      usesShift: parameters["shift"] != nil)
    return [
      .computed(
        try tracer.apply(
          layer, to: stored, parameters: parameters,
          hint: tracer.hint(of: operation, parameter: 1), for: operation))
    ]
  }

  private static func group(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let epsilon = try operation.real("epsilon", default: 1e-5)
    operation.passOver("stash_type")
    guard let groups = try operation.integer("num_groups"), groups > 0 else {
      throw operation.error("num_groups: expected 1 or more")
    }
    let value = try tracer.computed(0, of: operation)
    guard value.axes.count >= 2 else {
      throw operation.error("works on \(tracer.words(value.extents))")
    }
    try tracer.checkBatch(of: value, for: operation)
    let finished = try tracer.finished(value, for: operation)
    let channels = finished.axes[1]
    let wanted = try tracer.withLast(channels, of: finished, for: operation)
    // Groups are of neighbouring channels: they have the order of the graph.
    let stored = try tracer.arranged(
      finished, as: Array(wanted.dropLast()) + [channels], for: operation)
    var parameters: [String: TracedParameter] = [:]
    for (index, name) in ["scale", "shift"].enumerated() {
      let array = try tracer.neededConstant(index + 1, of: operation)
      // Before opset 21 one number for each group.
      guard array.count == channels.extent || array.count == groups, channels.extent > 0,
        channels.extent % groups == 0
      else {
        throw operation.error(
          "input \(index + 1): expected \(channels.extent) numbers, found \(array.extents)")
      }
      let width = channels.extent / array.count
      parameters[name] = TracedParameter(
        try array.reals().flatMap { Array(repeating: $0, count: width) }, from: array.sources,
        change: width == 1 ? nil : "one for each channel")
    }
    return [
      .computed(
        try tracer.apply(
          GroupNormalization(groups, epsilon: epsilon), to: stored, parameters: parameters,
          hint: tracer.hint(of: operation, parameter: 1), for: operation))
    ]
  }
}
