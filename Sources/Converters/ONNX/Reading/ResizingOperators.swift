import Layers

/// Larger planes, and cells around them.
enum ResizingOperators {
  static let all: [OperatorReader] = [
    OperatorReader("Resize", "Upsample", read: resize),
    OperatorReader("Pad", read: pad),
  ]

  private static func resize(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.positions(tracer.computed(0, of: operation), for: operation)
    let factors = try factors(operation, tracer, extents: value.extents)
    guard factors.count == value.axes.count, factors[0] == 1, factors[1] == 1 else {
      throw operation.error("expected factors of positions only, found \(factors)")
    }
    let whole = try factors.dropFirst(2).map { factor in
      guard let number = Int(exactly: factor.rounded()), abs(factor - Double(number)) < 1e-6,
        (1...(1 << 16)).contains(number)
      else {
        throw operation.error("expected whole factors of 1 or more, found \(factors)")
      }
      return number
    }
    let mode = try operation.text("mode") ?? "nearest"
    let isOld = operation.kind == "Upsample" || operation.opset < 11
    let places =
      try isOld ? "asymmetric" : operation.text("coordinate_transformation_mode") ?? "half_pixel"
    let rounding =
      try isOld ? "floor" : operation.text("nearest_mode") ?? "round_prefer_floor"
    operation.passOver("cubic_coeff_a", "exclude_outside", "extrapolation_value", "antialias")
    let isHalf = places == "half_pixel" || places == "pytorch_half_pixel"
    let layer: any Layer
    switch mode {
    case "nearest":
      // Whole factors: the cell that a new one lies in, by either way of counting.
      guard
        places == "asymmetric" && rounding == "floor"
          || isHalf && rounding.hasPrefix("round_prefer")
      else {
        throw operation.error("nearest with \(places) and \(rounding) has no counterpart")
      }
      layer = whole.count == 1 ? Upsampling1D(whole) : Upsampling2D(whole)
    case "linear" where isHalf && whole.count == 2,
      "bilinear" where isHalf && whole.count == 2:
      layer = Upsampling2D(whole, interpolation: .bilinear)
    default:
      throw operation.error(
        "\(mode) with \(places) over \(whole.count) axes has no counterpart; expected nearest, or "
          + "linear with half_pixel over planes")
    }
    return [.computed(try tracer.windowed(layer, value, for: operation))]
  }

  /// How much larger each axis becomes.
  private static func factors(
    _ operation: Operation, _ tracer: GraphTracer, extents: [Int]
  ) throws -> [Double] {
    if operation.kind == "Upsample", operation.opset < 9 {
      return try operation.reals("scales") ?? []
    }
    let first = operation.kind == "Upsample" || operation.opset < 11 ? 1 : 2
    if try operation.integers("axes") != nil {
      throw operation.error("factors of some axes only (attribute axes) have no counterpart")
    }
    if let policy = try operation.text("keep_aspect_ratio_policy"), policy != "stretch" {
      throw operation.error("keep_aspect_ratio_policy: expected stretch, found '\(policy)'")
    }
    if let scales = try tracer.constant(first, of: operation), scales.count > 0 {
      return (0..<scales.count).map { Double(scales.real($0)) }
    }
    guard let sizes = try tracer.integers(3, of: operation), sizes.count == extents.count else {
      throw operation.error("has neither scales nor sizes")
    }
    return zip(sizes, extents).map { Double($0) / Double($1) }
  }

  private static func pad(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    let isOld = operation.opset < 11
    let stated =
      try isOld
      ? operation.integers("pads") ?? operation.integers("paddings")
      : tracer.integers(1, of: operation)
    let number =
      try isOld
      ? operation.real("value", default: 0) : tracer.scalar(2, of: operation) ?? 0
    let mode = try operation.text("mode") ?? "constant"
    let rank = value.axes.count
    let axes =
      try (isOld ? nil : tracer.integers(3, of: operation))?
      .map { try operation.axis($0, rank: rank) } ?? Array(0..<rank)
    guard let stated, stated.count == 2 * axes.count,
      stated.allSatisfy({ $0.magnitude <= 1 << 16 })
    else {
      throw operation.error("pads: expected two numbers for each of \(axes.count) axes")
    }
    var cells = Array(repeating: [0, 0], count: rank)
    for (index, axis) in axes.enumerated() {
      cells[axis] = [stated[index], stated[index + axes.count]]
    }
    let places = cells.indices.filter { cells[$0] != [0, 0] }
    if places.isEmpty { return [.computed(value)] }
    guard mode == "constant", number == 0 else {
      throw operation.error(
        "pads with \(mode == "constant" ? "\(number)" : "mode \(mode)"), which has no counterpart; "
          + "expected zeros")
    }
    return [.computed(try tracer.bordered(value, cells, places, for: operation))]
  }
}

extension GraphTracer {
  /// Zeros around some axes, or cells taken away there.
  mutating func bordered(
    _ value: TracedValue, _ cells: [[Int]], _ places: [Int], for operation: Operation
  ) throws -> TracedValue {
    let value = try finished(value, for: operation)
    guard !places.contains(where: { value.axes[$0].contains(where: \.isBatch) }) else {
      throw operation.error("pads the batch, which has no counterpart")
    }
    var result = value
    // Two axes at a time, in front of all others; an image's both at once.
    for start in stride(from: 0, to: places.count, by: 2) {
      var pair = Array(places[start..<min(start + 2, places.count)])
      // One axis of an image that is stored as one: both, and nothing along the other.
      if places.count == 1, result.storage.count == 3,
        let other = result.axes.indices.first(where: { other in
          other != places[0] && result.axes[other] == result.storage[0]
            || other != places[0] && result.axes[other] == result.storage[1]
        }),
        result.axes[places[0]] == result.storage[0] || result.axes[places[0]] == result.storage[1]
      {
        pair =
          result.axes[places[0]] == result.storage[0] ? [places[0], other] : [other, places[0]]
      }
      let over = pair.map { result.axes[$0] }
      let inner = Set(over.flatMap { $0 })
      let others = result.storage.flatMap { $0 }.filter { !inner.contains($0) }
      result = try arranged(result, as: over + [others], for: operation)
      for isCropping in [false, true] {
        let amounts = pair.map { place in
          cells[place].map { max(isCropping ? -$0 : $0, 0) }
        }
        guard amounts.contains(where: { $0 != [0, 0] }) else { continue }
        let layer: any Layer =
          switch (amounts.count, isCropping) {
          case (1, false): ZeroPadding1D(amounts)
          case (1, true): Cropping1D(amounts)
          case (_, false): ZeroPadding2D(amounts)
          case (_, true): Cropping2D(amounts)
          }
        result.node = try add(layer, to: [result.node], for: operation)
        let shape = nodes[result.node].output.shape
        for (index, place) in pair.enumerated() {
          let whole = axis(
            shape[index], isFree: result.axes[place].contains(where: \.isFree),
            isChannels: result.axes[place].contains(where: \.isChannels))
          result.axes[place] = whole
          result.storage[index] = whole
        }
      }
    }
    return result
  }
}
