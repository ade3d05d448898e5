import Kernels
import Tensors

/// What all recurrent layers share: the way of a sequence through the steps of a cell.
///
/// Inputs are `[time, features]`, then with `isMasked` a mask `[time]` of 1 for steps that are there and
/// 0 for those that are left out, then with `hasInitialState` the initial state `[units]`, and of an LSTM
/// the initial cells `[units]`. A step that is left out hands state and cells on, and repeats the output
/// before it, as in Keras.
struct RecurrentCore: Sendable {
  var cell: RecurrentCell
  var units: Int
  var usesBias: Bool
  /// Whether the output of every step comes out, `[time, units]`; else that of the last, `[units]`.
  var returnsSequence: Bool
  /// Whether the steps are taken from the last to the first. A sequence then comes out in the order in
  /// which the steps are taken.
  var goesBackwards: Bool
  var isMasked: Bool
  var hasInitialState: Bool
  var kernelInitializer: Initializer
  var recurrentInitializer: Initializer
  /// Whether the biases of an LSTM's forget gates start at 1.
  var hasUnitForgetBias = false
  /// Whether a sequence that was taken backwards comes out in the order of the input all the same.
  var alignsOutput = false
  /// Whether a step that is left out gives 0 rather than the output before it.
  var givesZerosForMask = false

  /// The most inputs of a recurrent layer.
  static let inputCount = 1...4
}

// MARK: - Shapes

extension RecurrentCore {
  var stateCount: Int { hasInitialState ? (cell == .lstm ? 2 : 1) : 0 }
  var maskPlace: Int? { isMasked ? 1 : nil }
  var statePlace: Int { isMasked ? 2 : 1 }

  func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    let expected = 1 + (isMasked ? 1 : 0) + stateCount
    guard inputs.count == expected else {
      throw LayerError.inputCount(expected: expected...expected, found: inputs.count)
    }
    guard units > 0 else {
      throw LayerError.option(name: "units", expected: "1 or more", found: "\(units)")
    }
    for input in inputs where input.isIndices { throw LayerError.expectedNumbers }
    let shape = inputs[0].shape
    guard shape.rank == 2, shape[0] > 0, shape[1] > 0 else {
      throw LayerError.inputShape(expected: "[time, features]", found: shape)
    }
    if let maskPlace, inputs[maskPlace].shape != [shape[0]] {
      throw LayerError.inputShape(
        expected: "[\(shape[0])] for the mask", found: inputs[maskPlace].shape)
    }
    for input in inputs[statePlace...] where input.shape.dimensions != [units] {
      throw LayerError.inputShape(
        expected: "[\(units)] for the initial state", found: input.shape)
    }
    // Parameters and scratch: all of them are products of these.
    let width = try Shape(checking: [units, cell.gateCount]).count
    _ = try Shape(checking: [shape[1], width])
    _ = try Shape(checking: [units, width])
    _ = try Shape(checking: [shape[0] + 1, width])
    return ValueSpec(try Shape(checking: returnsSequence ? [shape[0], units] : [units]))
  }

  func parameters(for inputs: [ValueSpec], prefix: String = "") -> [ParameterSpec] {
    let features = inputs[0].shape[1]
    let width = units * cell.gateCount
    let kernel = ParameterSpec(
      name: prefix + "kernel", shape: [features, width], axes: "in,gates", role: .kernel,
      initializer: kernelInitializer, fan: Fan(input: features, output: width))
    let recurrent = ParameterSpec(
      name: prefix + "recurrent_kernel", shape: [units, width], axes: "state,gates", role: .kernel,
      initializer: recurrentInitializer, fan: Fan(input: units, output: width))
    guard usesBias else { return [kernel, recurrent] }
    var bias = ParameterSpec(
      name: prefix + "bias", shape: [width], axes: "gates", role: .bias, initializer: .zeros)
    if hasUnitForgetBias { bias.ones = units..<2 * units }
    guard cell == .gruResettingAfter else { return [kernel, recurrent, bias] }
    return [
      kernel, recurrent, bias,
      ParameterSpec(
        name: prefix + "recurrent_bias", shape: [width], axes: "gates", role: .bias,
        initializer: .zeros),
    ]
  }

  func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    Room.allCases.filter(uses).map { spec(of: $0, for: inputs) }
  }
}

// MARK: - Scratch

extension RecurrentCore {
  /// The memory of a pass, in the order of its scratch. Steps stand before examples in it.
  enum Room: Int, CaseIterable {
    case input, gates, states, packedKernel, stateGradient, cells, cellGradient, saved, work
    case recurrentGradient, square, zeroBias, mask, outputGradient
  }

  func uses(_ room: Room) -> Bool {
    switch room {
    case .input, .gates, .states, .packedKernel, .stateGradient: true
    case .cells, .cellGradient: cell == .lstm
    case .saved: cell.gateCount > 1
    case .work, .recurrentGradient: cell.gateCount == 3
    case .square: cell == .gruResettingBefore
    case .zeroBias: cell == .gruResettingAfter && !usesBias
    case .mask: isMasked
    case .outputGradient: returnsSequence
    }
  }

  /// Where a room stands in the scratch.
  func place(of room: Room) -> Int? {
    guard uses(room) else { return nil }
    var place = 0
    for number in 0..<room.rawValue {
      if let before = Room(rawValue: number), uses(before) { place += 1 }
    }
    return place
  }

  private func spec(of room: Room, for inputs: [ValueSpec]) -> ScratchSpec {
    let (time, features) = (inputs[0].shape[0], inputs[0].shape[1])
    let width = units * cell.gateCount
    func own(_ shape: Shape) -> ScratchSpec { ScratchSpec(shape, isPerExample: true) }
    return switch room {
    case .input: own([time, features])
    case .gates: own([time, width])
    case .states, .cells: own([time + 1, units])
    case .packedKernel: ScratchSpec([units, width])
    case .stateGradient, .cellGradient: own([units])
    case .saved, .outputGradient: own([time, units])
    case .work: own([3 * units])
    case .recurrentGradient: own([time, cell == .gruResettingAfter ? 3 * units : units])
    case .square: ScratchSpec([units, units])
    case .zeroBias: ScratchSpec([3 * units])
    case .mask: own([time])
    }
  }
}
