import Layers

// MARK: - Adding and multiplying constants

extension GraphTracer {
  /// A value and a constant added to it: as the bias of the layer before, where that is its only use.
  mutating func shifted(
    _ value: TracedValue, by array: ConstantArray, isOnlyUse: Bool, for operation: Operation
  ) throws -> TracedValue {
    var value = try finished(value, for: operation)
    let extents = try ConstantArray.broadcastExtents(value.extents, array.extents)
    if extents != value.extents { value = try expanded(value, to: extents, for: operation) }
    let spread = try spread(array, over: value, for: operation)
    if isOnlyUse, let folded = try foldedShift(value, spread, operation) { return folded }
    if let number = spread.scalar {
      return try apply(Rescaling(1, offset: number), to: value, for: operation)
    }
    if value.storage.count == 2, Set(value.storedFactors) == Set(spread.factors) {
      return try apply(
        PositionalEmbedding(value.storage[0].extent), to: value,
        parameters: [
          "kernel": parameter(try spread.numbers(in: value.storedFactors), spread)
        ], hint: constantHint(array), for: operation)
    }
    return try channelwise(value, scale: nil, shift: spread, operation)
  }

  /// A value times a constant: as the scale of the normalisation before, where that is its only use.
  mutating func scaled(
    _ value: TracedValue, by array: ConstantArray, isOnlyUse: Bool, for operation: Operation
  ) throws -> TracedValue {
    if var attention = value.attention, attention.stage == .scores, let factor = array.scalar {
      attention.factor *= factor
      attention.origins.append(operation.label)
      var result = value
      result.attention = attention
      return result
    }
    var value = try finished(value, for: operation)
    let extents = try ConstantArray.broadcastExtents(value.extents, array.extents)
    if extents != value.extents { value = try expanded(value, to: extents, for: operation) }
    let spread = try spread(array, over: value, for: operation)
    if isOnlyUse, let folded = try foldedScale(value, spread, operation) { return folded }
    if let number = spread.scalar {
      return try apply(Rescaling(number), to: value, for: operation)
    }
    return try channelwise(value, scale: spread, shift: nil, operation)
  }

  private func parameter(_ numbers: [Float], _ spread: SpreadConstant) -> TracedParameter {
    TracedParameter(numbers, from: spread.array.sources, change: nil)
  }

  func constantHint(_ array: ConstantArray) -> String? {
    array.sources.count == 1 ? array.sources[0] : nil
  }

  /// A number for each channel: a depthwise convolution of one cell, which learns it.
  private mutating func channelwise(
    _ value: TracedValue, scale: SpreadConstant?, shift: SpreadConstant?,
    _ operation: Operation
  ) throws -> TracedValue {
    guard let spread = scale ?? shift else { return value }
    let stored = try arranged(
      value, as: withLast(spread.factors, of: value, for: operation), for: operation)
    let channels = stored.storage.last ?? []
    // As a sequence of pixels, or a plane of them.
    let outer = stored.storage.dropLast()
    let plane: [[AxisFactor]]
    switch outer.count {
    case 0: plane = [[], channels]
    case 1, 2: plane = stored.storage
    default: plane = [outer.flatMap { $0 }, channels]
    }
    let input = try arranged(stored, as: plane, for: operation)
    let ones = Array(repeating: Float(1), count: try madeCount(channels.extent, operation))
    var parameters = [
      "kernel": try scale.map { parameter(try $0.numbers(in: channels), $0) }
        ?? TracedParameter(ones)
    ]
    if let shift {
      parameters["bias"] = parameter(try shift.numbers(in: channels), shift)
    }
    let layer: any Layer =
      plane.count == 2
      ? DepthwiseConvolution1D(kernelSize: [1], usesBias: shift != nil)
      : DepthwiseConvolution2D(kernelSize: [1, 1], usesBias: shift != nil)
    let result = try apply(
      layer, to: input, parameters: parameters, hint: constantHint(spread.array), for: operation)
    return try arranged(result, as: stored.storage, for: operation)
  }
}

// MARK: - Into the layer before

