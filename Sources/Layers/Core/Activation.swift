import Kernels

import Tensors

/// A function applied to every element, or to every row for softmax.
public enum ActivationFunction: String, Codable, Hashable, Sendable, CaseIterable {
  /// x
  case identity
  /// 1 / (1 + e⁻ˣ)
  case sigmoid
  /// tanh x
  case tanh
  /// max(x, 0)
  case relu
  /// x for x > 0, otherwise slope · x; slope 0.01 as PyTorch
  case leakyReLU = "leaky_relu"
  /// x for x > 0, otherwise slope · (eˣ − 1); slope 1 (Clevert et al., 2015)
  case elu
  /// 1.0507 · ELU with slope 1.6733 (Klambauer et al., 2017)
  case selu
  /// x · sigmoid(x), also known as swish
  case silu
  /// x · Φ(x), with the exact normal distribution function (Hendrycks and Gimpel, 2016)
  case gelu
  /// GELU by its tanh approximation
  case geluTanh = "gelu_tanh"
  /// log(1 + eˣ)
  case softplus
  /// slope · x + ½, cut to 0 and 1; slope 1/6 as PyTorch and Keras 3 (Keras 2: 0.2)
  case hardSigmoid = "hard_sigmoid"
  /// x · (x + 3, cut to 0 and 6) / 6 (Howard et al., 2019)
  case hardSwish = "hard_swish"
  /// x, cut to 0 and 6
  case relu6
  /// x / (1 + |x|)
  case softsign
  /// eˣ
  case exponential
  /// x · tanh(log(1 + eˣ)) (Misra, 2019)
  case mish
  /// eˣ / Σ eˣ over the last axis
  case softmax

  /// The slope that is used when none is given.
  public var defaultSlope: Double {
    switch self {
    case .leakyReLU: 0.01
    case .elu: 1
    case .hardSigmoid: 1.0 / 6
    default: 0
    }
  }

  /// The function of that name, or nil.
  public init?(name: String) {
    self.init(rawValue: name.lowercased().replacing("-", with: "_"))
  }

  fileprivate var kernel: ElementwiseFunction? {
    switch self {
    case .identity: .identity
    case .sigmoid: .sigmoid
    case .tanh: .tanh
    case .relu: .relu
    case .leakyReLU: .leakyReLU
    case .elu: .elu
    case .selu: .selu
    case .silu: .silu
    case .gelu: .gelu
    case .geluTanh: .geluTanh
    case .softplus: .softplus
    case .hardSigmoid: .hardSigmoid
    case .hardSwish: .hardSwish
    case .relu6: .relu6
    case .softsign: .softsign
    case .exponential: .exponential
    case .mish: .mish
    case .softmax: nil
    }
  }
}

/// A layer that applies an activation function.
///
/// - Input and output: any shape.
public struct Activation: Layer {
  public static let kind = "activation"
  public static var defaults: Activation { Activation(.relu) }
  public static var neededOptions: [String] { ["function"] }

  /// The function.
  public var function: ActivationFunction

  /// The slope of leaky ReLU below zero or of the hard sigmoid, or the scale of ELU; other functions
  /// have none.
  public var slope: Double

  /// A layer that applies a function.
  ///
  /// - Parameters:
  ///   - function: the function.
  ///   - slope: ``ActivationFunction/defaultSlope`` when nil.
  public init(_ function: ActivationFunction, slope: Double? = nil) {
    self.function = function
    self.slope = slope ?? function.defaultSlope
  }

  public var memoryUse: LayerMemoryUse {
    let readsInput = function.kernel.map { $0.usesInput } ?? false
    return LayerMemoryUse(
      backwardReads: readsInput ? .inputs : .output, runsInPlace: !readsInput)
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    guard slope.isFinite, slope >= 0 else {
      throw LayerError.option(name: "slope", expected: "0 or more", found: "\(slope)")
    }
    if function == .softmax, inputs[0].shape.rank == 0 {
      throw LayerError.inputShape(expected: "[..., classes]", found: inputs[0].shape)
    }
    return inputs[0]
  }

  public func forward(_ pass: ForwardPass) {
    guard let kernel = function.kernel else {
      return Kernels.softmax(pass.inputs[0], into: pass.output, on: pass.workers)
    }
    Kernels.activate(
      kernel, slope: slope, pass.inputs[0], into: pass.output, on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradients[0] else { return }
    guard let kernel = function.kernel else {
      return Kernels.softmaxGradient(
        output: pass.forward.output, outputGradient: pass.outputGradient, into: inputGradient,
        on: pass.workers)
    }
    Kernels.activationGradient(
      kernel, slope: slope, input: pass.forward.inputs[0], output: pass.forward.output,
      outputGradient: pass.outputGradient, into: inputGradient, on: pass.workers)
  }
}
