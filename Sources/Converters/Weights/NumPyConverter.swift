import Formats
import ModelFiles
import Tensors

/// Archives of NumPy with weights by name. Written names are those of the parameters, `dense_1/kernel`.
enum NumPyConverter {
  static let kind = FileKind.npz

  /// The arrays of a file, all of them unpacked.
  static func tensors(
    of path: String, log: inout ConversionLog
  ) throws -> [Formats.StoredTensor] {
    let file = try NumPyFile(path: path)
    guard file.onlyArray == nil else {
      throw log.error(nil, "expected an archive of weights by name, found a single array")
    }
    for member in file.others { log.ignore("member \(member)", "no array") }
    var tensors: [Formats.StoredTensor] = []
    for name in file.names {
      guard let array = try file.array(named: name) else { continue }
      tensors.append(
        Formats.StoredTensor(name: name, shape: array.shape, elementType: array.elementType) {
          array.tensor()
        })
    }
    return tensors
  }
}

extension NumPyConverter: WeightsImporter {
  static func model(
    reading path: String, onto architecture: Model, matching: WeightOptions,
    log: inout ConversionLog
  ) throws -> Model {
    let tensors = try tensors(of: path, log: &log)
    let loaded = try WeightLoading.load(
      tensors, isOrdered: false, onto: architecture, matching: matching, log: &log)
    return architecture.replacing(loaded.parameters)
  }
}

extension NumPyConverter: ModelExporter {
  static func write(_ model: Model, to path: String, log: inout ConversionLog) throws {
    var parameters = model.parameters
    if parameters.elementType == .bfloat16 {
      parameters = parameters.converted(to: .float32)
      log.change("element type", "float32, for NumPy has no bfloat16")
    }
    for entry in parameters.layout.entries { log.map("weights \(entry.path)", to: entry.path) }
    log.ignore("graph", "an archive of NumPy holds arrays alone; --onto gives the graph back")
    if model.preprocessing != nil { log.ignore("preprocessing", "it belongs to the graph") }
    WeightWriting.reportRest(of: model, hasTraining: false, log: &log)
    let tensors = WeightWriting.ownTensors(of: parameters)
    try ReplacingFile.write(to: path) {
      try NumPyArchiveWriter.write(tensors, creating: $0, named: path)
    }
  }
}
