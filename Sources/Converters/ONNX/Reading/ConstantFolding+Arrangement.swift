import Formats

// MARK: - Other places

extension ConstantFolding {
  static let arrangement: [String: Folding] = [
    "Identity": { _, inputs in [try needed(inputs, 0)] },
    "Dropout": { operation, inputs in
      operation.passOver("ratio", "seed", "is_test", "consumed_inputs")
      return [try needed(inputs, 0)]
    },
    "Reshape": reshape, "Flatten": flatten, "Transpose": transpose, "Squeeze": squeeze,
    "Unsqueeze": unsqueeze, "Expand": expand, "Tile": tile, "ConstantOfShape": ofShape,
    "Concat": concatenate, "Gather": gather, "Slice": slice, "Split": split, "Range": range,
    "Trilu": trilu, "ReduceProd": product,
  ]

  private static let reshape: Folding = { operation, inputs in
    let array = try needed(inputs, 0)
    let asked = try integers(operation, inputs, 1, "shape", since: 5) ?? []
    var target = asked
    let keepsZero = try operation.flag("allowzero")
    for (axis, extent) in asked.enumerated() where extent == 0 && !keepsZero {
      guard axis < array.extents.count else { throw ConstantProblem("shape \(asked)") }
      target[axis] = array.extents[axis]
    }
    if let place = target.firstIndex(of: -1) {
      target[place] = 1
      let known = try ConstantArray.count(of: target)
      guard known > 0, array.count % known == 0 else {
        throw ConstantProblem("shape \(asked) does not fit \(array.extents)")
      }
      target[place] = array.count / known
    }
    guard try ConstantArray.count(of: target) == array.count else {
      throw ConstantProblem("shape \(asked) does not fit \(array.extents)")
    }
    return [array.reshaped(target)]
  }

  private static let flatten: Folding = { operation, inputs in
    let array = try needed(inputs, 0)
    let axis = try operation.integer("axis", default: 1)
    let rank = array.extents.count
    guard (-rank...rank).contains(axis) else { throw ConstantProblem("axis \(axis)") }
    let place = axis < 0 ? axis + rank : axis
    return [
      array.reshaped([
        array.extents[..<place].reduce(1, *), array.extents[place...].reduce(1, *),
      ])
    ]
  }

  private static let transpose: Folding = { operation, inputs in
    let array = try needed(inputs, 0)
    return [
      try array.permuted(ViewOperators.order(of: operation, rank: array.extents.count))
    ]
  }

  private static let squeeze: Folding = { operation, inputs in
    let array = try needed(inputs, 0)
    let asked = try integers(operation, inputs, 1, "axes", since: 13)
    return [
      array.reshaped(
        try ViewOperators.squeezed(array.extents, asked, isOne: { $0 == 1 }, operation))
    ]
  }

  private static let unsqueeze: Folding = { operation, inputs in
    let array = try needed(inputs, 0)
    let asked = try integers(operation, inputs, 1, "axes", since: 13) ?? []
    return [
      array.reshaped(try ViewOperators.unsqueezed(array.extents, asked, one: 1, operation))
    ]
  }

  private static let expand: Folding = { _, inputs in
    let array = try needed(inputs, 0)
    // What is the same for all rows of a batch stays one row.
    let target = try needed(inputs, 1).integers().map {
      $0 > 0 && $0 % GraphTracer.anyBatch == 0 ? $0 / GraphTracer.anyBatch : $0
    }
    _ = try ConstantArray.count(of: target)
    return [
      try array.broadcast(to: ConstantArray.broadcastExtents(array.extents, target))
    ]
  }

  private static let tile: Folding = { _, inputs in
    let array = try needed(inputs, 0)
    let counts = try needed(inputs, 1).integers()
    guard counts.count == array.extents.count, counts.allSatisfy({ $0 >= 0 }) else {
      throw ConstantProblem("repeats \(counts) do not fit \(array.extents)")
    }
    // [a, b] repeated is [m, a, n, b] with nothing done along m and n.
    let strides = array.strides
    let extents = zip(counts, array.extents).flatMap { [$0, $1] }
    let whole = zip(counts, array.extents).map { $0.multipliedReportingOverflow(by: $1) }
    guard !whole.contains(where: \.overflow) else { throw ConstantProblem("repeats \(counts)") }
    return [
      try array.strided(extents, strides: strides.flatMap { [0, $0] })
        .reshaped(whole.map(\.partialValue))
    ]
  }

