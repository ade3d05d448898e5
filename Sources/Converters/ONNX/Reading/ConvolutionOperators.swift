import Layers

/// Convolutions and their way back: channels first there, channels last here.
enum ConvolutionOperators {
  static let all: [OperatorReader] = [
    OperatorReader("Conv", read: convolution),
    OperatorReader("ConvTranspose", read: transposed),
  ]

  private static func convolution(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let weights = try tracer.neededConstant(1, of: operation)
    let value = try tracer.positions(tracer.computed(0, of: operation), for: operation)
    let window = try SlidingWindow(
      operation, axes: value.axes.count - 2, size: weights.extents.dropFirst(2).map { $0 })
    let groups = try operation.integer("group", default: 1)
    let (filters, size) = (weights.extents[0], window.size)
    let channels = value.axes[1].extent
    guard groups > 0,
      weights.extents[1].multipliedReportingOverflow(by: groups) == (channels, false)
    else {
      throw operation.error(
        "weights of \(weights.extents) in \(groups) groups do not fit \(channels) channels")
    }
    let padding = try window.padding(inputs: value.extents.dropFirst(2).map { $0 }, operation)
    let isDepthwise = groups == channels && groups > 1 && filters % groups == 0
    // [out, in, size…] becomes [size…, in, out]; depthwise [size…, in, multiplier].
    let spatial = Array(2..<weights.extents.count)
    let kernel =
      try isDepthwise
      ? weights.reshaped([groups, filters / groups] + size).permuted(spatial + [0, 1])
      : weights.permuted(spatial + [1, 0])
    let bias = try tracer.bias(2, count: filters, operation)
    var parameters = [
      "kernel": TracedParameter(
        try kernel.reals(), from: weights.sources, change: "channels last")
    ]
    parameters["bias"] = bias
    let layer: any Layer
    switch (size.count, isDepthwise) {
    case (1, true):
      layer = DepthwiseConvolution1D(
        kernelSize: size, multiplier: filters / groups, stride: window.stride,
        dilation: window.dilation, padding: padding, usesBias: bias != nil)
    case (1, false):
      layer = Convolution1D(
        filters, kernelSize: size, stride: window.stride, dilation: window.dilation,
        groups: groups, padding: padding, usesBias: bias != nil)
    case (_, true):
      layer = DepthwiseConvolution2D(
        kernelSize: size, multiplier: filters / groups, stride: window.stride,
        dilation: window.dilation, padding: padding, usesBias: bias != nil)
    case (_, false):
      layer = Convolution2D(
        filters, kernelSize: size, stride: window.stride, dilation: window.dilation,
        groups: groups, padding: padding, usesBias: bias != nil)
    }
    return [
      .computed(try tracer.windowed(layer, value, parameters: parameters, for: operation))
    ]
  }