extension GraphTracer {
  /// The constant as a number for each place of the innermost axis; nil where it is not one.
  private func channelNumbers(
    _ value: TracedValue, _ spread: SpreadConstant
  ) throws -> [Float]? {
    guard let last = value.storage.last, !last.isEmpty || spread.factors.isEmpty,
      Set(last) == Set(spread.factors)
    else { return nil }
    return try spread.numbers(in: last)
  }

  private mutating func foldedShift(
    _ value: TracedValue, _ spread: SpreadConstant, _ operation: Operation
  ) throws -> TracedValue? {
    guard value.node >= 0, let old = nodes[value.node].layer,
      let place = ShiftPlace(old), let numbers = try channelNumbers(value, spread),
      nodes[value.node].output.shape.last == numbers.count
    else { return nil }
    let before = nodes[value.node].parameters[place.parameter]
    let sum = before.map { zip($0.numbers, numbers).map { $0 + $1 } } ?? numbers
    var result = value
    result.node = try replace(
      value.node, by: place.layer,
      adding: [
        place.parameter: TracedParameter(
          sum, from: (before?.sources ?? []) + spread.array.sources,
          change: before == nil || before?.sources.isEmpty == true ? nil : "the sum of both")
      ], for: operation)
    return result
  }

  private mutating func foldedScale(
    _ value: TracedValue, _ spread: SpreadConstant, _ operation: Operation
  ) throws -> TracedValue? {
    guard value.node >= 0, let old = nodes[value.node].layer,
      let layer = scaledNormalization(old), let numbers = try channelNumbers(value, spread),
      nodes[value.node].output.shape.last == numbers.count
    else { return nil }
    var result = value
    result.node = try replace(
      value.node, by: layer, adding: ["scale": parameter(numbers, spread)], for: operation)
    return result
  }

  /// A normalisation with a scale, of one that has neither scale nor shift.
  private func scaledNormalization(_ layer: any Layer) -> (any Layer)? {
    switch layer {
    case var layer as LayerNormalization where !layer.usesScale && !layer.usesShift:
      layer.usesScale = true
      return layer
    case var layer as GroupNormalization where !layer.usesScale && !layer.usesShift:
      layer.usesScale = true
      return layer
    case var layer as BatchNormalization where !layer.usesScale && !layer.usesShift:
      layer.usesScale = true
      return layer
    case var layer as RMSNormalization where !layer.usesScale:
      layer.usesScale = true
      return layer
    default: return nil
    }
  }
}

/// The parameter of a layer that is added to its output.
private struct ShiftPlace {
  /// The layer with that parameter.
  let layer: any Layer
  let parameter: String

  init?(_ layer: any Layer) {
    func with<Kind: Layer>(_ layer: Kind, _ path: WritableKeyPath<Kind, Bool>) -> any Layer {
      var layer = layer
      layer[keyPath: path] = true
      return layer
    }
    switch layer {
    case let layer as Dense: self.init(with: with(layer, \.usesBias), parameter: "bias")
    case let layer as Convolution1D: self.init(with: with(layer, \.usesBias), parameter: "bias")
    case let layer as Convolution2D: self.init(with: with(layer, \.usesBias), parameter: "bias")
    case let layer as DepthwiseConvolution1D:
      self.init(with: with(layer, \.usesBias), parameter: "bias")
    case let layer as DepthwiseConvolution2D:
      self.init(with: with(layer, \.usesBias), parameter: "bias")
    case let layer as TransposedConvolution1D:
      self.init(with: with(layer, \.usesBias), parameter: "bias")
    case let layer as TransposedConvolution2D:
      self.init(with: with(layer, \.usesBias), parameter: "bias")
    case let layer as LayerNormalization:
      self.init(with: with(layer, \.usesShift), parameter: "shift")
    case let layer as GroupNormalization:
      self.init(with: with(layer, \.usesShift), parameter: "shift")
    case let layer as BatchNormalization:
      self.init(with: with(layer, \.usesShift), parameter: "shift")
    case let layer as MultiHeadAttention where layer.usesBias:
      self.init(with: layer, parameter: "output_bias")
    default: return nil
    }
  }

  private init(with layer: any Layer, parameter: String) {
    self.layer = layer
    self.parameter = parameter
  }
}
