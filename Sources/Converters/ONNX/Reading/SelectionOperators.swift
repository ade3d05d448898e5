import Layers

/// Parts of values, values side by side, and tables of vectors.
enum SelectionOperators {
  static let all: [OperatorReader] = [
    OperatorReader("Gather", read: gather),
    OperatorReader("Slice", read: slice),
    OperatorReader("Split", read: split),
    OperatorReader("Concat", read: concatenate),
    OperatorReader("Where", read: choose),
    OperatorReader("IsNaN", read: isNaN),
    OperatorReader("Tile", read: tile),
    OperatorReader("Equal", read: equal),
    OperatorReader("Not", read: not),
    OperatorReader("And", read: both),
  ]

  private static func gather(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let asked = try operation.integer("axis", default: 0)
    switch (try tracer.input(0, of: operation), try tracer.input(1, of: operation)) {
    case (.constant(let table)?, .computed(let indices)?):
      return [.computed(try embedding(table, indices, asked, operation, &tracer))]
    case (.computed(let value)?, .constant(let places)?):
      let axis = try operation.axis(asked, rank: value.axes.count)
      let extent = value.axes[axis].extent
      let numbers = try places.integers().map { $0 < 0 ? $0 + extent : $0 }
      guard let first = numbers.first, numbers.allSatisfy({ (0..<extent).contains($0) }) else {
        throw operation.error("places of \(extent) expected, found \(numbers.prefix(8))")
      }
      let step = numbers.count > 1 ? numbers[1] - first : 1
      guard step > 0, numbers.indices.allSatisfy({ numbers[$0] == first + $0 * step }) else {
        throw operation.error("takes places that are no range, which has no counterpart")
      }
      var part = try tracer.sliced(
        value, axis: axis, first..<first + (numbers.count - 1) * step + 1, step: step,
        for: operation)
      let chosen = part.axes[axis]
      switch places.extents.count {
      case 0: part.axes.remove(at: axis)
      case 1: break
      default:
        guard places.count == 1 else {
          throw operation.error("takes a table of places, which has no counterpart")
        }
        part.axes.replaceSubrange(
          axis...axis, with: places.extents.map { _ in [] } as [[AxisFactor]])
        part.axes[axis] = chosen
      }
      return [.computed(part)]
    default:
      throw operation.error("takes places that are computed, which has no counterpart")
    }
  }

  private static func embedding(
    _ table: ConstantArray, _ indices: TracedValue, _ axis: Int, _ operation: Operation,
    _ tracer: inout GraphTracer
  ) throws -> TracedValue {
    guard table.extents.count == 2, axis == 0 || axis == -2, indices.isIndices else {
      throw operation.error(
        "expected rows of a table by indices, found places in \(table.extents) along axis \(axis)")
    }
    let node = try tracer.add(
      Embedding(vocabularySize: table.extents[0], dimension: table.extents[1]),
      to: [indices.node],
      parameters: ["kernel": TracedParameter(try table.reals(), from: table.sources)],
      hint: tracer.hint(of: operation, parameter: 0), for: operation)
    let vector = tracer.axis(table.extents[1])
    // A last axis of extent 1 is not kept.
    let kept =
      indices.storage.last?.isEmpty == true ? indices.storage.dropLast() : indices.storage[...]
    return tracer.value(node, storage: kept + [vector], axes: indices.axes + [vector])
  }

  private static func slice(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    var value = try tracer.computed(0, of: operation)
    let isOld = operation.opset < 10
    guard
      let starts = try isOld ? operation.integers("starts") : tracer.integers(1, of: operation),
      let ends = try isOld ? operation.integers("ends") : tracer.integers(2, of: operation)
    else { throw operation.error("starts and ends are missing") }
    let axes =
      try (isOld ? operation.integers("axes") : tracer.integers(3, of: operation))
      ?? Array(starts.indices)
    let steps = try isOld ? nil : tracer.integers(4, of: operation)
    guard ends.count == starts.count, axes.count == starts.count,
      steps.map({ $0.count == starts.count }) ?? true
    else { throw operation.error("starts, ends, axes and steps are not as many") }
    for index in starts.indices {
      let axis = try operation.axis(axes[index], rank: value.axes.count)
      let extent = value.axes[axis].extent
      let step = steps?[index] ?? 1
      if step == -1, starts[index] >= extent - 1 || starts[index] == -1, ends[index] < -extent,
        let turned = tracer.turned(value, axis: axis)
      {
        value = turned
        continue
      }
      guard step > 0 else {
        throw operation.error("a step of \(step) has no counterpart")
      }
      let start = SelectionOperators.place(starts[index], of: extent)
      let end = SelectionOperators.place(ends[index], of: extent)
      guard start < end else {
        throw operation.error("takes nothing: \(starts[index]) to \(ends[index]) of \(extent)")
      }
      value = try tracer.sliced(value, axis: axis, start..<end, step: step, for: operation)
    }
    return [.computed(value)]
  }