  private static func transposed(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let weights = try tracer.neededConstant(1, of: operation)
    let value = try tracer.positions(tracer.computed(0, of: operation), for: operation)
    let window = try SlidingWindow(
      operation, axes: value.axes.count - 2, size: weights.extents.dropFirst(2).map { $0 })
    let groups = try operation.integer("group", default: 1)
    let channels = value.axes[1].extent
    let (filters, overflow) = weights.extents[1].multipliedReportingOverflow(by: groups)
    guard groups > 0, !overflow, weights.extents[0] == channels, channels % groups == 0 else {
      throw operation.error(
        "weights of \(weights.extents) in \(groups) groups do not fit \(channels) channels")
    }
    let axes = window.size.count
    let inputs = value.extents.dropFirst(2).map { $0 }
    var more = try operation.integers("output_padding") ?? Array(repeating: 0, count: axes)
    guard more.count == axes, more.allSatisfy({ (0...(1 << 16)).contains($0) }) else {
      throw operation.error("output_padding: expected \(axes) numbers, found \(more)")
    }
    var padding = window.pads
    let wanted =
      try operation.integers("output_shape")
      .map { Array($0.suffix(axes)) }
      ?? (window.isSame ? zip(inputs, window.stride).map { $0 * $1 } : nil)
    if let wanted {
      guard wanted.count == axes, wanted.allSatisfy({ (1...(1 << 40)).contains($0) }) else {
        throw operation.error("output_shape: expected \(axes) extents, found \(wanted)")
      }
      for axis in 0..<axes {
        let full =
          window.stride[axis] * (inputs[axis] - 1) + more[axis] + window.extent(axis)
        let total = full - wanted[axis]
        guard total >= 0 || -total < max(window.stride[axis], window.dilation[axis]) else {
          throw operation.error("output_shape: \(wanted) cannot be reached")
        }
        if total < 0 { more[axis] -= total }
        let (half, rest) = (max(total, 0) / 2, max(total, 0) - max(total, 0) / 2)
        padding[axis] = window.autoPad == "SAME_UPPER" ? [half, rest] : [rest, half]
      }
    }
    // [in, out, size…] in groups becomes [size…, out, in].
    let kernel = try weights.permuted(Array(2..<weights.extents.count) + [1, 0])
    let bias = try tracer.bias(2, count: filters, operation)
    var parameters = [
      "kernel": TracedParameter(
        try kernel.reals(), from: weights.sources, change: "channels last")
    ]
    parameters["bias"] = bias
    let isPlain = padding.allSatisfy { $0 == [0, 0] }
    let layer: any Layer =
      axes == 1
      ? TransposedConvolution1D(
        filters, kernelSize: window.size, stride: window.stride, dilation: window.dilation,
        groups: groups, padding: isPlain ? .valid : .explicit(padding), outputPadding: more,
        usesBias: bias != nil)
      : TransposedConvolution2D(
        filters, kernelSize: window.size, stride: window.stride, dilation: window.dilation,
        groups: groups, padding: isPlain ? .valid : .explicit(padding), outputPadding: more,
        usesBias: bias != nil)
    return [
      .computed(try tracer.windowed(layer, value, parameters: parameters, for: operation))
    ]
  }
}

extension GraphTracer {
  /// A value whose first axis is the batch and whose second is channels, stored channels last.
  mutating func positions(
    _ value: TracedValue, for operation: Operation
  ) throws -> TracedValue {
    guard (3...4).contains(value.axes.count) else {
      throw operation.error(
        "works on \(words(value.extents)); expected [batch, channels, time] or "
          + "[batch, channels, height, width]")
    }
    try checkBatch(of: value, for: operation)
    return try arranged(
      value, as: Array(value.axes.dropFirst(2)) + [value.axes[1]], for: operation)
  }

  /// A layer of windows behind a value that is stored channels last.
  mutating func windowed(
    _ layer: any Layer, _ value: TracedValue, parameters: [String: TracedParameter] = [:],
    for operation: Operation
  ) throws -> TracedValue {
    let node = try add(
      layer, to: [value.node], parameters: parameters, hint: hint(of: operation, parameter: 1),
      for: operation)
    let shape = nodes[node].output.shape
    var storage: [[AxisFactor]] = []
    for place in 0..<(shape.rank - 1) {
      let isFree = value.axes[place + 2].contains(where: \.isFree)
      storage.append(axis(shape[place], isFree: isFree))
    }
    let channels =
      shape.last == value.axes[1].extent
        && layer.parameters(for: [nodes[value.node].output]).isEmpty
      ? value.axes[1] : axis(shape.last, isChannels: true)
    return self.value(
      node, storage: storage + [channels], axes: [value.axes[0], channels] + storage)
  }

  /// The bias of a layer; nil where there is none.
  func bias(_ index: Int, count: Int, _ operation: Operation) throws -> TracedParameter? {
    guard let array = try constant(index, of: operation) else { return nil }
    guard array.count == count else {
      throw operation.error("bias: expected \(count) numbers, found \(array.extents)")
    }
    return TracedParameter(try array.reals(), from: array.sources)
  }
}
