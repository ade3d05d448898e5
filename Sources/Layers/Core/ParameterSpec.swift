import Tensors

/// What one parameter tensor of a layer is.
public struct ParameterSpec: Hashable, Sendable {
  /// What a parameter does, which decides whether it is trained and penalised.
  public enum Role: String, Codable, Hashable, Sendable {
    /// A weight that multiplies: L1 and L2 penalties apply to kernels only.
    case kernel
    /// An offset that is added.
    case bias
    /// The factor of a normalisation.
    case scale
    /// A running statistic, never trained.
    case statistic
  }

  /// The name within the layer: `kernel`, `bias`.
  public var name: String

  /// The shape, in the order that ``axes`` names.
  public var shape: Shape

  /// The meaning of the axes, for example `in,out`.
  public var axes: String

  /// What the parameter does.
  public var role: Role

  /// How it starts.
  public var initializer: Initializer

  /// Elements that start at 1 all the same.
  public var ones: Range<Int>?

  /// The number of inputs and outputs one weight stands between, for Xavier and He.
  public var fan: Fan

  /// The parameter's description.
  public init(
    name: String, shape: Shape, axes: String, role: Role, initializer: Initializer,
    fan: Fan = Fan(input: 1, output: 1)
  ) {
    self.name = name
    self.shape = shape
    self.axes = axes
    self.role = role
    self.initializer = initializer
    self.fan = fan
  }

  /// Whether an optimizer changes it.
  public var isTrainable: Bool { role != .statistic }
}

/// How many inputs and outputs one unit of a layer has.
public struct Fan: Hashable, Sendable {
  /// Inputs per output unit.
  public var input: Int
  /// Outputs per input unit.
  public var output: Int

  /// A fan of the given sizes.
  public init(input: Int, output: Int) {
    self.input = input
    self.output = output
  }
}
