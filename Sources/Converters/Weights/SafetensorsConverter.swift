import Formats
import Foundation
import ModelFiles
import Networks
import Training

/// Files of safetensors, one or several with an index. Written names and layouts are PyTorch's; with them
/// goes the graph, so that a file that was written here is read again as a whole model.
enum SafetensorsConverter {
  static let kind = FileKind.safetensors

  /// The most bytes of one of several files, as other programs have it.
  static let partLimit = 5_000_000_000

  /// What the writers of other programs say about the names.
  private static let formatKey = "format"
  private static let format = "pt"

  /// The tensors of a file.
  static func tensors(
    of path: String, log: inout ConversionLog
  ) throws -> [Formats.StoredTensor] {
    try open(path, log: &log).tensors
  }

  private static func open(_ path: String, log: inout ConversionLog) throws -> SafetensorsFile {
    let file = try SafetensorsFile(path: path)
    for tensor in file.unreadable { try log.lose("weights \(tensor.name)", tensor.problem) }
    for (key, _) in file.metadata.sorted(by: { $0.key < $1.key })
    where key != GraphMetadata.key && key != formatKey {
      log.ignore("metadata \(key)", "words of the writer")
    }
    return file
  }
}

// MARK: - Reading

extension SafetensorsConverter: WeightsImporter, ModelImporter {
  static func model(
    reading path: String, onto architecture: Model, matching: WeightOptions,
    log: inout ConversionLog
  ) throws -> Model {
    let file = try open(path, log: &log)
    return try model(of: file, onto: architecture, matching: matching, log: &log)
  }

  static func model(reading path: String, log: inout ConversionLog) throws -> Model {
    let file = try open(path, log: &log)
    guard let graph = try GraphMetadata(file.metadata, file: path) else {
      throw log.error(
        nil,
        "\(kind) holds weights without their graph; --onto names a model that has the graph")
    }
    let architecture = try graph.model(for: file.tensors, file: path)
    return try model(of: file, onto: architecture, matching: WeightOptions(), log: &log)
  }

  private static func model(
    of file: SafetensorsFile, onto architecture: Model, matching: WeightOptions,
    log: inout ConversionLog
  ) throws -> Model {
    let loaded = try WeightLoading.load(
      file.tensors, isOrdered: false, onto: architecture, matching: matching, log: &log)
    return architecture.replacing(loaded.parameters)
  }
}

extension Model {
  /// The same graph with other weights, which nobody has trained here.
  func replacing(_ parameters: Parameters) -> Model {
    var model = self
    model.snapshot = TrainingSnapshot(parameters)
    model.training = nil
    model.configuration = nil
    model.provenance = Provenance()
    return model
  }
}

// MARK: - Writing

extension SafetensorsConverter: ModelExporter {
  static func write(_ model: Model, to path: String, log: inout ConversionLog) throws {
    try write(model, to: path, partLimit: partLimit, log: &log)
  }

  static func write(
    _ model: Model, to path: String, partLimit: Int, log: inout ConversionLog
  ) throws {
    let names = TorchNames(model.network)
    try names.lose(in: &log)
    names.note(in: &log)
    WeightWriting.report(names, log: &log)
    WeightWriting.reportRest(of: model, hasTraining: false, log: &log)
    let tensors = WeightWriting.tensors(
      of: model.parameters, names: names, stepCount: model.snapshot.optimizerStep)
    let graph = try CanonicalJSON.text(of: GraphMetadata(model))
    log.map("graph", to: "metadata \(GraphMetadata.key)")
    let metadata = [formatKey: format, GraphMetadata.key: graph]
    guard path.lowercased().hasSuffix(".index.json") else {
      return try ReplacingFile.write(to: path) {
        try SafetensorsWriter.write(tensors, metadata: metadata, creating: $0, named: path)
      }
    }
    let parts = SafetensorsWriter.parts(of: tensors, limit: partLimit)
    let files = SafetensorsWriter.names(ofParts: parts.count, index: path)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    for (part, name) in zip(parts, files) {
      let place = folder.appendingPathComponent(name).path
      try ReplacingFile.write(to: place) {
        try SafetensorsWriter.write(part, metadata: metadata, creating: $0, named: place)
      }
    }
    // The index last: what it names is there.
    let index = SafetensorsWriter.index(of: parts, names: files)
    try ReplacingFile.write(to: path) {
      try Data(index.utf8).write(to: URL(fileURLWithPath: $0))
    }
  }
}