  private static let ofShape: Folding = { operation, inputs in
    let extents = try needed(inputs, 0).integers()
    let count = try ConstantArray.count(of: extents)
    guard let tensor = try operation.tensor("value") else {
      return [ConstantArray(extents, .reals(count == 0 ? [] : [0]))]
    }
    let numbers = try tensor.numbers(in: "value")
    guard numbers.count == 1 else { throw ConstantProblem("value: expected one number") }
    return [ConstantArray(extents, count == 0 ? .integers([]) : numbers)]
  }

  private static let concatenate: Folding = { operation, inputs in
    let arrays = try inputs.indices.map { try needed(inputs, $0) }
    guard let first = arrays.first else { throw ConstantProblem("has no input") }
    let axis = try operation.axis(
      operation.integer("axis", default: 1), rank: first.extents.count)
    var extents = first.extents
    extents[axis] = 0
    for array in arrays {
      var other = array.extents
      guard other.count == extents.count else {
        throw ConstantProblem("\(first.extents) and \(other) do not fit together")
      }
      let (sum, overflow) = extents[axis].addingReportingOverflow(other[axis])
      other[axis] = extents[axis]
      guard other == extents, !overflow else {
        throw ConstantProblem("\(first.extents) and \(array.extents) do not fit together")
      }
      extents[axis] = sum
    }
    let count = try ConstantArray.count(of: extents)
    if let scalar = first.scalar, arrays.allSatisfy({ $0.isUniform && $0.scalar == scalar }) {
      return [ConstantArray(extents, first.numbers)]
    }
    try ConstantArray.check(count, from: arrays.reduce(0) { $0 + $1.numbers.count })
    let outer = extents[..<axis].reduce(1, *)
    func joined<Number>(_ number: (ConstantArray, Int) -> Number) -> [Number] {
      var numbers: [Number] = []
      numbers.reserveCapacity(count)
      for row in 0..<outer {
        for array in arrays where array.count > 0 {
          let width = array.count / outer
          for place in row * width..<(row + 1) * width { numbers.append(number(array, place)) }
        }
      }
      return numbers
    }
    let isReal = arrays.contains { $0.isReal && $0.count > 0 }
    return [
      ConstantArray(
        extents,
        isReal ? .reals(joined { $0.real($1) }) : .integers(joined { $0.integer($1) }))
    ]
  }

  private static let gather: Folding = { operation, inputs in
    let (array, places) = (try needed(inputs, 0), try needed(inputs, 1))
    let axis = try operation.axis(
      operation.integer("axis", default: 0), rank: array.extents.count)
    let extent = array.extents[axis]
    let numbers = try places.integers().map { $0 < 0 ? $0 + extent : $0 }
    guard numbers.allSatisfy({ (0..<extent).contains($0) }) else {
      throw ConstantProblem("places of \(extent) expected, found \(numbers.prefix(8))")
    }
    let outer = array.extents[..<axis].reduce(1, *)
    let inner = array.extents[(axis + 1)...].reduce(1, *)
    let extents = Array(array.extents[..<axis]) + places.extents + array.extents[(axis + 1)...]
    let count = try ConstantArray.count(of: extents)
    if array.isUniform { return [ConstantArray(extents, array.numbers)] }
    try ConstantArray.check(count, from: array.numbers.count)
    var picks: [Int] = []
    picks.reserveCapacity(count)
    for row in 0..<outer {
      for place in numbers {
        let start = (row * extent + place) * inner
        picks += start..<start + inner
      }
    }
    return [array.picked(picks, extents)]
  }

