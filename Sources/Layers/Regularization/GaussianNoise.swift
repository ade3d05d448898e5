import Kernels
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Adds normal noise while training: y = x + deviation · n.
///
/// Keras' `GaussianNoise`. The noise is a function of seed, layer and step.
///
/// - Input and output: any shape.
public struct GaussianNoise: Layer {
  public static let kind = "gaussian_noise"
  public static var defaults: GaussianNoise { GaussianNoise(0.1) }
  public static var mainOption: String? { "deviation" }

  /// The standard deviation of the noise, 0 or more.
  public var deviation: Double

  /// A layer that adds noise.
  public init(_ deviation: Double) { self.deviation = deviation }

  public var memoryUse: LayerMemoryUse {
    LayerMemoryUse(backwardReads: .nothing, runsInPlace: true)
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    guard deviation >= 0, deviation.isFinite else {
      throw LayerError.option(name: "deviation", expected: "0 or more", found: "\(deviation)")
    }
    return inputs[0]
  }

  public func forward(_ pass: ForwardPass) {
    pass.output.copyUnlessSame(pass.inputs[0])
    guard pass.mode == .training, deviation > 0 else { return }
    let output = pass.output
    // Two normal numbers of two uniform ones (Box and Muller, 1958).
    for pair in 0..<(output.count + 1) / 2 {
      let radius = deviation * (-2 * log(1 - pass.random.uniform(at: 2 * pair))).squareRoot()
      let angle = 2 * Double.pi * pass.random.uniform(at: 2 * pair + 1)
      add(radius * cos(angle), at: 2 * pair, of: output)
      if 2 * pair + 1 < output.count { add(radius * sin(angle), at: 2 * pair + 1, of: output) }
    }
  }

  private func add(_ noise: Double, at place: Int, of view: TensorView) {
    if view.elementType == .float64 {
      view.setElement(place, to: view.element(place, as: Double.self) + noise)
    } else {
      view.setElement(place, to: view.element(place, as: Float.self) + Float(noise))
    }
  }

  public func backward(_ pass: BackwardPass) {
    pass.inputGradients[0]?.copyUnlessSame(pass.outputGradient)
  }
}
