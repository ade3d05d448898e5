import Tensors

/// All elements of an example along one axis.
///
/// - Input: any shape. Output: `[count]`.
public struct Flatten: Layer {
  public static let kind = "flatten"
  public static var defaults: Flatten { Flatten() }

  /// A layer that flattens.
  public init() {}

  public var memoryUse: LayerMemoryUse {
    LayerMemoryUse(backwardReads: .nothing, runsInPlace: true)
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    ValueSpec([inputs[0].shape.count], isIndices: inputs[0].isIndices)
  }

  public func forward(_ pass: ForwardPass) {
    pass.output.copyUnlessSame(pass.inputs[0])
  }

  public func backward(_ pass: BackwardPass) {
    pass.inputGradients[0]?.copyUnlessSame(pass.outputGradient)
  }
}
