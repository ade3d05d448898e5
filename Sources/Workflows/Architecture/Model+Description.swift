import Datasets
import ModelFiles
import Networks
import Tensors
import Training

extension Model {
  /// The network that a configuration describes, with weights by chance: what weights of another program
  /// are brought onto. Its inputs have shapes, and its last layer says how many outputs there are.
  ///
  /// - Throws: ``ConfigurationError`` with the line of what is wrong.
  init(described path: String) throws {
    var configuration = Configuration()
    try configuration.set(ConfigurationFile.read(path))
    guard let description = configuration.network else {
      throw ConfigurationError.conflict("\(path): describes no network; 'network' lists its layers")
    }
    let inputs = try configuration.inputs.map { input in
      guard let shape = input.shape else {
        throw ConfigurationError.conflict(
          "\(path): input '\(input.name)': expected a shape, as in {columns: x0..x783, shape: 28x28x1}"
        )
      }
      return DescribedInput(name: input.name, shape: try Shape(checking: shape))
    }
    guard !inputs.isEmpty else {
      throw ConfigurationError.conflict(
        "\(path): names no input; write input: {x: {columns: x0..x783, shape: 28x28x1}}")
    }
    let network = try configuration.locating {
      try description.network(
        inputs: inputs, outputs: [DescribedOutput(name: configuration.target ?? "output")],
        initializer: configuration.initializer
      ) { builder in
        let values = inputs.map { builder.input($0.name, shape: $0.shape) }
        return values.count == 1 ? values[0] : nil
      }
    }
    self.init(
      network: network,
      snapshot: TrainingSnapshot(try Parameters(for: network, seed: configuration.seed)),
      link: .identity)
  }
}
