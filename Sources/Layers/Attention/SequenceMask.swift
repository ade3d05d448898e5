import Kernels
import Tensors

/// Says which steps of a sequence of indices are there: 1 where the index is not the padding's, else 0.
///
/// What Keras' `Embedding(mask_zero=True)` hands on silently is a value like any other here.
///
/// - Input: `[steps]` indices.
/// - Output: `[steps]`.
public struct SequenceMask: Layer {
  public static let kind = "sequence_mask"
  public static var defaults: SequenceMask { SequenceMask() }

  /// The index that stands for no step; 0.
  public var padding: Int

  /// A maker of masks.
  public init(padding: Int = 0) { self.padding = padding }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard inputs[0].isIndices else { throw LayerError.expectedIndices }
    guard Int32(exactly: padding) != nil, padding >= 0 else {
      throw LayerError.option(name: "padding", expected: "an index", found: "\(padding)")
    }
    guard inputs[0].shape.rank == 1 else {
      throw LayerError.inputShape(expected: "[steps]", found: inputs[0].shape)
    }
    return ValueSpec(inputs[0].shape)
  }

  public func forward(_ pass: ForwardPass) {
    let (indices, mask) = (pass.inputs[0], pass.output)
    let padding = Int32(truncatingIfNeeded: padding)
    for place in 0..<indices.count {
      let isThere = indices.element(place, as: Int32.self) != padding
      if mask.elementType == .float64 {
        mask.setElement(place, to: isThere ? 1.0 : 0.0)
      } else {
        mask.setElement(place, to: isThere ? Float(1) : Float(0))
      }
    }
  }

  public func backward(_ pass: BackwardPass) {}
}
