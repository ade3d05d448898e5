import Layers

/// Products with constant matrices, which are dense layers, and those of computed values, which are
/// attention.
enum ProductOperators {
  static let all: [OperatorReader] = [
    OperatorReader("MatMul", read: multiply),
    OperatorReader("Gemm", read: gemm),
  ]

  private static func multiply(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    switch (try tracer.input(0, of: operation), try tracer.input(1, of: operation)) {
    case (.computed(let left)?, .constant(let kernel)?):
      let matrix = try matrix(kernel, operation)
      return [
        .computed(
          try tracer.dense(
            left, axis: left.axes.count - 1, matrix, hint: tracer.hint(of: operation, parameter: 1),
            for: operation))
      ]
    case (.constant(let kernel)?, .computed(let right)?):
      // A · x is xᵀ · Aᵀ, the other way round.
      let matrix = try matrix(kernel, operation)
      guard right.axes.count >= 2 else {
        throw operation.error("multiplies a constant by a value of \(right.axes.count) axis")
      }
      return [
        .computed(
          try tracer.dense(
            right, axis: right.axes.count - 2, matrix.permuted([1, 0]),
            hint: tracer.hint(of: operation, parameter: 0), for: operation))
      ]
    case (.computed(let left)?, .computed(let right)?):
      return [.computed(try tracer.attended(left, right, for: operation))]
    default: throw operation.error("expected two inputs")
    }
  }

  private static func matrix(
    _ kernel: ConstantArray, _ operation: Operation
  ) throws -> ConstantArray {
    var extents = kernel.extents
    while extents.count > 2, extents.first == 1 { extents.removeFirst() }
    guard extents.count == 2, kernel.count > 0 else {
      throw operation.error("expected a constant matrix, found one of \(kernel.extents)")
    }
    return kernel.reshaped(extents)
  }

  private static func gemm(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let alpha = try operation.real("alpha", default: 1)
    let beta = try operation.real("beta", default: 1)
    var left = try tracer.computed(0, of: operation)
    operation.passOver("broadcast")
    var kernel = try matrix(tracer.neededConstant(1, of: operation), operation)
    guard left.axes.count == 2, kernel.extents.count == 2 else {
      throw operation.error("expected matrices, found a value of \(left.axes.count) axes")
    }
    if try operation.flag("transA") { left.axes.swapAt(0, 1) }
    if try operation.flag("transB") { kernel = try kernel.permuted([1, 0]) }
    if alpha != 1 { kernel = kernel.scaled(by: Float(alpha)) }
    let product = try tracer.dense(
      left, axis: 1, kernel, hint: tracer.hint(of: operation, parameter: 1), for: operation)
    switch try tracer.input(2, of: operation) {
    case nil: return [.computed(product)]
    case .constant(let bias)?:
      let shift = beta == 1 ? bias : bias.scaled(by: Float(beta))
      return [
        .computed(
          try tracer.shifted(product, by: shift, isOnlyUse: true, for: operation))
      ]
    case .computed(var addend)?:
      if beta != 1 { addend = try tracer.apply(Rescaling(beta), to: addend, for: operation) }
      return [.computed(try tracer.merged(Add(), [product, addend], for: operation))]
    }
  }
}

extension ConstantArray {
  /// The numbers times one.
  func scaled(by factor: Float) -> ConstantArray {
    let scaled: [Float] =
      switch numbers {
      case .reals(let values): values.map { $0 * factor }
      case .integers(let values): values.map { Float($0) * factor }
      }
    return ConstantArray(extents, .reals(scaled), sources: sources)
  }
}

extension GraphTracer {
  /// A dense layer over one axis of a value, whose factors may be stored in any order: the rows of the
  /// kernel follow them.
  ///
  /// - Parameter kernel: `[in, out]`.
  mutating func dense(
    _ value: TracedValue, axis place: Int, _ kernel: ConstantArray, hint: String?,
    for operation: Operation
  ) throws -> TracedValue {
    let over = value.axes[place]
    guard over.extent == kernel.extents[0] else {
      throw operation.error(
        "expected a matrix with \(over.extent) rows, found one of \(kernel.extents)")
    }
    let units = kernel.extents[1]
    if let attention = value.attention, attention.stage == .heads,
      let result = try projected(value, attention, axis: place, kernel, hint, operation)
    {
      return result
    }
    let finished = try finished(value, for: operation)
    let stored = try arranged(
      finished, as: withLast(over, of: finished, for: operation), for: operation)
    let inner = stored.storage.last ?? []
    let rows = try kernelRows(kernel, over, in: inner)
    let node = try add(
      Dense(units, usesBias: false), to: [stored.node],
      parameters: [
        "kernel": TracedParameter(
          try rows.reals(), from: kernel.sources,
          change: inner == over ? nil : "its rows in the order of our axes")
      ], hint: hint, for: operation)
    let new = axis(units)
    var axes = stored.axes
    axes[place] = new
    return self.value(node, storage: Array(stored.storage.dropLast()) + [new], axes: axes)
  }

  /// A kernel `[in, out]` with its rows in the order in which the factors of the input are stored.
  func kernelRows(
    _ kernel: ConstantArray, _ over: [AxisFactor], in stored: [AxisFactor]
  ) throws -> ConstantArray {
    guard stored != over else { return kernel }
    let units = kernel.extents[1]
    let places = stored.compactMap { over.firstIndex(of: $0) }
    return try kernel.reshaped(over.map(\.extent) + [units])
      .permuted(places + [over.count]).reshaped(kernel.extents)
  }

  /// What a layer is best called: as its parameter's initializer, or as its node.
  func hint(of operation: Operation, parameter index: Int) -> String? {
    if let name = operation.inputName(index), case .constant(let array)? = values[name],
      array.sources.count == 1, !array.sources[0].contains("::")
    {
      return array.sources[0]
    }
    return operation.node.name.isEmpty ? nil : operation.node.name
  }
}
