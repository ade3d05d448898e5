import Layers

extension GraphTracer {
  /// The product of two computed values: scores of queries and keys, or what weights make of values.
  mutating func attended(
    _ first: TracedValue, _ second: TracedValue, for operation: Operation
  ) throws -> TracedValue {
    // Heads of one attention can be part of another.
    let left = try first.attention?.stage == .heads ? finished(first, for: operation) : first
    let right = try second.attention?.stage == .heads ? finished(second, for: operation) : second
    let rank = left.axes.count
    guard rank >= 2, right.axes.count == rank else {
      throw operation.error(
        "multiplies \(words(left.extents)) by \(words(right.extents)), which has no counterpart")
    }
    let leading = left.axes[..<(rank - 2)]
    guard leading.map(\.extent) == right.axes[..<(rank - 2)].map(\.extent),
      left.axes[rank - 1].extent == right.axes[rank - 2].extent
    else {
      throw operation.error(
        "multiplies \(words(left.extents)) by \(words(right.extents)), which has no counterpart")
    }
    if let attention = left.attention {
      guard attention.stage == .weights, right.attention == nil,
        left.axes[rank - 1] == attention.sources
      else {
        throw operation.error("expected weights of attention and values")
      }
      return try weighted(left, attention, right, operation)
    }
    guard right.attention == nil else {
      throw operation.error("expected queries and keys of attention")
    }
    let heads = leading.flatMap { $0 }.filter { !$0.isBatch }
    // The steps of the keys have names of their own: those of the queries stand beside them.
    let sources = axis(right.axes[rank - 1].extent)
    let targets = left.axes[rank - 2]
    return TracedValue(
      node: -1, storage: [heads, targets, sources],
      axes: Array(leading) + [targets, sources],
      attention: PendingAttention(
        query: left, key: right, heads: heads, targets: targets, sources: sources,
        origin: operation.label))
  }

  private mutating func weighted(
    _ left: TracedValue, _ attention: PendingAttention, _ right: TracedValue,
    _ operation: Operation
  ) throws -> TracedValue {
    let rank = left.axes.count
    var attention = attention
    attention.origins.append(operation.label)
    let width = axis(right.axes[rank - 1].extent)
    attention.apply(to: right, width: width)
    return TracedValue(
      node: -1, storage: [attention.targets, attention.heads + width],
      axes: Array(left.axes[..<(rank - 1)]) + [width], attention: attention)
  }

  /// A value whose attention has its layer.
  ///
  /// - Throws: ``ConversionError`` where it is in the middle of it.
  mutating func finished(
    _ value: TracedValue, for operation: Operation
  ) throws -> TracedValue {
    guard let attention = value.attention else { return value }
    guard attention.stage == .heads else {
      throw operation.error(
        "uses the product of two computed values (\(attention.origins[0])), which has a counterpart "
          + "in attention only")
    }
    let units = (attention.heads + attention.width).extent
    let identity = try identityMatrix(units, operation)
    guard
      let result = try attended(
        value, attention, output: TracedParameter(identity, change: nil), units: units, nil,
        operation)
    else {
      throw operation.error(
        "attention has \(units) outputs and other queries, and no dense layer behind it")
    }
    return result
  }

  private func identityMatrix(_ size: Int, _ operation: Operation) throws -> [Float] {
    let (count, overflow) = size.multipliedReportingOverflow(by: size)
    guard !overflow else { throw operation.error("has \(size) features") }
    var matrix = Array(repeating: Float(0), count: try madeCount(count, operation))
    for index in 0..<size { matrix[index * size + index] = 1 }
    return matrix
  }

