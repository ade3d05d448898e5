import Tensors

/// One operation of a network, as a value: its configuration and nothing else.
///
/// Weights live in `Parameters`, activations in `Session`; a layer is told where they are when it
/// runs. To add a layer, write one file like `Dense.swift` and one line in ``LayerCatalog``: the
/// contract tests then run over it.
public protocol Layer: Codable, Hashable, Sendable {
  /// The name of this kind of layer in files and messages, for example `dense`.
  static var kind: String { get }

  /// The layer with its usual options, which a description in words changes. Where an option has no
  /// usual value, ``neededOptions`` names it.
  static var defaults: Self { get }

  /// The options that a description in words must give, by their names in files.
  static var neededOptions: [String] { get }

  /// The option that a value alone stands for: 64 in `dense: 64`. The first of ``neededOptions``
  /// unless the layer says otherwise.
  static var mainOption: String? { get }

  /// How many inputs the layer takes; one unless it says otherwise.
  static var inputCount: ClosedRange<Int> { get }

  /// What backward reads, and whether the output may overwrite the input.
  var memoryUse: LayerMemoryUse { get }

  /// What the layer makes of inputs of the given shapes. Shapes are per example: no batch axis.
  ///
  /// - Throws: ``LayerError`` when the inputs do not fit or the configuration is impossible, and
  ///   `ShapeError` when the output or a parameter would be too large to address: a file may hold
  ///   any number.
  func output(for inputs: [ValueSpec]) throws -> ValueSpec

  /// The parameters the layer has for inputs that `output(for:)` has accepted.
  func parameters(for inputs: [ValueSpec]) -> [ParameterSpec]

  /// Memory kept from forward to backward, besides inputs and output.
  func scratch(for inputs: [ValueSpec]) -> [ScratchSpec]

  /// What forward and backward have to know of the shapes, found once when a plan is compiled; passes
  /// hand it back as ``ForwardPass``'s `prepared`. Nil where there is nothing.
  func prepared(for inputs: [ValueSpec]) -> (any Sendable)?

  /// Computes the output from the inputs.
  func forward(_ pass: ForwardPass)

  /// Computes the gradients of the inputs and parameters from the gradient of the output.
  ///
  /// Every gradient asked for is overwritten: sums over several uses are the session's affair.
  func backward(_ pass: BackwardPass)
}

extension Layer {
  public static var inputCount: ClosedRange<Int> { 1...1 }
  public static var neededOptions: [String] { [] }
  public static var mainOption: String? { neededOptions.first }
  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .inputs) }
  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] { [] }
  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] { [] }
  public func prepared(for inputs: [ValueSpec]) -> (any Sendable)? { nil }

  /// The name of this kind of layer.
  public var kind: String { Self.kind }
}

/// What flows along one edge of a network: numbers or row numbers of a table, and their shape.
public struct ValueSpec: Hashable, Sendable {
  /// The shape of one example, without the batch axis.
  public var shape: Shape

  /// Whether the elements are indices (`Int32`) rather than real numbers.
  public var isIndices: Bool

  /// A value of the given shape.
  public init(_ shape: Shape, isIndices: Bool = false) {
    self.shape = shape
    self.isIndices = isIndices
  }
}

/// What memory a layer's backward pass looks at.
public struct LayerMemoryUse: Hashable, Sendable {
  /// The values of the forward pass that backward reads again.
  public enum Reads: Hashable, Sendable { case nothing, inputs, output }

  /// What backward reads.
  public var backwardReads: Reads

  /// Whether forward may write its output over its only input, and backward likewise.
  public var runsInPlace: Bool

  /// The use of memory of a layer.
  public init(backwardReads: Reads, runsInPlace: Bool = false) {
    self.backwardReads = backwardReads
    self.runsInPlace = runsInPlace
  }
}

/// Memory that a layer fills in forward and reads in backward.
public struct ScratchSpec: Hashable, Sendable {
  /// The shape, per example when `isPerExample`.
  public var shape: Shape

  /// Whether every example of a batch has its own.
  public var isPerExample: Bool

  /// Memory of the given shape.
  public init(_ shape: Shape, isPerExample: Bool = false) {
    self.shape = shape
    self.isPerExample = isPerExample
  }
}

/// Why a layer cannot take its inputs.
public enum LayerError: Error, Hashable, CustomStringConvertible {
  case inputCount(expected: ClosedRange<Int>, found: Int)
  case inputShape(expected: String, found: Shape)
  case outputShape(expected: String, found: Shape)
  case expectedIndices
  case expectedNumbers
  case option(name: String, expected: String, found: String)

  public var description: String {
    switch self {
    case .inputCount(let expected, let found):
      expected.lowerBound == expected.upperBound
        ? "expected \(expected.lowerBound) input(s), found \(found)"
        : "expected at least \(expected.lowerBound) inputs, found \(found)"
    case .inputShape(let expected, let found):
      "expected an input of shape \(expected), found \(found)"
    case .outputShape(let expected, let found):
      "expected an output \(expected), found the shape \(found)"
    case .expectedIndices:
      "expected an input of indices (Int32), found real numbers"
    case .expectedNumbers:
      "expected an input of real numbers, found indices; put an embedding layer between"
    case .option(let name, let expected, let found):
      "\(name): expected \(expected), found \(found)"
    }
  }
}
