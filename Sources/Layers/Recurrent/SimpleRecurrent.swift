import Kernels

/// A recurrent layer without gates: h_t = f(x_t · kernel + bias + h_(t−1) · recurrent_kernel).
///
/// Elman, "Finding structure in time", 1990; Keras' `SimpleRNN`, PyTorch's `RNN`, whose two biases are
/// one here.
///
/// - Input: `[time, features]`; then, as asked, a mask `[time]` and the initial state `[units]`.
/// - Output: `[units]`, or `[time, units]` as a sequence.
/// - Parameters: `kernel` `[features, units]`, `recurrent_kernel` `[units, units]`, `bias` `[units]`.
public struct SimpleRecurrent: RecurrentLayer {
  public static let kind = "simple_recurrent"
  public static var defaults: SimpleRecurrent { SimpleRecurrent(1) }

  /// What follows the sum of a step.
  public enum Function: String, Codable, Hashable, Sendable { case tanh, relu }

  /// The number of units of the state.
  public var units: Int

  /// What follows the sum of a step; tanh.
  public var activation: Function

  /// Whether the output of every step comes out; false: that of the last.
  public var returnsSequence: Bool

  /// Whether the steps are taken from the last to the first; false.
  public var goesBackwards: Bool

  /// Whether a mask follows the sequence as an input; false.
  public var isMasked: Bool

  /// Whether the initial state is the last input; false: it is 0.
  public var hasInitialState: Bool

  /// Whether an offset is added; true.
  public var usesBias: Bool

  /// How the kernel starts; Xavier uniform, as Keras.
  public var kernelInitializer: Initializer

  /// How the recurrent kernel starts; orthogonal, as Keras (Saxe et al., 2014).
  public var recurrentInitializer: Initializer

  /// A simple recurrent layer.
  public init(
    _ units: Int, activation: Function = .tanh, returnsSequence: Bool = false,
    goesBackwards: Bool = false, isMasked: Bool = false, hasInitialState: Bool = false,
    usesBias: Bool = true, kernelInitializer: Initializer = .xavierUniform,
    recurrentInitializer: Initializer = .orthogonal
  ) {
    self.units = units
    self.activation = activation
    self.returnsSequence = returnsSequence
    self.goesBackwards = goesBackwards
    self.isMasked = isMasked
    self.hasInitialState = hasInitialState
    self.usesBias = usesBias
    self.kernelInitializer = kernelInitializer
    self.recurrentInitializer = recurrentInitializer
  }

  private enum CodingKeys: String, CodingKey {
    case units, activation
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
      cell: activation == .tanh ? .tanh : .relu, units: units, usesBias: usesBias,
      returnsSequence: returnsSequence, goesBackwards: goesBackwards, isMasked: isMasked,
      hasInitialState: hasInitialState, kernelInitializer: kernelInitializer,
      recurrentInitializer: recurrentInitializer)
  }
}
