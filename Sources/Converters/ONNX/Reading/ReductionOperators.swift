import Layers

/// Means, sums and maxima along axes.
enum ReductionOperators {
  static let all: [OperatorReader] = [
    OperatorReader("ReduceMean", "ReduceSum", "ReduceMax", read: reduce)
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
}
