import Layers

extension GraphTracer {
  /// A value under other extents of the same product: nothing is done where factors can be regrouped,
  /// which is so for all that models usually do.
  ///
  /// - Parameter target: the extents, all known.
  mutating func reshaped(
    _ value: TracedValue, to target: [Int], for operation: Operation
  ) throws -> TracedValue {
    let product = try ConstantArray.count(of: target)
    guard product == value.extents.reduce(1, *) else {
      throw operation.error(
        "expected a shape of as many elements as \(words(value.extents)), found \(words(target))")
    }
    if let result = regrouped(value, to: target) { return result }
    guard value.attention == nil else {
      throw operation.error("rearranges attention in a way that has no counterpart")
    }
    // Axes that share no factors: the elements themselves, in the order of the graph.
    var ordered = try inGraphOrder(value, for: operation)
    let outer = batch.map { [$0] } ?? []
    guard target.first == outer.extent else {
      throw operation.error(
        "reshapes \(words(value.extents)) to \(words(target)), which mixes the batch with other axes"
      )
    }
    let axes = target.dropFirst().map { axis($0) }
    let inner = axes.map(\.extent)
    ordered.node = try add(Reshape(inner), to: [ordered.node], for: operation)
    ordered.storage = axes
    ordered.axes = [outer] + axes
    return ordered
  }

  /// The factors of all axes in their order, handed out to other axes; nil where one would have to be
  /// cut at a place that does not divide it.
  private mutating func regrouped(_ value: TracedValue, to target: [Int]) -> TracedValue? {
    var value = value
    var place = 0
    var axes: [[AxisFactor]] = []
    for extent in target {
      var missing = extent
      var axis: [AxisFactor] = []
      while missing > 1 {
        let factors = value.axes.flatMap { $0 }
        guard place < factors.count else { return nil }
        let next = factors[place]
        if missing % next.extent == 0 {
          missing /= next.extent
          axis.append(next)
        } else if next.extent % missing == 0, !next.isBatch {
          let parts =
            self.axis(missing, isChannels: next.isChannels)
            + self.axis(next.extent / missing, isChannels: next.isChannels)
          value = value.splitting(next, into: parts)
          axis.append(parts[0])
          missing = 1
        } else {
          return nil
        }
        place += 1
      }
      axes.append(axis)
    }
    guard place == value.axes.reduce(0, { $0 + $1.count }) else { return nil }
    value.axes = axes
    return value
  }

  /// A value repeated along axes of extent 1.
  ///
  /// - Parameter target: extents that the value spreads over.
  mutating func expanded(
    _ value: TracedValue, to target: [Int], for operation: Operation
  ) throws -> TracedValue {
    var value = value
    value.axes = Array(repeating: [], count: target.count - value.axes.count) + value.axes
    guard value.extents != target else { return value }
    value = try finished(value, for: operation)
    for (place, extent) in target.enumerated() where value.axes[place].extent != extent {
      guard value.axes[place].isEmpty, extent % GraphTracer.anyBatch != 0 else {
        throw operation.error("spreads a value over the batch, which has no counterpart")
      }
      let axis = self.axis(extent)
      value.node = try add(Repeat(extent), to: [value.node], for: operation)
      value.storage = [axis] + value.storage
      value.axes[place] = axis
    }
    return value
  }

  /// Extents in words, with the batch by its name.
  func words(_ extents: [Int]) -> String {
    let parts = extents.map { extent in
      extent % GraphTracer.anyBatch == 0 && extent > 0
        ? (extent == GraphTracer.anyBatch ? "batch" : "batch·\(extent / GraphTracer.anyBatch)")
        : "\(extent)"
    }
    return "[" + parts.joined(separator: ", ") + "]"
  }
}

// MARK: - Operators

/// Operators that rearrange elements, and those that leave them alone in inference.
enum ViewOperators {
  static let all: [OperatorReader] = [
    OperatorReader("Identity", "Cast", "CastLike", "Dropout", read: same),
    OperatorReader("Reshape", read: reshape),
    OperatorReader("Flatten", read: flatten),
    OperatorReader("Transpose", read: transpose),
    OperatorReader("Squeeze", read: squeeze),
    OperatorReader("Unsqueeze", read: unsqueeze),
    OperatorReader("Expand", read: expand),
  ]

  private static func same(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    var value = try tracer.computed(0, of: operation)
    switch operation.kind {
    case "Cast":
      let type = try operation.integer("to", default: 1)
      operation.passOver("saturate", "round_mode")
      let isReal = [1, 10, 11, 16].contains(type)
      if type == 9, !value.isIndices {
        // A mask of 0 and 1, as all that are made of numbers here.
        value.isTruth = true
        tracer.log.change(operation.label, "its numbers are taken to be 0 and 1")
        return [.computed(value)]
      }
      if isReal { value.isTruth = false }
      if isReal, value.isIndices {
        throw operation.error("makes numbers of indices, which has no counterpart")
      }
      if !isReal, !value.isIndices {
        throw operation.error("makes integers of numbers, which has no counterpart")
      }
    case "Dropout":
      let rate = try tracer.dropoutRate(of: operation)
      operation.passOver("seed", "is_test", "consumed_inputs")
      if operation.hasOutput(1), tracer.graph.uses[operation.node.output[1]] != nil {
        throw operation.error("its mask is used, which has no counterpart")
      }
      if value.attention != nil {
        if value.attention?.stage == .weights { value.attention?.dropout = rate }
      } else {
        value = try tracer.apply(Dropout(rate), to: value, for: operation)
      }
    case "CastLike": operation.passOver("saturate", "round_mode")
    default: operation.passOver("consumed_inputs")
    }
    return [.computed(value)]
  }

