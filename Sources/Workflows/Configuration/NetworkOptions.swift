import Layers
import Training

extension ConfigurationOption {
  /// The options that shape the network.
  static let networkOptions: [ConfigurationOption] = [
    ConfigurationOption(
      optional: "network", .network, "LAYERS", \.network, read: { try NetworkDescription($0) },
      write: { $0.value },
      "The network in words, in place of hidden, activation, dropout and batch_norm, as in "
        + "dense(64), relu, output; in YAML with named inputs, connections and shared parts"),
    ConfigurationOption(
      "hidden", .network, "UNITS", \.hidden,
      read: { value in try value.isNone ? [] : value.list().map { try positive($0) } },
      write: { .list($0.map { .integer($0) }) },
      "Units of each hidden layer, as in 128,64; none for a linear model (128,64)"),
    ConfigurationOption(
      "activation", .network, "NAME", \.activation,
      read: { try $0.choice(ActivationFunction.self) },
      write: { .text($0.rawValue) },
      "What follows each hidden layer: "
        + ActivationFunction.allCases.map { $0.rawValue }.joined(separator: ", ") + " (relu)"
    ).offering(ActivationFunction.allCases.map { $0.rawValue }),
    ConfigurationOption(
      "dropout", .network, "SHARE", \.dropout,
      read: number("0 up to below 1") { $0 >= 0 && $0 < 1 }, write: { .number($0) },
      "Share of hidden units dropped while training (0.1)"),
    ConfigurationOption(
      "batch_norm", .network, "BOOL", \.batchNorm, read: { try $0.bool() },
      write: { .flag($0) }, "Normalise each hidden layer over the batch (false)"),
    ConfigurationOption(
      optional: "init", .network, "NAME", \.initializer,
      read: { value in
        let text = try value.string()
        if let initializer = Initializer(text) { return initializer }
        // A name that is right wants other numbers.
        if Initializer.names.contains(String(text.prefix { $0 != "(" })) {
          throw ConfigurationMismatch(
            expected: "numbers as in constant(0.1), uniform(-0.05, 0.05) or normal(0, 0.05)",
            found: value)
        }
        throw ConfigurationMismatch(expectedOneOf: Initializer.names, found: text)
      }, write: { .text($0.description) },
      "How kernels start: \(Initializer.names.joined(separator: ", ")), with numbers as in "
        + "constant(0.1); as suits the activation when not given"
    ).offering(Initializer.names.filter { Initializer($0) != nil }),
  ]

  /// Reads a number, and checks it at once, so that a message can name its place.
  static func number(
    _ expected: String, _ isRight: @escaping @Sendable (Double) -> Bool
  ) -> @Sendable (ConfigurationValue) throws -> Double {
    { value in
      let number = try value.double()
      guard isRight(number) else { throw ConfigurationMismatch(expected: expected, found: value) }
      return number
    }
  }

  static func positive(_ value: ConfigurationValue) throws -> Int {
    let integer = try value.int()
    guard integer > 0 else { throw ConfigurationMismatch(expected: "1 or more", found: value) }
    return integer
  }
}
