import Converters
import Foundation
import ModelFiles
import Training

/// Says what is in a model file.
public enum Inspection {
  /// Reads a model file, without its numbers unless they are asked for.
  ///
  /// - Parameters:
  ///   - path: the model file.
  ///   - readsTensors: whether every tensor is read and summed up, which takes as long as reading
  ///     the file; otherwise only its structure is, however large it is.
  ///   - verifies: whether all of the file is compared with its digests first.
  /// - Throws: `ModelFileError`.
  public static func run(
    _ path: String, readsTensors: Bool = false, verifies: Bool = false
  ) throws -> InspectionReport {
    try report(
      on: ModelFile(reading: path), detail: readsTensors ? .measured : .none, verifies: verifies)
  }

  /// Reads the numbers of one tensor of a file.
  ///
  /// - Parameters:
  ///   - name: its path; of a weight the layer and the parameter are enough.
  ///   - path: a file of any kind that has tensors.
  /// - Throws: `ModelFileError`, with the nearest name where there is no such tensor, or the error of a
  ///   format.
  public static func values(of name: String, in path: String) throws -> TensorValuesReport {
    try TensorValuesReport(of: name, in: path)
  }

  /// Reads a file of any kind that can be converted, or any HDF5 file: a model file as
  /// ``run(_:readsTensors:verifies:)`` does, and of another one what its header tells, or its tensors.
  ///
  /// - Throws: `ModelFileError`, or the error of a format.
  public static func look(
    into path: String, tensors detail: TensorDetail = .none, verifies: Bool = false
  ) throws -> Finding {
    if detail != .measured, let report = try ForeignReport(path) { return .foreign(report) }
    if detail != .none, let report = try TensorFileReport(reading: path, detail: detail) {
      return .tensors(report)
    }
    switch try OpenedFile(reading: path) {
    case .model(let file):
      return .model(try report(on: file, detail: detail, verifies: verifies))
    case .other(let contents): return .other(contents)
    }
  }

  /// The graph of layers of a model, of whatever program it is; of another one's as layers of this one.
  ///
  /// - Throws: `ModelFileError`, `ConversionError`, or the error of a format.
  public static func graph(_ path: String) throws -> GraphReport {
    let title = URL(fileURLWithPath: path).lastPathComponent
    let kind = try FileKind(ofFile: path)
    guard kind != .nnmodel else {
      return GraphReport(title: title, of: try ModelFile(reading: path).network)
    }
    var log = ConversionLog(file: path, allowsLoss: true)
    let model = try Conversion.model(
      reading: Conversion.Options(source: path, output: ""), kind: kind, log: &log)
    return GraphReport(title: title, of: model.network)
  }

  /// What was found in a file.
  public enum Finding: Sendable {
    case model(InspectionReport)
    case foreign(ForeignReport)
    case tensors(TensorFileReport)
    case other(HDF5Contents)
  }

  private static func report(
    on file: ModelFile, detail: TensorDetail, verifies: Bool
  ) throws -> InspectionReport {
    if verifies { try file.checkDigests() }
    return InspectionReport(
      file: try FileReport(file),
      layers: file.network.nodes.map { LayerReport($0, in: file.network) },
      inputs: file.network.inputs.map { InputReport($0) },
      prediction: PredictionReport.all(file)[0],
      furtherPredictions: file.network.outputs.count > 1
        ? Array(PredictionReport.all(file).dropFirst()) : nil,
      columns: file.preprocessing.map {
        $0.features.map { ColumnReport($0) } + $0.blocks.map { ColumnReport($0) }
      },
      ignoredColumns: file.preprocessing.map { $0.ignored.map { IgnoredColumnReport($0) } },
      policies: file.preprocessing.map { PolicyReport($0) },
      training: TrainingReport(file),
      history: file.history,
      configuration: try ConfigurationReport(file),
      provenance: file.provenance,
      tensors: detail == .none
        ? nil
        : try file.mappedTensors().map { tensor in
          try TensorReport(
            ReadableTensor(tensor), path: tensor.path, isMeasured: detail == .measured)
        })
  }
}

/// What is in a model file.
public struct InspectionReport: Encodable, Sendable {
  /// The file itself.
  public let file: FileReport
  /// The layers in their order.
  public let layers: [LayerReport]
  /// Where data enters the network.
  public let inputs: [InputReport]
  /// What the model predicts; of several outputs, by the first.
  public let prediction: PredictionReport
  /// What further outputs predict, in their order; nil where there is but one.
  public let furtherPredictions: [PredictionReport]?
  /// The columns that become inputs; nil for a model that takes tensors only.
  public let columns: [ColumnReport]?
  /// The columns of the training table that are not used.
  public let ignoredColumns: [IgnoredColumnReport]?
  /// What happens to values that training did not see.
  public let policies: PolicyReport?
  /// The run that made it; nil for a model that was not trained here.
  public let training: TrainingReport?
  /// What every epoch measured.
  public let history: [EpochRecord]
  /// What was asked of that run.
  public let configuration: ConfigurationReport?
  /// Where the model comes from.
  public let provenance: Provenance
  /// Every tensor, where they were asked for.
  public let tensors: [TensorReport]?

  /// The number of parameters that an optimizer changes.
  public var trainableCount: Int { layers.reduce(0) { $0 + $1.trainableCount } }
  /// The number of all parameters, running statistics among them.
  public var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }
}

/// A file, as a report shows it.
public struct FileReport: Encodable, Sendable {
  public let path: String
  public let byteCount: Int
  /// The bytes of the parameters that predictions use.
  public let weightByteCount: Int
  /// The bytes of all else that only training needs: the optimizer's state, and the parameters of
  /// an unfinished run.
  public let trainingByteCount: Int
  /// The version of the format.
  public let formatVersion: String
  /// The program that wrote it.
  public let writer: String
  /// What it holds: the same for equal models.
  public let identity: String
  /// What its weights are: the same for equal weights.
  public let weightsIdentity: String
  /// The names of what other programs keep in it.
  public let extensions: [String]
  /// What a reader should know of it, as that its index was rebuilt.
  public let notes: [String]

  init(_ file: ModelFile) throws {
    path = file.name
    byteCount = file.byteCount
    let tensors = try file.tensors()
    func total(below groups: String...) -> Int {
      tensors.filter { tensor in groups.contains { tensor.path.hasPrefix("/\($0)/") } }
        .reduce(0) { $0 + $1.byteCount }
    }
    weightByteCount = total(below: ModelFilePaths.weights)
    trainingByteCount = total(
      below: ModelFilePaths.optimizer, ModelFilePaths.liveWeights, ModelFilePaths.liveOptimizer)
    formatVersion = "\(file.version)"
    writer = file.writer
    identity = file.identity
    weightsIdentity = file.weightsIdentity
    extensions = file.extensionNames
    notes = file.notes
  }

  private enum CodingKeys: String, CodingKey {
    case path
    case byteCount = "bytes"
    case weightByteCount = "weight_bytes"
    case trainingByteCount = "training_bytes"
    case formatVersion = "format_version"
    case writer, identity, extensions, notes
    case weightsIdentity = "weights_identity"
  }
}
