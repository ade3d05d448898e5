import Datasets
import Foundation
import Layers
import Networks
import Training

extension Network {
  /// The network of a configuration for the inputs and outputs of a preprocessing.
  ///
  /// A network in words is what it says. Otherwise all inputs stand beside each other, embedded
  /// categories looked up; then come the hidden layers, each with its normalisation, activation and dropout; then the outputs.
  ///
  /// - Throws: `NetworkError` when an option is impossible.
  static func of(
    _ configuration: Configuration, for preprocessing: Preprocessing, loss: any Loss
  ) throws -> Network {
    if let description = configuration.network {
      return try configuration.locating {
        try description.network(
          for: preprocessing, loss: loss, initializer: configuration.initializer)
      }
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
    let units = preprocessing.outputCount(for: loss)
    return try builder.network(
      outputs: builder.add(Dense(units, kernelInitializer: .xavierUniform), to: value))
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
    for units in configuration.hidden + [preprocessing.outputCount] {
      parameterCount += (width + 1) * Double(units)
      width = Double(units)
    }
    // The parameters, the best ones, their gradient, and two slots of an optimizer.
    let needed = 5 * 4 * parameterCount
    let memory = ProcessInfo.processInfo.physicalMemory
    guard needed <= Double(memory) else {
      throw ConfigurationError.option(
        "hidden",
        problem: "training needs \(gigabytes(needed)) for \(gigabytes(4 * parameterCount)) of "
          + "parameters, and this machine has \(gigabytes(Double(memory)))")
    }
  }

  private static func gigabytes(_ bytes: Double) -> String {
    let size = (bytes / 1e9).rounded()
    return size < 1e15 ? "\(Int(size)) GB" : "\(size) GB"
  }
}

extension Preprocessing {
  /// How many values a network gives for a row: one per class, or one for a number; losses of
  /// yes or no need but one for two classes.
  func outputCount(for loss: any Loss) -> Int {
    outputCount == 2 && loss.link == .sigmoid ? 1 : outputCount
  }

  /// How the epochs are judged besides the loss.
  var scoring: Scoring {
    switch target {
    case .classes(let target): .classes(count: target.classes.count)
    case .number(let target): .numbers(mean: target.offset, deviation: 1 / target.scale)
    }
  }
}