  /// Heads and the dense layer behind them.
  mutating func projected(
    _ value: TracedValue, _ attention: PendingAttention, axis place: Int,
    _ kernel: ConstantArray, _ hint: String?, _ operation: Operation
  ) throws -> TracedValue? {
    let over = value.axes[place]
    let inner = attention.heads + attention.width
    guard Set(over) == Set(value.storage[1]), over.count == value.storage[1].count else {
      return nil
    }
    let rows = try kernelRows(kernel, over, in: value.storage[1])
    guard
      var result = try attended(
        value, attention,
        output: TracedParameter(
          try rows.reals(), from: kernel.sources,
          change: over == inner ? nil : "its rows in the order of our axes"),
        units: kernel.extents[1], hint, operation)
    else { return nil }
    let new = axis(kernel.extents[1])
    result.axes = value.axes
    result.axes[place] = new
    result.storage[1] = new
    return result
  }
}

// MARK: - The layer

extension GraphTracer {
  /// The layer of attention; nil where its output has not as many features as its queries.
  private mutating func attended(
    _ value: TracedValue, _ attention: PendingAttention, output: TracedParameter, units: Int,
    _ hint: String?, _ operation: Operation
  ) throws -> TracedValue? {
    guard let values = attention.value else { return nil }
    let query = try projection(of: attention.query, stepsAreLast: false, operation)
    let key = try projection(of: attention.key, stepsAreLast: true, operation)
    let sums = try projection(of: values, stepsAreLast: false, operation)
    guard nodes[query.source].output.shape.last == units else { return nil }
    let size = attention.query.axes.last?.extent ?? 1
    let valueSize = values.axes.last?.extent ?? 1
    let factor = query.factor * key.factor * attention.factor * Double(size).squareRoot()
    let projections = [
      ("query", abs(factor - 1) < 2e-6 ? query : query.scaled(by: Float(factor))),
      ("key", key), ("value", sums.scaled(by: Float(sums.factor))),
    ]
    var parameters: [String: TracedParameter] = ["output_kernel": output]
    parameters["output_bias"] = TracedParameter(
      Array(repeating: 0, count: try madeCount(units, operation)))
    for (name, part) in projections {
      parameters["\(name)_kernel"] = part.kernel
      parameters["\(name)_bias"] = part.bias
    }
    var inputs =
      query.source == key.source && key.source == sums.source
      ? [query.source]
      : key.source == sums.source
        ? [query.source, key.source] : [query.source, key.source, sums.source]
    if let mask = attention.mask {
      inputs.append(
        try arranged(mask, as: [mask.axes.last ?? []], for: operation).node)
    }
    let node = try add(
      MultiHeadAttention(
        heads: attention.heads.extent, keySize: size,
        valueSize: valueSize == size ? nil : valueSize,
        isCausal: attention.isCausal, isMasked: attention.mask != nil, dropout: attention.dropout),
      to: inputs, parameters: parameters, hint: hint, for: operation)
    nodes[node].origins = attention.origins + [operation.label]
    for part in [query, key, sums] {
      for absorbed in part.absorbed { successors[absorbed] = node }
    }
    var result = value
    result.attention = nil
    result.node = node
    return result
  }

  /// Queries, keys or values as a dense layer of a sequence.
  private mutating func projection(
    of value: TracedValue, stepsAreLast: Bool, _ operation: Operation
  ) throws -> AttentionProjection {
    let rank = value.axes.count
    let steps = value.axes[rank - (stepsAreLast ? 1 : 2)]
    let heads = value.axes[..<(rank - 2)].flatMap { $0 }.filter { !$0.isBatch }
    let inner = heads + value.axes[rank - (stepsAreLast ? 2 : 1)]
    let value = try finished(value, for: operation)
    let last = value.storage.last ?? []
    // Steps in their order, features in any: the columns of the kernel follow.
    let isPlain =
      value.storage.dropLast().flatMap { $0 } == steps && Set(last) == Set(inner)
    let stored =
      try isPlain ? value : arranged(value, as: [steps, inner], for: operation)
    var found = AttentionProjection(source: stored.node)
    if isPlain, let kernel = absorbedKernel(&found, width: inner.extent) {
      found.kernel = try columns(kernel.kernel, of: last, in: inner)
      found.bias = try columns(kernel.bias, of: last, in: inner)
    } else {
      let whole = try arranged(stored, as: [steps, inner], for: operation)
      found = AttentionProjection(source: whole.node)
      found.kernel = TracedParameter(try identityMatrix(inner.extent, operation))
      found.bias = TracedParameter(Array(repeating: 0, count: inner.extent))
    }
    // As a sequence, whatever axes its steps have.
    let shape = nodes[found.source].output.shape
    if shape.rank != 2 {
      found.source = try add(
        Reshape([steps.extent, shape.last]), to: [found.source], for: operation)
    }
    return found
  }

