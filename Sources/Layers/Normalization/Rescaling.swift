import Kernels
import Tensors

/// Multiplies by one number and adds another: y = scale · x + offset, as in 1/255 for pixels.
///
/// Keras' `Rescaling`.
///
/// - Input and output: any shape.
public struct Rescaling: Layer {
  public static let kind = "rescaling"
  public static var defaults: Rescaling { Rescaling(1) }
  public static var neededOptions: [String] { ["scale"] }

  /// What is multiplied with.
  public var scale: Double

  /// What is added; 0.
  public var offset: Double

  /// A layer that scales.
  public init(_ scale: Double, offset: Double = 0) {
    self.scale = scale
    self.offset = offset
  }

  public var memoryUse: LayerMemoryUse {
    LayerMemoryUse(backwardReads: .nothing, runsInPlace: true)
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    for (name, value) in [("scale", scale), ("offset", offset)] where !value.isFinite {
      throw LayerError.option(name: name, expected: "a finite number", found: "\(value)")
    }
    return inputs[0]
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] { [ScratchSpec([1])] }

  public func forward(_ pass: ForwardPass) {
    pass.output.copyUnlessSame(pass.inputs[0])
    Kernels.scale(pass.output, by: scale, on: pass.workers)
    guard offset != 0 else { return }
    Kernels.fill(pass.scratch[0], with: offset)
    Kernels.addBias(
      pass.scratch[0], to: pass.output.reshaped(to: Shape(pass.output.count, 1)), on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    guard let target = pass.inputGradients[0] else { return }
    target.copyUnlessSame(pass.outputGradient)
    Kernels.scale(target, by: scale, on: pass.workers)
  }
}
