import Kernels
import Tensors

/// An example several times, along a new outermost axis, as Keras' `RepeatVector`.
///
/// - Input: `[...]`. Output: `[count, ...]`.
public struct Repeat: Layer {
  public static let kind = "repeat"
  public static var defaults: Repeat { Repeat(1) }
  public static var neededOptions: [String] { ["count"] }

  /// How often.
  public var count: Int

  /// A layer that repeats its input.
  public init(_ count: Int) { self.count = count }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard count > 0 else {
      throw LayerError.option(name: "count", expected: "1 or more", found: "\(count)")
    }
    return ValueSpec(
      try Shape(checking: [count] + inputs[0].shape.dimensions), isIndices: inputs[0].isIndices)
  }

  public func forward(_ pass: ForwardPass) {
    Kernels.copy(pass.inputs[0], into: pass.output, along: walk(pass.inputs[0]), on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradients[0] else { return }
    inputGradient.clear()
    Kernels.add(
      pass.outputGradient, to: inputGradient, along: walk(inputGradient).reversed,
      on: pass.workers)
  }

  private func walk(_ input: TensorView) -> StridedWalk {
    var walk = StridedWalk()
    let inner = input.rowCount
    walk.append(input.rows, sourceStride: inner, targetStride: count * inner)
    walk.append(count, sourceStride: 0, targetStride: inner)
    walk.append(inner, sourceStride: 1, targetStride: 1)
    return walk
  }
}
