import ModelFiles

/// Writes whole models of Keras in one HDF5 file, as all its versions read them.
package enum KerasHDF5Exporter: ModelExporter {
  package static let kind = FileKind.kerasHDF5

  package static func write(
    _ model: Model, to path: String, log: inout ConversionLog
  ) throws {
    let written = try WrittenKerasModel(model, log: &log)
    guard !written.graph.layers.contains(where: { $0.name == topLevel }) else {
      throw log.error(
        "layer \(topLevel)", "Keras keeps something else under this name; give it another one")
    }
    let store = WrittenKerasStore()
    addVersion(to: store)
    let configuration = written.configuration.filter {
      $0.name == "class_name" || $0.name == "config"
    }
    store.add("model_config", .text(WrittenKerasValue.object(configuration).json))
    addWeights(written, to: store.store(at: "model_weights"), log: &log)
    if let training = written.training { add(training, to: store) }
    try ReplacingFile.write(to: path) { try store.write(to: $0) }
  }

  /// The group of weights that belong to no layer; there are none here.
  private static let topLevel = "top_level_model_weights"

  private static func addVersion(to store: WrittenKerasStore) {
    store.add("keras_version", .text(WrittenKerasModel.version))
    // Whose layouts of kernels the weights have.
    store.add("backend", .text("tensorflow"))
  }

  private static func addWeights(
    _ model: WrittenKerasModel, to store: WrittenKerasStore, log: inout ConversionLog
  ) {
    addVersion(to: store)
    store.add("layer_names", .texts(model.weightedLayers.map(\.name)))
    for layer in model.weightedLayers {
      let group = store.store(at: layer.name)
      group.add("weight_names", .texts(layer.variables.map { "\(layer.name)/\($0.path)" }))
      for variable in layer.variables {
        let path = "\(layer.name)/\(variable.path)"
        group.insert(model.numbers.values(of: variable), at: path)
        for parameter in variable.parameterPaths {
          log.map("weights \(parameter)", to: "model_weights/\(layer.name)/\(path)")
        }
      }
    }
    store.store(at: topLevel).add("weight_names", .texts([]))
  }

  private static func add(_ training: WrittenKerasTraining, to store: WrittenKerasStore) {
    var optimizer = training.optimizer
    if case .object(let members) = optimizer {
      optimizer = .object(members.filter { $0.name == "class_name" || $0.name == "config" })
    }
    store.add(
      "training_config",
      .text(
        WrittenKerasValue.object(training.compile + [.init("optimizer_config", optimizer)]).json))
    let group = store.store(at: "optimizer_weights")
    group.add("weight_names", .texts(training.variables.map(\.name)))
    for variable in training.variables { group.insert(variable.array, at: variable.name) }
  }
}
