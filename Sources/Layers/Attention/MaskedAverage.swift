import Kernels
import Tensors

/// The mean of the steps that are there: Σ mask_t · x_t / Σ mask_t, and 0 where there are none.
///
/// Keras' `GlobalAveragePooling1D` of a masked sequence.
///
/// - Inputs: `[steps, features]`, and a mask `[steps]` of 1 and 0.
/// - Output: `[features]`.
public struct MaskedAverage: Layer {
  public static let kind = "masked_average"
  public static var defaults: MaskedAverage { MaskedAverage() }
  public static var inputCount: ClosedRange<Int> { 2...2 }

  /// A mean of steps.
  public init() {}

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .inputs) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    for input in inputs where input.isIndices { throw LayerError.expectedNumbers }
    let shape = inputs[0].shape
    guard shape.rank == 2, shape[0] > 0, shape[1] > 0 else {
      throw LayerError.inputShape(expected: "[steps, features]", found: shape)
    }
    guard inputs[1].shape == [shape[0]] else {
      throw LayerError.inputShape(expected: "[\(shape[0])] for the mask", found: inputs[1].shape)
    }
    return ValueSpec([shape[1]])
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    // The mask, each step divided by the number of those that are there.
    [ScratchSpec([inputs[0].shape[0]], isPerExample: true)]
  }

  public func forward(_ pass: ForwardPass) {
    let (x, shares) = (pass.inputs[0], pass.scratch[0])
    Kernels.shareRows(pass.inputs[1], into: shares)
    for row in 0..<x.shape[0] {
      // [1, steps] · [steps, features].
      Kernels.multiply(
        shares.rows(row..<row + 1), by: example(x, row),
        into: pass.output.rows(row..<row + 1), on: pass.workers)
    }
  }

  public func backward(_ pass: BackwardPass) {
    pass.inputGradients[1]?.clear()
    guard let dx = pass.inputGradients[0] else { return }
    let shares = pass.forward.scratch[0]
    for row in 0..<dx.shape[0] {
      Kernels.multiply(
        shares.rows(row..<row + 1), transposed: true,
        by: pass.outputGradient.rows(row..<row + 1), into: example(dx, row), on: pass.workers)
    }
  }

  private func example(_ x: TensorView, _ row: Int) -> TensorView {
    x.rows(row..<row + 1).reshaped(to: Shape(x.shape[1], x.shape[2]))
  }
}
