import Kernels
import Tensors

/// The inputs side by side along the last axis.
///
/// - Inputs: `[..., a]`, `[..., b]`, … alike but for the last axis. Output: `[..., a + b + …]`.
public struct Concatenate: Layer {
  public static let kind = "concatenate"
  public static let inputCount = 1...Int.max

  /// A layer that puts its inputs side by side.
  public init() {}

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    let first = inputs[0].shape
    for input in inputs {
      guard !input.isIndices else { throw LayerError.expectedNumbers }
      guard input.shape.rank >= 1, input.shape.rank == first.rank,
        input.shape.dimensions.dropLast() == first.dimensions.dropLast()
      else {
        throw LayerError.inputShape(
          expected: "\(first) but for the last axis, as the first input", found: input.shape)
      }
    }
    let width = inputs.reduce(0) { $0 + $1.shape.last }
    return ValueSpec(try Shape(checking: first.dimensions.dropLast() + [width]))
  }

  public func forward(_ pass: ForwardPass) {
    var column = 0
    for input in pass.inputs {
      Kernels.copyColumns(
        of: input.asRows, from: 0, count: input.shape.last, into: pass.output.asRows, at: column)
      column += input.shape.last
    }
  }

  public func backward(_ pass: BackwardPass) {
    var column = 0
    for (input, gradient) in zip(pass.forward.inputs, pass.inputGradients) {
      if let gradient {
        Kernels.copyColumns(
          of: pass.outputGradient.asRows, from: column, count: input.shape.last,
          into: gradient.asRows, at: 0)
      }
      column += input.shape.last
    }
  }
}