  private static func reshape(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    let asked =
      try operation.opset < 5
      ? operation.integers("shape") ?? [] : tracer.integers(1, of: operation) ?? []
    let keepsZero = try operation.flag("allowzero")
    operation.passOver("consumed_inputs")
    return [
      .computed(
        try tracer.reshaped(
          value,
          to: resolved(asked, of: value.extents, keepsZero: keepsZero, operation, tracer),
          for: operation))
    ]
  }

  /// Extents without the marks for "as before" and "what is left".
  static func resolved(
    _ asked: [Int], of extents: [Int], keepsZero: Bool, _ operation: Operation,
    _ tracer: GraphTracer
  ) throws -> [Int] {
    var target = asked
    for (axis, extent) in asked.enumerated() where extent == 0 && !keepsZero {
      guard axis < extents.count else {
        throw operation.error("shape \(asked): axis \(axis) is none of the input's")
      }
      target[axis] = extents[axis]
    }
    let free = target.indices.filter { target[$0] == -1 }
    guard free.count <= 1, target.allSatisfy({ $0 >= -1 }) else {
      throw operation.error("shape: expected extents and at most one -1, found \(asked)")
    }
    guard let place = free.first else { return target }
    target[place] = 1
    let known = try ConstantArray.count(of: target)
    let count = try ConstantArray.count(of: extents)
    guard known > 0, count % known == 0 else {
      throw operation.error(
        "shape \(tracer.words(asked)) does not fit an input of \(tracer.words(extents))")
    }
    target[place] = count / known
    return target
  }

  private static func flatten(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    var value = try tracer.computed(0, of: operation)
    let asked = try operation.integer("axis", default: 1)
    let rank = value.axes.count
    guard asked >= -rank, asked <= rank else {
      throw operation.error("axis: expected one of \(rank), found \(asked)")
    }
    let axis = asked < 0 ? asked + rank : asked
    value.axes = [value.axes[..<axis].flatMap { $0 }, value.axes[axis...].flatMap { $0 }]
    return [.computed(value)]
  }

  private static func transpose(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    return [
      .computed(value.permuted(try order(of: operation, rank: value.axes.count)))
    ]
  }

  /// The order of axes that a transpose asks for.
  static func order(of operation: Operation, rank: Int) throws -> [Int] {
    let order = try operation.integers("perm") ?? Array((0..<rank).reversed())
    guard order.count == rank, Set(order) == Set(0..<rank) else {
      throw operation.error("perm: expected each of \(rank) axes once, found \(order)")
    }
    return order
  }

  private static func squeeze(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    var value = try tracer.computed(0, of: operation)
    let asked = try tracer.axes(of: operation, input: 1, since: 13)
    value.axes = try squeezed(value.axes, asked, isOne: { $0.isEmpty }, operation)
    return [.computed(value)]
  }

  /// Axes without those of extent 1 that are asked for, or without all of them.
  static func squeezed<Axis>(
    _ axes: [Axis], _ asked: [Int]?, isOne: (Axis) -> Bool, _ operation: Operation
  ) throws -> [Axis] {
    guard let asked else { return axes.filter { !isOne($0) } }
    let places = Set(try asked.map { try operation.axis($0, rank: axes.count) })
    for place in places where !isOne(axes[place]) {
      throw operation.error("axis \(place) does not have an extent of 1")
    }
    return axes.indices.filter { !places.contains($0) }.map { axes[$0] }
  }

  private static func unsqueeze(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    var value = try tracer.computed(0, of: operation)
    let asked = try tracer.axes(of: operation, input: 1, since: 13) ?? []
    value.axes = try unsqueezed(value.axes, asked, one: [], operation)
    return [.computed(value)]
  }

  /// Axes with new ones of extent 1 among them.
  static func unsqueezed<Axis>(
    _ axes: [Axis], _ asked: [Int], one: Axis, _ operation: Operation
  ) throws -> [Axis] {
    let rank = axes.count + asked.count
    guard rank <= 64 else { throw operation.error("asks for \(rank) axes") }
    let places = Set(try asked.map { try operation.axis($0, rank: rank) })
    guard places.count == asked.count else {
      throw operation.error("axes: expected different ones, found \(asked)")
    }
    var rest = axes[...]
    return (0..<rank).map { places.contains($0) ? one : rest.removeFirst() }
  }

  private static func expand(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    let asked = try tracer.integers(1, of: operation) ?? []
    let target = try ConstantArray.broadcastExtents(value.extents, asked)
    return [.computed(try tracer.expanded(value, to: target, for: operation))]
  }
}
