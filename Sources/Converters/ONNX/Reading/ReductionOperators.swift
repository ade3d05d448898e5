import Layers

/// Means, sums and maxima along axes.
enum ReductionOperators {
  static let all: [OperatorReader] = [
    OperatorReader("ReduceMean", "ReduceSum", "ReduceMax", read: reduce),
    OperatorReader("ReduceProd", read: multiply),
  ]

  private static func reduce(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    let asked = try tracer.axes(
      of: operation, input: 1, since: operation.kind == "ReduceSum" ? 13 : 18)
    let keeps = try operation.flag("keepdims", default: true)
    if try operation.flag("noop_with_empty_axes"), asked?.isEmpty ?? true {
      return [.computed(value)]
    }
    let rank = value.axes.count
    let places =
      try (asked?.isEmpty ?? true)
      ? Array(0..<rank) : asked?.map { try operation.axis($0, rank: rank) } ?? []
    let unique = Set(places).sorted()
    let count = unique.reduce(1) { $0 * value.axes[$1].extent }
    var result = try tracer.reduced(
      value, along: unique, keepsAxes: keeps, isMaximum: operation.kind == "ReduceMax",
      for: operation)
    if operation.kind == "ReduceSum", count != 1 {
      guard unique.allSatisfy({ !value.axes[$0].contains(where: \.isFree) }) else {
        throw operation.error("sums along an axis of any extent, which has no counterpart")
      }
      result = try tracer.apply(Rescaling(Double(count)), to: result, for: operation)
    }
    return [.computed(result)]
  }

  /// The product of a few parts, as of both directions of a recurrent layer.
  private static func multiply(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    let asked = try tracer.axes(of: operation, input: 1, since: 18) ?? []
    guard asked.count == 1 else {
      throw operation.error("the product along \(asked.count) axes has no counterpart")
    }
    let place = try operation.axis(asked[0], rank: value.axes.count)
    let extent = value.axes[place].extent
    guard extent <= 8 else {
      throw operation.error("the product along an axis of \(extent) has no counterpart")
    }
    let parts = try (0..<extent).map {
      try tracer.sliced(value, axis: place, $0..<$0 + 1, step: 1, for: operation)
    }
    var result =
      parts.count == 1 ? value : try tracer.merged(Multiply(), parts, for: operation)
    if try !operation.flag("keepdims", default: true) { result.axes.remove(at: place) }
    return [.computed(result)]
  }
}
