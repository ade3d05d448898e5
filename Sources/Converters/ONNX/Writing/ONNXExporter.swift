import Foundation
import Formats
import ModelFiles

/// Writes models as ONNX: the graph for inference in operators of opset 17, and the weights.
///
/// The first axis of every value is the batch, `N`. Inputs and outputs have the shapes that they have
/// in the network, channels last; what ONNX has with the channels first is turned inside. What follows
/// the network in predictions, softmax, sigmoid or the unit of a number, stands at the end of the graph.
package enum ONNXExporter: ModelExporter {
  package static let kind = FileKind.onnx

  /// The version of the operators.
  static let operatorSet = 17
  /// The version of the format, that of ONNX 1.12, which brought the operators.
  static let formatVersion = 8
  /// A message of protobuf has less than 2 GiB; some is for the graph.
  static let mostBytes = (1 << 31) - (16 << 20)

  package static func write(_ model: Model, to path: String, log: inout ConversionLog) throws {
    let graph = try ONNXNetworkWriter.graph(of: model, log: &log)
    var file = ONNXModel()
    file.irVersion = Int64(formatVersion)
    file.producerName = "nnmodel"
    file.producerVersion = ProgramVersion.number
    var operators = ONNXOperatorSet()
    operators.domain = ""
    operators.version = Int64(operatorSet)
    file.opsetImport = [operators]
    file.graph = graph
    file.metadataProps = metadata(of: model, log: &log)
    ignoreTheRest(of: model, log: &log)
    let bytes = Data(try file.serialized(file: path))
    try ReplacingFile.write(to: path) { place in
      do {
        try bytes.write(to: URL(fileURLWithPath: place))
      } catch {
        throw ConversionError(path, "cannot be written: \(error.localizedDescription)")
      }
    }
  }

  /// What has a place beside the graph: the names of classes and labels, as a JSON array for each
  /// output that has some.
  private static func metadata(
    of model: Model, log: inout ConversionLog
  ) -> [ONNXStringEntry] {
    guard let targets = model.preprocessing?.targets else { return [] }
    var entries: [ONNXStringEntry] = []
    for (output, target) in zip(model.network.outputs, targets) where !target.names.isEmpty {
      guard let json = try? JSONEncoder().encode(target.names) else { continue }
      var entry = ONNXStringEntry()
      entry.key = "nnmodel.classes.\(output)"
      entry.value = String(decoding: json, as: UTF8.self)
      entries.append(entry)
      log.change(
        "classes of \(target.name)", "metadata '\(entry.key)', a JSON array in their order")
    }
    return entries
  }

  /// What does not say what the network computes.
  private static func ignoreTheRest(of model: Model, log: inout ConversionLog) {
    if model.preprocessing != nil {
      log.ignore(
        "preprocessing",
        "ONNX holds the network; its inputs are what columns become, not the columns")
    }
    log.ignore(
      "options of layers for training",
      "initializers, shares that are dropped, statistics that are followed: ONNX holds no training")
    if let training = model.training {
      log.ignore("optimizer \(training.options.optimizer.kind)", "ONNX holds no training")
      for slot in model.snapshot.slots {
        log.ignore("optimizer slot \(slot.name)", "ONNX holds no training")
      }
      log.ignore("training options", "ONNX holds no training")
      log.ignore("history", "\(training.history.count) epoch(s); ONNX holds no training")
      if training.live != nil {
        log.ignore("weights of the last step", "the best weights are written, which predict")
      }
    }
    if model.configuration != nil { log.ignore("configuration", "says how training was asked for") }
    log.ignore("provenance", "says where the model comes from")
    for other in model.extensions {
      log.ignore("extension \(other.name)", "belongs to another program")
    }
  }
}
