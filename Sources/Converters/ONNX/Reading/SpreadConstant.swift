/// A constant beside a computed value, as it spreads over that value's axes.
struct SpreadConstant {
  let array: ConstantArray

  /// The factors along which the constant differs, in the order of its elements.
  let factors: [AxisFactor]

  /// The number; nil where there are several.
  var scalar: Double? { factors.isEmpty ? Double(array.real(0)) : nil }

  /// The numbers in another order of the factors.
  ///
  /// - Precondition: the same factors.
  func numbers(in order: [AxisFactor]) throws -> [Float] {
    let shaped = array.reshaped(factors.map(\.extent))
    let places = order.compactMap { factors.firstIndex(of: $0) }
    return try shaped.permuted(places).reals()
  }
}

extension GraphTracer {
  /// How a constant spreads over the axes of a value.
  ///
  /// - Throws: ``ConversionError`` where it does not, or differs along the batch.
  func spread(
    _ array: ConstantArray, over value: TracedValue, for operation: Operation
  ) throws -> SpreadConstant {
    var extents = array.extents
    while extents.count > value.axes.count, extents.first == 1 { extents.removeFirst() }
    let missing = value.axes.count - extents.count
    guard missing >= 0, array.count > 0 else {
      throw operation.error(
        "a constant of \(array.extents) does not fit a value of \(words(value.extents))")
    }
    var factors: [AxisFactor] = []
    for (place, extent) in extents.enumerated() where extent != 1 {
      let axis = value.axes[place + missing]
      guard axis.extent == extent else {
        throw operation.error(
          "a constant of \(array.extents) does not fit a value of \(words(value.extents))")
      }
      factors += axis
    }
    if array.isUniform { return SpreadConstant(array: array, factors: []) }
    guard !factors.contains(where: \.isBatch) else {
      throw operation.error("a constant differs from row to row of the batch")
    }
    return SpreadConstant(array: array, factors: factors)
  }

  /// A number of parameters that the converter makes itself, which must not be what a header claims.
  func madeCount(_ count: Int, _ operation: Operation) throws -> Int {
    guard count <= 1 << 22 else {
      throw operation.error("would need \(count) parameters that the file does not have")
    }
    return count
  }
}
