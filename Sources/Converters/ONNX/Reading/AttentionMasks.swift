import Layers

extension GraphTracer {
  /// Scores with a constant added: nothing where it is 0 throughout, causal where it hides later steps;
  /// nil where the value is none of scores.
  func masked(
    _ value: TracedValue, by array: ConstantArray, for operation: Operation
  ) throws -> TracedValue? {
    guard var attention = value.attention, attention.stage == .scores else { return nil }
    var result = value
    attention.origins.append(operation.label)
    if array.scalar == 0 {
      result.attention = attention
      return result
    }
    let (targets, sources) = (attention.targets.extent, attention.sources.extent)
    guard array.extents.suffix(2) == [targets, sources], array.count == targets * sources else {
      throw operation.error("a mask of \(array.extents) has no counterpart")
    }
    try ConstantArray.check(array.count, from: array.numbers.count)
    for row in 0..<targets {
      for column in 0..<sources {
        let number = array.real(row * sources + column)
        guard column <= row ? number == 0 : number <= GraphTracer.hiding else {
          throw operation.error(
            "expected a mask of 0, or one that hides later steps; it has another number at "
              + "[\(row), \(column)]")
        }
      }
    }
    attention.isCausal = true
    result.attention = attention
    return result
  }

  /// What is added to a score, or less, to hide a key.
  static let hiding: Float = -1e4

  /// Scores or weights of which a computed mask hides some keys; nil where the node does another thing.
  mutating func hidden(of operation: Operation) throws -> TracedValue? {
    guard case .computed(var mask)? = try input(0, of: operation), mask.isTruth else { return nil }
    let (yes, no) = (try input(1, of: operation), try input(2, of: operation))
    let other: ConstantArray
    let value: TracedValue
    switch (yes, no) {
    case (.computed(let kept)?, .constant(let array)?): (value, other) = (kept, array)
    case (.constant(let array)?, .computed(let kept)?):
      (value, other) = (kept, array)
      guard !mask.hidesLater else { return nil }
      mask = try turnedOver(mask, for: operation)
    default: return nil
    }
    guard let attention = value.attention, let number = other.scalar else { return nil }
    if attention.stage == .weights, number == 0, attention.mask?.node == mask.node {
      return value
    }
    guard attention.stage == .scores, Float(number) <= GraphTracer.hiding else { return nil }
    return try hidden(value, attention, by: mask, operation)
  }

  /// Scores with a computed value added that is 0 for keys that are seen and far below for others; nil
  /// where it is none.
  mutating func hidden(
    _ left: TracedValue, _ right: TracedValue, for operation: Operation
  ) throws -> TracedValue? {
    for (scores, penalty) in [(left, right), (right, left)] {
      guard let attention = scores.attention, attention.stage == .scores,
        penalty.attention == nil, penalty.node >= 0,
        let layer = nodes[penalty.node].layer as? Rescaling, layer.offset == 0,
        Float(layer.scale) <= GraphTracer.hiding
      else { continue }
      // How much a key is hidden, 0 or 1.
      var mask = penalty
      mask.node = nodes[penalty.node].inputs[0]
      return try hidden(scores, attention, by: turnedOver(mask, for: operation), operation)
    }
    return nil
  }

  /// 1 for 0 and 0 for 1.
  mutating func turnedOver(
    _ value: TracedValue, for operation: Operation
  ) throws -> TracedValue {
    var result = value
    if let layer = nodes[value.node].layer as? Rescaling, layer == Rescaling(-1, offset: 1) {
      result.node = nodes[value.node].inputs[0]
    } else {
      result = try apply(Rescaling(-1, offset: 1), to: value, for: operation)
    }
    result.isTruth = true
    return result
  }

  private func hidden(
    _ value: TracedValue, _ attention: PendingAttention, by mask: TracedValue,
    _ operation: Operation
  ) throws -> TracedValue {
    // Over the keys alone, the same for all heads and queries.
    guard attention.mask == nil, let last = mask.axes.last,
      last.extent == attention.sources.extent,
      mask.axes.dropLast().allSatisfy({ $0.isEmpty || $0.contains(where: \.isBatch) }),
      mask.axes.count == value.axes.count
    else {
      throw operation.error(
        "a mask of \(words(mask.extents)) has no counterpart; expected one of keys")
    }
    var attention = attention
    attention.origins.append(operation.label)
    attention.hide(by: mask)
    var result = value
    result.attention = attention
    return result
  }
}