  /// The kernel `[in, width]` and bias of the dense layer that a projection is, seen through scales and
  /// through a slice of its columns.
  private func absorbedKernel(
    _ found: inout AttentionProjection, width: Int
  ) -> (kernel: TracedParameter, bias: TracedParameter)? {
    var (first, factor, absorbed) = (0, 1.0, [Int]())
    var node = found.source
    while let layer = nodes[node].layer {
      absorbed.append(node)
      switch layer {
      case let layer as Rescaling where layer.offset == 0:
        factor *= layer.scale
      case let layer as Slice where layer.step == 1:
        let rank = nodes[node].output.shape.rank
        guard layer.axis == -1 || layer.axis == rank - 1, layer.start >= 0 else { return nil }
        first += layer.start
      case let layer as Dense:
        guard let kernel = nodes[node].parameters["kernel"] else { return nil }
        let rows = kernel.numbers.count / layer.units
        var numbers: [Float] = []
        numbers.reserveCapacity(rows * width)
        for row in 0..<rows {
          let start = row * layer.units + first
          numbers += kernel.numbers[start..<start + width]
        }
        let isPart = width != layer.units
        let bias = nodes[node].parameters["bias"]
        found.source = nodes[node].inputs[0]
        found.factor = factor
        found.absorbed = absorbed
        return (
          TracedParameter(
            numbers, from: kernel.sources,
            change: isPart ? "its columns \(first) to \(first + width - 1)" : kernel.change),
          TracedParameter(
            bias.map { Array($0.numbers[first..<first + width]) }
              ?? Array(repeating: 0, count: width),
            from: bias?.sources ?? [],
            change: bias != nil && isPart ? "its elements \(first) to \(first + width - 1)" : nil)
        )
      default: return nil
      }
      node = nodes[node].inputs[0]
    }
    return nil
  }

  /// The columns of a kernel, or the elements of a bias, in another order of factors.
  private func columns(
    _ parameter: TracedParameter, of stored: [AxisFactor], in wanted: [AxisFactor]
  ) throws -> TracedParameter {
    guard stored != wanted else { return parameter }
    let rows = parameter.numbers.count / stored.extent
    let array = ConstantArray([rows] + stored.map(\.extent), .reals(parameter.numbers))
    let places = wanted.compactMap { factor in stored.firstIndex(of: factor).map { $0 + 1 } }
    return TracedParameter(
      try array.permuted([0] + places).reals(), from: parameter.sources,
      change: "its columns in the order of our axes")
  }
}

/// A dense layer that gives queries, keys or values.
private struct AttentionProjection {
  /// The node that it takes.
  var source: Int
  var kernel = TracedParameter([])
  var bias = TracedParameter([])
  /// What its output is multiplied with.
  var factor = 1.0
  /// The nodes that it stands for.
  var absorbed: [Int] = []

  init(source: Int) { self.source = source }

  /// With the factor in its numbers.
  func scaled(by factor: Float) -> AttentionProjection {
    guard factor != 1 else { return self }
    func scaled(_ parameter: TracedParameter) -> TracedParameter {
      TracedParameter(
        parameter.numbers.map { $0 * factor }, from: parameter.sources,
        change: parameter.sources.isEmpty ? nil : "times \(factor), the scale of attention")
    }
    var result = self
    result.kernel = scaled(kernel)
    result.bias = scaled(bias)
    return result
  }
}
