import Kernels

/// A long short-term memory (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al.,
/// 2000).
///
/// i, f, o = σ(x·W + b + h·U), g = tanh(x·W + b + h·U), each with its own columns of W, U and b; the
/// new cell is f·c + i·g, the new state o·tanh of it. As Keras' and PyTorch's `LSTM`; PyTorch's two
/// biases are one here.
///
/// - Input: `[time, features]`; then, as asked, a mask `[time]`, and the initial state and cells, `[units]`
///   each.
/// - Output: `[units]`, or `[time, units]` as a sequence.
/// - Parameters: `kernel` `[features, 4 · units]` of the gates i, f, g, o; `recurrent_kernel` `[units, 4
///   · units]`; `bias` `[4 · units]`.
public struct LSTM: RecurrentLayer {
  public static let kind = "lstm"
  public static var defaults: LSTM { LSTM(1) }

  /// The number of units of the state.
  public var units: Int

  /// Whether the output of every step comes out; false: that of the last.
  public var returnsSequence: Bool

  /// Whether the steps are taken from the last to the first; false.
  public var goesBackwards: Bool

  /// Whether a mask follows the sequence as an input; false.
  public var isMasked: Bool

  /// Whether the initial state and cells are the last inputs; false: they are 0.
  public var hasInitialState: Bool

  /// Whether offsets are added; true.
  public var usesBias: Bool

  /// Whether the offsets of the forget gates start at 1, so that a new network remembers; true
  /// (Jozefowicz et al., 2015), as Keras.
  public var hasUnitForgetBias: Bool

  /// How the kernel starts; Xavier uniform, as Keras.
  public var kernelInitializer: Initializer

  /// How the recurrent kernel starts; orthogonal, as Keras (Saxe et al., 2014).
  public var recurrentInitializer: Initializer

  /// A long short-term memory.
  public init(
    _ units: Int, returnsSequence: Bool = false, goesBackwards: Bool = false,
    isMasked: Bool = false, hasInitialState: Bool = false, usesBias: Bool = true,
    hasUnitForgetBias: Bool = true, kernelInitializer: Initializer = .xavierUniform,
    recurrentInitializer: Initializer = .orthogonal
  ) {
    self.units = units
    self.returnsSequence = returnsSequence
    self.goesBackwards = goesBackwards
    self.isMasked = isMasked
    self.hasInitialState = hasInitialState
    self.usesBias = usesBias
    self.hasUnitForgetBias = hasUnitForgetBias
    self.kernelInitializer = kernelInitializer
    self.recurrentInitializer = recurrentInitializer
  }

  private enum CodingKeys: String, CodingKey {
    case units
    case returnsSequence = "returns_sequence"
    case goesBackwards = "goes_backwards"
    case isMasked = "is_masked"
    case hasInitialState = "has_initial_state"
    case usesBias = "uses_bias"
    case hasUnitForgetBias = "has_unit_forget_bias"
    case kernelInitializer = "kernel_initializer"
    case recurrentInitializer = "recurrent_initializer"
  }

  var core: RecurrentCore {
    RecurrentCore(
      cell: .lstm, units: units, usesBias: usesBias, returnsSequence: returnsSequence,
      goesBackwards: goesBackwards, isMasked: isMasked, hasInitialState: hasInitialState,
      kernelInitializer: kernelInitializer, recurrentInitializer: recurrentInitializer,
      hasUnitForgetBias: hasUnitForgetBias)
  }
}
