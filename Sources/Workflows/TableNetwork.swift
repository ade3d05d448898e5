import Datasets
import Foundation
import Layers
import Networks
import Training

extension Network {
  /// The network of a configuration for the inputs and outputs of a preprocessing.
  ///
  /// A network in words is what it says. Otherwise all inputs stand beside each other, embedded
  /// categories looked up; then come the hidden layers, each with its normalisation, activation and
  /// dropout; then the outputs.
  ///
  /// - Throws: `NetworkError` when an option is impossible.
  static func of(
    _ configuration: Configuration, for preprocessing: Preprocessing, losses: [OutputLoss]
  ) throws -> Network {
    if let description = configuration.network {
      let network = try configuration.locating {
        try description.network(
          for: preprocessing, losses: losses, initializer: configuration.initializer)
      }
      try checkSize(network)
      return network
    }
    try checkSize(configuration, preprocessing)
    let builder = NetworkBuilder()
    var value = preprocessing.joinedInputs(builder)
    let initializer = configuration.initializer ?? .usual(before: configuration.activation)
    for units in configuration.hidden {
      value = builder.add(Dense(units, kernelInitializer: initializer), to: value)
      if configuration.batchNorm { value = builder.add(BatchNormalization(), to: value) }
      value = builder.add(Activation(configuration.activation), to: value)
      if configuration.dropout > 0 {
        value = builder.add(Dropout(configuration.dropout), to: value)
      }
    }
    let outputs = zip(preprocessing.targets, losses).map { target, part in
      builder.add(
        Dense(target.outputCount(for: part.loss), kernelInitializer: .xavierUniform),
        named: preprocessing.targets.count > 1
          ? builder.name(for: target.name, beginning: "output_") : nil, to: value)
    }
    return try builder.network(outputs: outputs)
  }
}

extension Network {
  /// Refuses a network whose training needs more memory than the machine has.
  private static func checkSize(
    _ configuration: Configuration, _ preprocessing: Preprocessing
  ) throws {
    // Counted in floating point, in which nothing overflows.
    var parameterCount = 0.0
    var width = 0.0
    for input in preprocessing.inputs {
      let usual = input.vocabularySize == nil ? 1 : Preprocessing.usualTextDimension
      let dimension = Double(input.dimension ?? usual)
      if let size = input.vocabularySize { parameterCount += Double(size) * dimension }
      width += Double(input.width) * dimension
    }
    let outputCount = preprocessing.targets.reduce(0) { $0 + $1.outputCount }
    for units in configuration.hidden + [outputCount] {
      parameterCount += (width + 1) * Double(units)
      width = Double(units)
    }
    try checkMemory(parameterCount: parameterCount, option: "hidden")
  }

  /// The same for a network in words, of which the largest layers are told.
  private static func checkSize(_ network: Network) throws {
    var counts: [(name: String, count: Double)] = []
    for node in network.nodes {
      let specs = node.layer.parameters(for: node.inputs.compactMap { network.values[$0] })
      let own = specs.filter { node.ties[$0.name] == nil }
      counts.append((node.name, own.reduce(0) { $0 + Double($1.shape.count) }))
    }
    let largest = counts.max { $0.count < $1.count }?.name ?? ""
    try checkMemory(
      parameterCount: counts.reduce(0) { $0 + $1.count }, option: "network",
      hint: "; the largest layer is '\(largest)'")
  }

  private static func checkMemory(
    parameterCount: Double, option: String, hint: String = ""
  ) throws {
    // The parameters, the best ones, their gradient, and two slots of an optimizer.
    let needed = 5 * 4 * parameterCount
    let memory = ProcessInfo.processInfo.physicalMemory
    guard needed <= Double(memory) else {
      throw ConfigurationError.option(
        option,
        problem: "training needs \(gigabytes(needed)) for \(gigabytes(4 * parameterCount)) of "
          + "parameters, and this machine has \(gigabytes(Double(memory)))\(hint)")
    }
  }

  private static func gigabytes(_ bytes: Double) -> String {
    let size = (bytes / 1e9).rounded()
    return size < 1e15 ? "\(Int(size)) GB" : "\(size) GB"
  }
}

extension Preprocessing.Target {
  /// How many values a network gives for a row: one per class or label, or one for a number; losses of
  /// yes or no need but one for two classes.
  func outputCount(for loss: any Loss) -> Int {
    if case .classes = self, outputCount == 2, loss.link == .sigmoid { return 1 }
    return outputCount
  }
}

extension NetworkBuilder {
  /// A name that is free, made from words of any kind; nil where it would be taken.
  func name(for words: String, beginning prefix: String) -> String? {
    let plain = words.map { $0.isLetter || $0.isNumber ? $0 : "_" }
    let name = String((prefix + String(plain)).prefix(60))
    return has(name) ? nil : name
  }
}
