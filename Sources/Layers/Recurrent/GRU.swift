import Kernels

/// A gated recurrent unit.
///
/// z = σ(x·W_z + b_z + h·U_z), r = σ(x·W_r + b_r + h·U_r), and the new state is z·h + (1 − z)·n. With
/// the reset after the product, n = tanh(x·W_n + b_n + r·(h·U_n + c_n)), as in PyTorch and Keras today,
/// where c is the recurrent bias, which z and r have too; before it, n = tanh(x·W_n + b_n + (r·h)·U_n), as
/// Cho et al., 2014, and Keras before 2.
///
/// - Input: `[time, features]`; then, as asked, a mask `[time]` and the initial state `[units]`.
/// - Output: `[units]`, or `[time, units]` as a sequence.
/// - Parameters: `kernel` `[features, 3 · units]` of the gates z, r, n; `recurrent_kernel` `[units, 3 ·
///   units]`; `bias` `[3 · units]`; with the reset after `recurrent_bias` `[3 · units]`.
public struct GRU: RecurrentLayer {
  public static let kind = "gru"
  public static var defaults: GRU { GRU(1) }

  /// The number of units of the state.
  public var units: Int

  /// Whether the reset gate works on the product of state and kernel; true.
  public var resetsAfter: Bool

  /// Whether the output of every step comes out; false: that of the last.
  public var returnsSequence: Bool

  /// Whether the steps are taken from the last to the first; false.
  public var goesBackwards: Bool

  /// Whether a mask follows the sequence as an input; false.
  public var isMasked: Bool

  /// Whether the initial state is the last input; false: it is 0.
  public var hasInitialState: Bool

  /// Whether offsets are added; true.
  public var usesBias: Bool

  /// How the kernel starts; Xavier uniform, as Keras.
  public var kernelInitializer: Initializer

  /// How the recurrent kernel starts; orthogonal, as Keras (Saxe et al., 2014).
  public var recurrentInitializer: Initializer

  /// A gated recurrent unit.
  public init(
    _ units: Int, resetsAfter: Bool = true, returnsSequence: Bool = false,
    goesBackwards: Bool = false, isMasked: Bool = false, hasInitialState: Bool = false,
    usesBias: Bool = true, kernelInitializer: Initializer = .xavierUniform,
    recurrentInitializer: Initializer = .orthogonal
  ) {
    self.units = units
    self.resetsAfter = resetsAfter
    self.returnsSequence = returnsSequence
    self.goesBackwards = goesBackwards
    self.isMasked = isMasked
    self.hasInitialState = hasInitialState
    self.usesBias = usesBias
    self.kernelInitializer = kernelInitializer
    self.recurrentInitializer = recurrentInitializer
  }

  private enum CodingKeys: String, CodingKey {
    case units
    case resetsAfter = "resets_after"
    case returnsSequence = "returns_sequence"
    case goesBackwards = "goes_backwards"
    case isMasked = "is_masked"
    case hasInitialState = "has_initial_state"
    case usesBias = "uses_bias"
    case kernelInitializer = "kernel_initializer"
    case recurrentInitializer = "recurrent_initializer"
  }

  var core: RecurrentCore {
    RecurrentCore(
      cell: resetsAfter ? .gruResettingAfter : .gruResettingBefore, units: units,
      usesBias: usesBias, returnsSequence: returnsSequence, goesBackwards: goesBackwards,
      isMasked: isMasked, hasInitialState: hasInitialState,
      kernelInitializer: kernelInitializer, recurrentInitializer: recurrentInitializer)
  }
}