  /// A place of an axis, counted from its end where negative, cut to what there is.
  static func place(_ value: Int, of extent: Int) -> Int {
    min(max(value < 0 ? value.addingReportingOverflow(extent).partialValue : value, 0), extent)
  }

  private static func split(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    let axis = try operation.axis(
      operation.integer("axis", default: 0), rank: value.axes.count)
    let extent = value.axes[axis].extent
    let stated =
      try operation.opset < 13 ? operation.integers("split") : tracer.integers(1, of: operation)
    operation.passOver("num_outputs")
    let sizes = try parts(stated, of: extent, operation)
    var start = 0
    return try sizes.map { size in
      defer { start += size }
      return .computed(
        try tracer.sliced(value, axis: axis, start..<start + size, step: 1, for: operation))
    }
  }

  /// The sizes of the parts of a split.
  static func parts(
    _ stated: [Int]?, of extent: Int, _ operation: Operation
  ) throws -> [Int] {
    let count = max(operation.node.output.count, 1)
    let size = (extent + count - 1) / count
    let sizes =
      stated ?? (0..<count).map { min(size, max(extent - $0 * size, 0)) }
    var rest = extent
    for size in sizes {
      guard size > 0, size <= rest else {
        throw operation.error("split: \(sizes) are not the parts of \(extent)")
      }
      rest -= size
    }
    guard rest == 0 else { throw operation.error("split: \(sizes) are not the parts of \(extent)") }
    return sizes
  }

  private static func concatenate(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    var values: [TracedValue] = []
    var (before, after): ([ConstantArray], [ConstantArray]) = ([], [])
    for index in operation.node.input.indices {
      switch try tracer.input(index, of: operation) {
      case .computed(let value):
        guard after.isEmpty else {
          throw operation.error("puts a constant between computed values, without counterpart")
        }
        values.append(value)
      case .constant(let array):
        if values.isEmpty { before.append(array) } else { after.append(array) }
      case nil: throw operation.error("input \(index) is missing")
      }
    }
    guard let first = values.first else { throw operation.error("has no input") }
    let axis = try operation.axis(
      operation.integer("axis", default: 1), rank: first.axes.count)
    guard values.allSatisfy({ $0.axes.count == first.axes.count }) else {
      throw operation.error("puts values of different numbers of axes side by side")
    }
    let whole =
      values.count == 1 ? first : try tracer.concatenated(values, axis: axis, for: operation)
    guard !before.isEmpty || !after.isEmpty else { return [.computed(whole)] }
    return [
      .computed(
        try tracer.surrounded(whole, by: before, after, axis: axis, for: operation))
    ]
  }

  /// Masks of attention, and the guard against rows without any key that PyTorch writes.
  private static func choose(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    if let masked = try tracer.hidden(of: operation) { return [.computed(masked)] }
    if case .computed(let weights)? = try tracer.input(2, of: operation),
      let attention = weights.attention
    {
      if attention.stage == .weights,
        case .computed(let test)? = try tracer.input(0, of: operation),
        test.attention?.stage == .weights,
        case .constant(let zero)? = try tracer.input(1, of: operation), zero.scalar == 0
      {
        return [.computed(weights)]
      }
      if attention.stage == .scores,
        case .constant(let condition)? = try tracer.input(0, of: operation),
        case .constant(let number)? = try tracer.input(1, of: operation),
        let least = number.scalar, least <= -1e4
      {
        let mask = ConstantArray(
          condition.extents,
          .reals((0..<condition.numbers.count).map { condition.real($0) == 0 ? 0 : Float(least) }))
        if let masked = try tracer.masked(weights, by: mask, for: operation) {
          return [.computed(masked)]
        }
      }
    }
    if case .computed(let scores)? = try tracer.input(1, of: operation),
      scores.attention?.stage == .scores,
      case .constant(let condition)? = try tracer.input(0, of: operation),
      case .constant(let number)? = try tracer.input(2, of: operation),
      let least = number.scalar, least <= -1e4
    {
      let mask = ConstantArray(
        condition.extents,
        .reals((0..<condition.numbers.count).map { condition.real($0) != 0 ? 0 : Float(least) }))
      if let masked = try tracer.masked(scores, by: mask, for: operation) {
        return [.computed(masked)]
      }
    }
    throw operation.error("chooses between values, which has no counterpart")
  }

