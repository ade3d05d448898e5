import Formats
import Layers

extension KerasOptions {
  /// The function that an option names; nil for none.
  ///
  /// - Throws: ``ConversionError`` for a function that the engine does not have.
  func activation(
    _ names: String..., era: KerasEra
  ) throws(ConversionError) -> Activation? {
    guard let value = take(names) else { return nil }
    return try activation(value, option: names[0], era: era)
  }

  /// The function of a description: a name, or an object that names a function or a layer.
  func activation(
    _ value: KerasJSON, option: String, era: KerasEra
  ) throws(ConversionError) -> Activation? {
    var name = value.text ?? value["class_name"]?.text ?? ""
    let config = value["config"]
    if name == "function", let function = config?.text { name = function }
    guard name != "__lambda__" else {
      throw error("\(option): a lambda is a program, which is never run")
    }
    func number(_ keys: String..., usual: Double) -> Double {
      keys.lazy.compactMap { config?[$0]?.number }.first ?? usual
    }
    switch name.lowercased().filter({ $0 != "_" }) {
    case "linear", "identity": return nil
    case "relu" where config?.object != nil:
      return try rectifier(
        maximum: config?["max_value"]?.number, slope: number("negative_slope", usual: 0),
        threshold: number("threshold", usual: 0))
    case "relu": return Activation(.relu)
    case "leakyrelu":
      return Activation(
        .leakyReLU,
        slope: number("negative_slope", "alpha", usual: value.text == nil ? 0.3 : 0.2))
    case "elu": return Activation(.elu, slope: number("alpha", usual: 1))
    case "sigmoid": return Activation(.sigmoid)
    case "tanh": return Activation(.tanh)
    case "softmax": return Activation(.softmax)
    case "selu": return Activation(.selu)
    case "softplus": return Activation(.softplus)
    case "softsign": return Activation(.softsign)
    case "swish", "silu": return Activation(.silu)
    case "gelu":
      return Activation(config?["approximate"]?.bool == true ? .geluTanh : .gelu)
    case "exponential": return Activation(.exponential)
    // Its slope was 0.2 until Keras 3.
    case "hardsigmoid": return Activation(.hardSigmoid, slope: era.major < 3 ? 0.2 : nil)
    case "hardsilu", "hardswish": return Activation(.hardSwish)
    case "mish": return Activation(.mish)
    case "relu6": return Activation(.relu6)
    default:
      throw error(
        "\(option): the function '\(name.prefix(80))' has no counterpart; those that have: "
          + ActivationFunction.allCases.map(\.rawValue).joined(separator: ", "))
    }
  }

  /// max(x, 0), cut above and sloped below.
  func rectifier(
    maximum: Double?, slope: Double, threshold: Double
  ) throws(ConversionError) -> Activation {
    switch (maximum, slope, threshold) {
    case (nil, 0, 0): return Activation(.relu)
    case (6, 0, 0): return Activation(.relu6)
    case (nil, let slope, 0) where slope > 0: return Activation(.leakyReLU, slope: slope)
    default:
      throw error(
        "a rectifier with the maximum \(maximum.map { "\($0)" } ?? "none"), slope \(slope) and "
          + "threshold \(threshold) has no counterpart; expected relu, relu6 or leaky relu")
    }
  }
}

/// Which Keras has written a file, as far as it matters.
struct KerasEra {
  /// The first number of the version; 1 where the file does not say.
  let major: Int
  let minor: Int
  /// Whether kernels are those of a true convolution, which runs over them from the end, as with Theano.
  let flipsKernels: Bool

  init(_ file: KerasFile) {
    let parts = (file.version ?? "").split(separator: ".").map { Int($0.prefix { $0.isNumber }) }
    // `.keras` and its weights came with version 2.12; every file of theirs has a version.
    major = parts.first.flatMap { $0 } ?? 1
    minor = parts.count > 1 ? parts[1] ?? 0 : 0
    flipsKernels = file.backend == "theano"
  }

  /// The version in words.
  var description: String { major == 1 ? "Keras 1" : "Keras \(major).\(minor)" }
}
