import Foundation
import Kernels
import Layers
import ModelFiles
import Networks
import Tensors
import Training

extension Revision {
  /// Writes the mean of the weights of several models of one architecture, as stochastic weight
  /// averaging (Izmailov et al., 2018) and model soups (Wortsman et al., 2022) do.
  ///
  /// The statistics of batch normalisation belong to the weights that they were measured with. With
  /// data they are measured anew, as the mean over all batches of the mean and the variance of each;
  /// otherwise their mean is taken, and said so.
  ///
  /// - Parameters:
  ///   - sources: at least two model files with the same layers.
  ///   - output: the file to write.
  ///   - data: a table, or arrays of NumPy, for running statistics.
  ///   - batchSize: how many rows are measured together; 256, or what the models were trained with.
  ///   - commandLine: for the model's provenance.
  /// - Throws: `ModelFileError`, ``FileError``, or what is wrong with the data.
  public static func average(
    _ sources: [String], to output: String, data: String? = nil, batchSize: Int? = nil,
    commandLine: [String] = []
  ) throws -> Result {
    precondition(sources.count > 1, "a mean takes at least two models")
    let opened = try sources.map { try source($0, output: output) }
    let (first, rest) = (opened[0], opened.dropFirst())
    for other in rest {
      try other.file.check(isLike: first.file)
    }
    var (model, notes) = first.model.withoutTrainingState()
    model.snapshot = TrainingSnapshot(Parameters(meanOf: opened.map(\.model.parameters)))
    model.training = nil
    model.configuration = first.file.configuration
    if model.parameters.layout.entries.contains(where: { $0.spec.role == .statistic }) {
      if let data {
        model.snapshot = TrainingSnapshot(
          try model.measuringStatistics(
            with: data, file: first.file,
            batchSize: batchSize ?? first.file.options?.batchSize ?? 256))
      } else {
        notes.append(
          "running statistics are the mean of those of the models; --data measures them anew")
      }
    } else if data != nil {
      notes.append("there are no running statistics to be measured; the data were not read")
    }
    return try write(
      model, to: output, madeOf: opened.map(\.file), commandLine: commandLine,
      weightType: first.file.storedWeightType, notes: notes)
  }
}

extension ModelFile {
  /// Checks that a file has the same layers as another one.
  fileprivate func check(isLike other: ModelFile) throws {
    let difference = zip(network.nodes, other.network.nodes).first { $0 != $1 }
    if let (found, expected) = difference {
      throw ModelFileError(
        name,
        "layer '\(found.name)' is not the same as '\(expected.name)' of \(other.name); a mean takes "
          + "models of one architecture")
    }
    guard network == other.network else {
      throw ModelFileError(
        name, "has other layers than \(other.name); a mean takes models of one architecture")
    }
    guard preprocessing?.inputs == other.preprocessing?.inputs else {
      throw ModelFileError(
        name,
        "prepares its columns in another way than \(other.name); their mean would mean nothing")
    }
  }
}

extension Parameters {
  /// The mean of parameters of one layout, computed in float64.
  fileprivate init(meanOf all: [Parameters]) {
    self = all[0]
    for entry in layout.entries {
      var sum = self[entry].doubles()
      for other in all.dropFirst() {
        for (index, value) in other[entry].doubles().enumerated() { sum[index] += value }
      }
      let mean = Tensor(sum.map { $0 / Double(all.count) }, shape: entry.spec.shape)
      self[entry] = mean.converted(to: elementType)
    }
  }
}

extension Model {
  /// The parameters with running statistics as rows of data give them.
  fileprivate func measuringStatistics(
    with data: String, file: ModelFile, batchSize: Int
  ) throws -> Parameters {
    // Nothing is kept of the statistics before: each batch leaves its own.
    let network = try Network(
      inputs: network.inputs,
      nodes: network.nodes.map { node in
        guard var layer = node.layer as? BatchNormalization else { return node }
        layer.momentum = 0
        return Node(node.name, layer, inputs: node.inputs, ties: node.ties)
      }, outputs: network.outputs)
    let live = LiveParameters(parameters.converted(to: .float32))
    let inputs = try WholeExamples(data, for: file)
    let capacity = min(batchSize, inputs.rowCount)
    let session = Session(
      try Plan(network, mode: .training, capacity: capacity), parameters: live,
      threadCount: ProcessInfo.processInfo.activeProcessorCount)
    var sum = [Double](repeating: 0, count: live.statistics.count)
    var batchCount = 0
    // The rest of the rows would count as much as a whole batch, as in PyTorch, and is left out.
    for start in stride(from: 0, through: inputs.rowCount - capacity, by: capacity) {
      for (index, tensor) in inputs.inputs.enumerated() {
        session.input(index, count: capacity).copy(
          from: tensor.borrowedView().rows(start..<start + capacity))
      }
      session.forward(count: capacity, step: batchCount)
      for (index, value) in live.statistics.doubles().enumerated() { sum[index] += value }
      batchCount += 1
    }
    withExtendedLifetime(inputs.inputs) {}
    Tensor(sum.map { $0 / Double(batchCount) }).withView { live.statistics.convert(from: $0) }
    return live.snapshot().converted(to: parameters.elementType)
  }
}