  private static func isNaN(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    guard value.attention?.stage == .weights else {
      throw operation.error("asks for what is not a number, which has no counterpart")
    }
    return [.computed(value)]
  }

  /// Whether indices are one number: what is not padding.
  private static func equal(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    for (place, other) in [(0, 1), (1, 0)] {
      guard case .computed(let value)? = try tracer.input(place, of: operation), value.isIndices,
        case .constant(let array)? = try tracer.input(other, of: operation),
        let number = array.scalar.flatMap({ Int(exactly: $0) }), number >= 0
      else { continue }
      let mask = try tracer.apply(SequenceMask(padding: number), to: value, for: operation)
      var result = try tracer.apply(Rescaling(-1, offset: 1), to: mask, for: operation)
      result.isTruth = true
      return [.computed(result)]
    }
    throw operation.error("compares computed values, which has no counterpart")
  }

  private static func not(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    guard value.isTruth, !value.hidesLater else {
      throw operation.error("turns truths over that have no counterpart")
    }
    return [.computed(try tracer.turnedOver(value, for: operation))]
  }

  /// A mask of keys, and a table that hides later steps.
  private static func both(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    for (place, other) in [(0, 1), (1, 0)] {
      guard case .computed(var mask)? = try tracer.input(place, of: operation), mask.isTruth,
        case .constant(let table)? = try tracer.input(other, of: operation),
        table.extents.count >= 2, table.extents.dropLast(2).allSatisfy({ $0 == 1 })
      else { continue }
      let (rows, columns) = (
        table.extents[table.extents.count - 2], table.extents[table.extents.count - 1]
      )
      try ConstantArray.check(table.count, from: table.numbers.count)
      let hidesLater = (0..<table.count).allSatisfy {
        (table.real($0) != 0) == ($0 % columns <= $0 / columns)
      }
      guard hidesLater, rows > 0 else { continue }
      mask.hidesLater = true
      return [.computed(mask)]
    }
    throw operation.error("joins truths that have no counterpart")
  }

  private static func tile(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    guard let counts = try tracer.integers(1, of: operation), counts.count == value.axes.count,
      counts.allSatisfy({ $0 > 0 }),
      zip(counts, value.axes).allSatisfy({ $0 == 1 || $1.isEmpty })
    else {
      throw operation.error("repeats axes other than those of extent 1, which has no counterpart")
    }
    return [
      .computed(
        try tracer.expanded(
          value, to: zip(counts, value.extents).map { $0 == 1 ? $1 : $0 }, for: operation))
    ]
  }
}

extension GraphTracer {
  /// A sequence that was taken backwards, in the order in which it was; nil where it is none.
  func turned(_ value: TracedValue, axis place: Int) -> TracedValue? {
    guard let plain = backwards[value.node], value.storage.count == 2,
      value.axes[place] == value.storage[0]
    else { return nil }
    var result = value
    result.node = plain
    return result
  }

  /// A range of places along an axis.
  mutating func sliced(
    _ value: TracedValue, axis place: Int, _ range: Range<Int>, step: Int,
    for operation: Operation
  ) throws -> TracedValue {
    let extent = value.axes[place].extent
    if range == 0..<extent, step == 1 { return value }
    var value = try finished(value, for: operation)
    let over = value.axes[place]
    guard !over.contains(where: \.isBatch) else {
      throw operation.error("takes a part of the batch, which has no counterpart")
    }
    // Where the axis is the outer part of a stored one, a range of it is a range of that.
    let home = value.storage.firstIndex { Array($0.prefix(over.count)) == over }
    let target: Int
    if let home {
      target = home
    } else {
      let inner = Set(over)
      let others = value.storage.map { $0.filter { !inner.contains($0) } }.filter { !$0.isEmpty }
      value = try arranged(value, as: others + [over], for: operation)
      target = others.count
    }
    let rest = Array(value.storage[target].dropFirst(over.count))
    if step != 1, !rest.isEmpty {
      var wanted = value.storage
      wanted.replaceSubrange(target...target, with: [over, rest])
      value = try arranged(value, as: wanted, for: operation)
      return try sliced(value, axis: place, range, step: step, for: operation)
    }
    let width = rest.extent
    let isFree = over.contains(where: \.isFree) && range.upperBound == extent
    value.node = try add(
      Slice(
        axis: target, start: range.lowerBound * width,
        stop: range.upperBound == extent ? nil : range.upperBound * width, step: step),
      to: [value.node], for: operation)
    let chosen = axis(
      1 + (range.count - 1) / step, isFree: isFree,
      isChannels: over.contains(where: \.isChannels))
    value.storage[target] = chosen + rest
    value.axes[place] = chosen
    return value
  }
}
