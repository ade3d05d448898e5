import Layers

/// The largest or the mean of windows, or of all positions.
enum PoolingOperators {
  static let all: [OperatorReader] = [
    OperatorReader("MaxPool", "AveragePool", read: pool),
    OperatorReader("GlobalAveragePool", "GlobalMaxPool", read: global),
  ]

  private static func pool(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.positions(tracer.computed(0, of: operation), for: operation)
    var window = try SlidingWindow(operation, axes: value.axes.count - 2)
    guard window.dilation.allSatisfy({ $0 == 1 }) else {
      throw operation.error("dilations: expected 1, found \(window.dilation)")
    }
    let isMaximum = operation.kind == "MaxPool"
    operation.passOver("storage_order")
    if operation.hasOutput(1), tracer.graph.uses[operation.node.output[1]] != nil {
      throw operation.error("the places of the maxima are used, which has no counterpart")
    }
    let counts = try operation.flag("count_include_pad")
    if try operation.flag("ceil_mode") {
      try widen(&window, value.extents.dropFirst(2).map { $0 }, isMaximum || !counts, operation)
    }
    let padding = try window.padding(inputs: value.extents.dropFirst(2).map { $0 }, operation)
    let (size, stride) = (window.size, window.stride == window.size ? nil : window.stride)
    let layer: any Layer
    switch (size.count, isMaximum) {
    case (1, true): layer = MaxPooling1D(size: size, stride: stride, padding: padding)
    case (1, false):
      layer = AveragePooling1D(
        size: size, stride: stride, padding: padding, countsPadding: counts)
    case (_, true): layer = MaxPooling2D(size: size, stride: stride, padding: padding)
    case (_, false):
      layer = AveragePooling2D(
        size: size, stride: stride, padding: padding, countsPadding: counts)
    }
    return [.computed(try tracer.windowed(layer, value, for: operation))]
  }

  /// Cells behind each axis so that a window that begins inside counts, as ceil_mode asks for.
  private static func widen(
    _ window: inout SlidingWindow, _ inputs: [Int], _ isFree: Bool, _ operation: Operation
  ) throws {
    guard !window.isSame else { return }
    for axis in inputs.indices {
      let (before, after) = (window.pads[axis][0], window.pads[axis][1])
      let room = inputs[axis] + before + after - window.size[axis]
      guard room >= 0 else { continue }
      var outputs = (room + window.stride[axis] - 1) / window.stride[axis] + 1
      // No window begins behind the input.
      if (outputs - 1) * window.stride[axis] >= inputs[axis] + before { outputs -= 1 }
      let missing = (outputs - 1) * window.stride[axis] - room
      guard missing > 0 else { continue }
      guard isFree else {
        throw operation.error("ceil_mode with count_include_pad has no counterpart")
      }
      window.pads[axis][1] += missing
    }
  }

  private static func global(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let value = try tracer.computed(0, of: operation)
    guard value.axes.count >= 2 else {
      throw operation.error("works on \(tracer.words(value.extents))")
    }
    try tracer.checkBatch(of: value, for: operation)
    return [
      .computed(
        try tracer.reduced(
          value, along: Array(2..<value.axes.count), keepsAxes: true,
          isMaximum: operation.kind == "GlobalMaxPool", for: operation))
    ]
  }
}

extension GraphTracer {
  /// The mean or the largest along axes.
  mutating func reduced(
    _ value: TracedValue, along places: [Int], keepsAxes: Bool, isMaximum: Bool,
    for operation: Operation
  ) throws -> TracedValue {
    var value = try finished(value, for: operation)
    let over = places.flatMap { value.axes[$0] }
    guard !over.contains(where: \.isBatch) else {
      throw operation.error("goes along the batch, which has no counterpart")
    }
    if !over.isEmpty {
      let inner = Set(over)
      // Positions first, whatever stays last; a plane as it is.
      let kept = value.storage.map { $0.filter { !inner.contains($0) } }
      let taken = value.storage.map { $0.filter(inner.contains) }
      let isReady =
        (2...3).contains(value.storage.count)
        && kept.dropLast().allSatisfy(\.isEmpty) && taken.last?.isEmpty == true
      let rest = kept.flatMap { $0 }
      if !isReady {
        value = try arranged(value, as: [taken.flatMap { $0 }, rest], for: operation)
      }
      let layer: any Layer = isMaximum ? GlobalMaxPooling() : GlobalAveragePooling()
      value.node = try add(layer, to: [value.node], for: operation)
      value.storage = [rest]
    }
    for place in places { value.axes[place] = [] }
    if !keepsAxes {
      value.axes = value.axes.indices.filter { !places.contains($0) }.map { value.axes[$0] }
    }
    return value
  }
}
