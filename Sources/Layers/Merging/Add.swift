import Kernels
import Tensors

/// The sum of two or more inputs of one shape.
///
/// - Inputs and output: any shape, all the same.
public struct Add: Layer {
  public static let kind = "add"
  public static var defaults: Add { Add() }
  public static let inputCount = 2...Int.max

  /// A layer that adds its inputs.
  public init() {}

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    for input in inputs {
      guard !input.isIndices else { throw LayerError.expectedNumbers }
      guard input.shape == inputs[0].shape else {
        throw LayerError.inputShape(
          expected: "\(inputs[0].shape), as the first input", found: input.shape)
      }
    }
    return inputs[0]
  }

  public func forward(_ pass: ForwardPass) {
    pass.output.copy(from: pass.inputs[0])
    for input in pass.inputs.dropFirst() {
      Kernels.add(input, to: pass.output, on: pass.workers)
    }
  }

  public func backward(_ pass: BackwardPass) {
    for gradient in pass.inputGradients { gradient?.copy(from: pass.outputGradient) }
  }
}
