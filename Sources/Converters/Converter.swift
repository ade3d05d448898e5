import ModelFiles

/// Reads files of one kind that hold a graph.
package protocol ModelImporter: Sendable {
  /// The kind.
  static var kind: FileKind { get }

  /// The model of a file: its graph, its weights, and how training stands where the file tells.
  ///
  /// - Throws: ``ConversionError``, or the error of the format.
  static func model(reading path: String, log: inout ConversionLog) throws -> Model
}

/// Reads files of one kind that hold tensors by name, onto an architecture.
package protocol WeightsImporter: Sendable {
  /// The kind.
  static var kind: FileKind { get }

  /// A model with the graph of another one and the weights of a file.
  ///
  /// - Throws: ``ConversionError``, or the error of the format.
  static func model(
    reading path: String, onto architecture: Model, matching: WeightOptions,
    log: inout ConversionLog
  ) throws -> Model
}

/// Writes files of one kind.
package protocol ModelExporter: Sendable {
  /// The kind.
  static var kind: FileKind { get }

  /// Writes a model, and takes the place of a file of that name only when all is written.
  ///
  /// - Throws: ``ConversionError``, or the error of the format.
  static func write(_ model: Model, to path: String, log: inout ConversionLog) throws
}

/// How tensors of a file are matched with the parameters of an architecture.
public struct WeightOptions: Hashable, Sendable {
  /// Names of the file, and the names that are meant.
  public var renames: [String: String]
  /// Whether parameters without a tensor keep their values and tensors without a parameter are
  /// left out; otherwise nothing is loaded unless everything fits.
  public var isPartial: Bool

  /// Options.
  public init(renames: [String: String] = [:], isPartial: Bool = false) {
    self.renames = renames
    self.isPartial = isPartial
  }
}

/// All converters.
package enum Converters {
  /// Those that read whole models.
  package static let importers: [any ModelImporter.Type] = [
    KerasArchiveImporter.self,
    KerasHDF5Importer.self,
    ONNXImporter.self,
    SafetensorsConverter.self,
  ]
  /// Those that read weights.
  package static let weightsImporters: [any WeightsImporter.Type] = [
    KerasWeightsImporter.self,
    PyTorchConverter.self,
    SafetensorsConverter.self,
    NumPyConverter.self,
  ]
  /// Those that write.
  package static let exporters: [any ModelExporter.Type] = [
    KerasArchiveExporter.self,
    KerasHDF5Exporter.self,
    ONNXExporter.self,
    PyTorchConverter.self,
    SafetensorsConverter.self,
    NumPyConverter.self,
  ]
}
