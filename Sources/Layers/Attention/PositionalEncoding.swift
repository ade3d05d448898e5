import Kernels
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Adds sines and cosines of the position to every step, which nothing learns.
///
/// Vaswani et al., 2017: y(t, 2i) = x + sin(t / 10000^(2i / features)), y(t, 2i + 1) = x + cos of the
/// same.
///
/// - Input and output: `[steps, features]`.
public struct PositionalEncoding: Layer {
  public static let kind = "positional_encoding"
  public static var defaults: PositionalEncoding { PositionalEncoding() }

  /// The longest wave, in units of 2π; 10,000.
  public var base: Double

  /// A positional encoding.
  public init(base: Double = 10_000) { self.base = base }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    guard base > 1, base.isFinite else {
      throw LayerError.option(name: "base", expected: "more than 1", found: "\(base)")
    }
    guard inputs[0].shape.rank == 2, inputs[0].shape.count > 0 else {
      throw LayerError.inputShape(expected: "[steps, features]", found: inputs[0].shape)
    }
    return inputs[0]
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] { [ScratchSpec(inputs[0].shape)] }

  public func forward(_ pass: ForwardPass) {
    let waves = pass.scratch[0]
    let (steps, features) = (waves.shape[0], waves.shape[1])
    for pair in 0..<(features + 1) / 2 {
      let frequency = pow(base, -Double(2 * pair) / Double(features))
      for step in 0..<steps {
        let angle = Double(step) * frequency
        set(waves, step * features + 2 * pair, to: sin(angle))
        if 2 * pair + 1 < features { set(waves, step * features + 2 * pair + 1, to: cos(angle)) }
      }
    }
    pass.output.copyUnlessSame(pass.inputs[0])
    Kernels.addBias(
      waves.reshaped(to: Shape(waves.count)),
      to: pass.output.reshaped(to: Shape(pass.output.shape[0], waves.count)), on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    pass.inputGradients[0]?.copyUnlessSame(pass.outputGradient)
  }

  private func set(_ view: TensorView, _ index: Int, to value: Double) {
    if view.elementType == .float64 {
      view.setElement(index, to: value)
    } else {
      view.setElement(index, to: Float(value))
    }
  }
}
