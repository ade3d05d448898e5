import Kernels
import Tensors

/// The same elements with the axes in another order: the k-th axis of the output is the axis
/// ``axes``[k] of the input.
///
/// - Input: any shape. Output: its extents in the new order.
public struct Permute: Layer {
  public static let kind = "permute"
  public static var defaults: Permute { Permute([0]) }
  public static var neededOptions: [String] { ["axes"] }

  /// The axes of an example in their new order, counted from 0 without the batch axis.
  public var axes: [Int]

  /// A layer that puts axes in another order.
  public init(_ axes: [Int]) { self.axes = axes }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    let shape = inputs[0].shape
    guard axes.count == shape.rank, Set(axes) == Set(0..<shape.rank) else {
      throw LayerError.option(
        name: "axes", expected: "each of 0 to \(shape.rank - 1) once, for \(shape)",
        found: "\(axes)")
    }
    return ValueSpec(try Shape(checking: axes.map { shape[$0] }), isIndices: inputs[0].isIndices)
  }

  public func forward(_ pass: ForwardPass) {
    Kernels.copy(
      pass.inputs[0], into: pass.output, along: walk(pass.inputs[0], pass.output),
      on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradients[0] else { return }
    Kernels.copy(
      pass.outputGradient, into: inputGradient,
      along: walk(inputGradient, pass.outputGradient).reversed, on: pass.workers)
  }

  private func walk(_ input: TensorView, _ output: TensorView) -> StridedWalk {
    var walk = StridedWalk()
    walk.append(
      input.rows, sourceStride: input.shape.stride(0), targetStride: output.shape.stride(0))
    for (axis, source) in axes.enumerated() {
      walk.append(
        output.shape[axis + 1], sourceStride: input.shape.stride(source + 1),
        targetStride: output.shape.stride(axis + 1))
    }
    return walk
  }
}

extension Shape {
  /// How many elements apart two neighbours along an axis are.
  func stride(_ axis: Int) -> Int {
    var stride = 1
    for inner in axis + 1..<max(rank, axis + 1) { stride *= self[inner] }
    return stride
  }
}
