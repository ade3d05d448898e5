import Formats
import ModelFiles
import Networks
import Training

/// Reads `.keras` archives.
package enum KerasArchiveImporter: ModelImporter {
  package static let kind = FileKind.keras

  package static func model(reading path: String, log: inout ConversionLog) throws -> Model {
    try KerasReading.model(of: KerasFile(archive: path), log: &log)
  }
}

/// Reads whole models in HDF5, as every version of Keras wrote them.
package enum KerasHDF5Importer: ModelImporter {
  package static let kind = FileKind.kerasHDF5

  package static func model(reading path: String, log: inout ConversionLog) throws -> Model {
    try KerasReading.model(of: KerasFile(hdf5: path), log: &log)
  }
}

/// What all readers of whole models do.
enum KerasReading {
  /// The model of a file.
  ///
  /// - Throws: ``ConversionError`` naming the layer, the weight or the option.
  static func model(of file: KerasFile, log: inout ConversionLog) throws -> Model {
    guard let configuration = file.configuration else {
      throw log.error(nil, "holds no description of a model")
    }
    let era = KerasEra(file)
    let graph = try KerasGraph(configuration, file: log.file)
    let compilation = KerasCompilation(file)
    var architecture = try KerasArchitecture(
      graph, era: era, isCompiled: compilation != nil, log: &log)
    let names = graph.isChain ? [graph.layers.last?.name ?? ""] : graph.outputs.map(\.layer)
    let outputs = try KerasOutputs(
      of: &architecture, named: names, compilation, log: &log)
    let arrays = try KerasArrays(file, for: architecture.leaves)
    let parameters = try architecture.parameters(of: file, arrays: arrays, log: &log)
    let state = try KerasTrainingState(
      file, architecture, arrays: arrays, compilation, outputs, layout: parameters.layout,
      era: era, log: &log)
    for name in file.others { log.ignore("member \(name)", "it is no part of a model") }
    let snapshot = TrainingSnapshot(
      parameters, slots: state?.slots ?? [], optimizerStep: state?.step ?? 0)
    return Model(
      network: architecture.network, snapshot: snapshot, link: outputs.links[0],
      furtherLinks: Array(outputs.links.dropFirst()),
      training: state.map {
        TrainingRecord(
          options: $0.options, progress: TrainingProgress(), history: [], live: nil)
      })
  }
}