  private static let slice: Folding = { operation, inputs in
    var array = try needed(inputs, 0)
    let isOld = operation.opset < 10
    guard let starts = try integers(operation, inputs, 1, "starts", since: 10),
      let ends = try integers(operation, inputs, 2, "ends", since: 10)
    else { throw ConstantProblem("starts and ends are missing") }
    let axes = try integers(operation, inputs, 3, "axes", since: 10) ?? Array(starts.indices)
    let steps =
      try (isOld ? nil : integers(operation, inputs, 4, "steps", since: 10))
      ?? starts.map { _ in 1 }
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count
    else { throw ConstantProblem("starts, ends, axes and steps are not as many") }
    for index in starts.indices {
      let axis = try operation.axis(axes[index], rank: array.extents.count)
      let (extent, step) = (array.extents[axis], steps[index])
      guard step != 0, step.magnitude < 1 << 40 else { throw ConstantProblem("a step of \(step)") }
      var extents = array.extents
      var strides = array.strides
      let first: Int
      if step > 0 {
        first = SelectionOperators.place(starts[index], of: extent)
        let end = SelectionOperators.place(ends[index], of: extent)
        extents[axis] = max((end - first + step - 1) / step, 0)
      } else {
        first = min(SelectionOperators.place(starts[index], of: extent), extent - 1)
        let end =
          ends[index] < 0 && ends[index] < -extent
          ? -1 : SelectionOperators.place(ends[index], of: extent)
        extents[axis] = max((first - end - step - 1) / -step, 0)
      }
      let offset = max(first, 0) * strides[axis]
      strides[axis] *= step
      array = try array.strided(extents, strides: strides, offset: offset)
    }
    return [array]
  }

  private static let split: Folding = { operation, inputs in
    let array = try needed(inputs, 0)
    let axis = try operation.axis(
      operation.integer("axis", default: 0), rank: array.extents.count)
    operation.passOver("num_outputs")
    let stated = try integers(operation, inputs, 1, "split", since: 13)
    let sizes = try SelectionOperators.parts(stated, of: array.extents[axis], operation)
    var start = 0
    return try sizes.map { size in
      defer { start += size }
      var extents = array.extents
      extents[axis] = size
      return try array.strided(
        extents, strides: array.strides, offset: start * array.strides[axis])
    }
  }

  private static let range: Folding = { _, inputs in
    let (start, end, step) = (
      try needed(inputs, 0), try needed(inputs, 1), try needed(inputs, 2)
    )
    guard let first = start.scalar, let last = end.scalar, let step = step.scalar, step != 0,
      let count = Int(exactly: max(((last - first) / step).rounded(.up), 0))
    else { throw ConstantProblem("expected a range of numbers") }
    try ConstantArray.check(count, from: 1)
    let numbers = (0..<count).map { first + Double($0) * step }
    return [
      ConstantArray(
        [count],
        start.isReal
          ? .reals(numbers.map { Float($0) }) : .integers(numbers.map { Int(exactly: $0) ?? 0 }))
    ]
  }

  private static let trilu: Folding = { operation, inputs in
    let array = try needed(inputs, 0)
    let isUpper = try operation.flag("upper", default: true)
    let shift = inputs.count > 1 ? inputs[1]?.scalar.flatMap { Int(exactly: $0) } ?? 0 : 0
    let rank = array.extents.count
    guard rank >= 2, shift.magnitude < 1 << 40 else { throw ConstantProblem("expected matrices") }
    let (rows, columns) = (array.extents[rank - 2], array.extents[rank - 1])
    try ConstantArray.check(array.count, from: array.numbers.count)
    func isKept(_ place: Int) -> Bool {
      let (row, column) = (place / columns % rows, place % columns)
      return isUpper ? column - row >= shift : column - row <= shift
    }
    return [
      ConstantArray(
        array.extents,
        array.isReal
          ? .reals((0..<array.count).map { isKept($0) ? array.real($0) : 0 })
          : .integers((0..<array.count).map { isKept($0) ? array.integer($0) : 0 }))
    ]
  }

  private static let product: Folding = { operation, inputs in
    let array = try needed(inputs, 0)
    let axes = try integers(operation, inputs, 1, "axes", since: 18)
    let keeps = try operation.flag("keepdims", default: true)
    operation.passOver("noop_with_empty_axes")
    guard array.extents.count == 1, axes == nil || axes == [0] || axes == [-1] else {
      throw ConstantProblem("expected the product of a list")
    }
    let numbers = try array.integers()
    return [ConstantArray(keeps ? [1] : [], .integers([try ConstantArray.count(of: numbers)]))]
  }
}
