import Layers

/// What is added to the loss for parameters: Keras has it with every layer, the network as one option.
struct WrittenKerasPenalties: Hashable {
  /// Of the magnitudes of kernels.
  var l1 = 0.0

  /// Of the squares of kernels.
  var l2 = 0.0

  /// Of the squares of all that is trained: half the decay that an optimizer adds to gradients.
  var decay = 0.0

  /// Keras' regularizer of a parameter.
  func regularizer(_ role: ParameterSpec.Role) -> WrittenKerasValue {
    let isKernel = role == .kernel
    let (first, second) = (isKernel ? l1 : 0, (isKernel ? l2 : 0) + decay)
    if first == 0 {
      if second == 0 { return nil }
      return .keras("keras.regularizers", "L2", [.init("l2", .number(second))])
    }
    if second == 0 { return .keras("keras.regularizers", "L1", [.init("l1", .number(first))]) }
    return .keras(
      "keras.regularizers", "L1L2", [.init("l1", .number(first)), .init("l2", .number(second))])
  }
}

extension Initializer {
  /// Whether Keras' own leaves out what lies further than two deviations.
  var isCutInKeras: Bool { self == .xavierNormal || self == .heNormal }

  /// Keras' initializer. It is of use only for layers that are made anew there, as weights are
  /// written.
  var keras: WrittenKerasValue {
    func keras(
      _ className: String, _ options: WrittenKerasValue.Member...
    ) -> WrittenKerasValue { .keras("keras.initializers", className, options) }
    let seed = WrittenKerasValue.Member("seed", nil)
    return switch self {
    case .zeros: keras("Zeros")
    case .ones: keras("Ones")
    case .constant(let value): keras("Constant", .init("value", .number(value)))
    case .uniform(let lower, let upper):
      keras(
        "RandomUniform", .init("minval", .number(lower)), .init("maxval", .number(upper)), seed)
    case .normal(let mean, let deviation):
      keras(
        "RandomNormal", .init("mean", .number(mean)), .init("stddev", .number(deviation)), seed)
    case .xavierUniform: keras("GlorotUniform", seed)
    case .xavierNormal: keras("GlorotNormal", seed)
    case .heUniform: keras("HeUniform", seed)
    case .heNormal: keras("HeNormal", seed)
    case .orthogonal: keras("Orthogonal", .init("gain", 1.0), seed)
    }
  }
}
