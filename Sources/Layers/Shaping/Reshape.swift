import Tensors

/// The same elements under another shape.
///
/// - Input: any shape. Output: ``shape``, of which one extent may be −1: what is left over.
public struct Reshape: Layer {
  public static let kind = "reshape"
  public static var defaults: Reshape { Reshape([-1]) }
  public static var neededOptions: [String] { ["shape"] }

  /// The extents of the output, per example; at most one is −1.
  public var shape: [Int]

  /// The same elements under another shape.
  public init(_ shape: [Int]) { self.shape = shape }

  public var memoryUse: LayerMemoryUse {
    LayerMemoryUse(backwardReads: .nothing, runsInPlace: true)
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    let count = inputs[0].shape.count
    let known = try Shape(checking: shape.filter { $0 != -1 }).count
    let free = shape.filter { $0 == -1 }.count
    guard free <= 1 else {
      throw LayerError.option(name: "shape", expected: "at most one -1", found: "\(shape)")
    }
    if free == 1 {
      guard known > 0, count % known == 0 else {
        throw LayerError.inputShape(
          expected: "a multiple of \(known) elements", found: inputs[0].shape)
      }
    } else if known != count {
      throw LayerError.inputShape(expected: "\(known) elements", found: inputs[0].shape)
    }
    let extents = shape.map { $0 == -1 ? count / known : $0 }
    return ValueSpec(try Shape(checking: extents), isIndices: inputs[0].isIndices)
  }

  public func forward(_ pass: ForwardPass) {
    pass.output.copyUnlessSame(pass.inputs[0])
  }

  public func backward(_ pass: BackwardPass) {
    pass.inputGradients[0]?.copyUnlessSame(pass.outputGradient)
  }
}

extension TensorView {
  /// Takes over another view's elements, which costs nothing when both are one memory.
  func copyUnlessSame(_ source: TensorView) {
    if !isSameMemory(as: source) { copy(from: source) }
  }
}
