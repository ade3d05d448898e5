import Catalogs
import Converters
import Formats
import ModelFiles
import Tensors

/// The tensors of a file that has them by name and no graph.
public struct TensorFileReport: Encodable, Sendable {
  /// The file, as it was named.
  public let path: String
  /// What it is, as `npz`.
  public let kind: String
  /// The same in words, with an article.
  public let description: String
  /// The size of the file in bytes.
  public let byteCount: Int
  public let tensors: [TensorReport]

  private enum CodingKeys: String, CodingKey {
    case path, kind, tensors
    case byteCount = "bytes"
  }

  /// What is in a file that is no model file; nil where that is not known.
  ///
  /// - Throws: the error of the format.
  init?(reading path: String, detail: TensorDetail) throws {
    guard let kind = FileKind(ofTensorFile: path),
      let source = Converters.tensorSources.first(where: { $0.kind == kind })
    else { return nil }
    self.path = path
    self.kind = kind.rawValue
    description = "\(kind)"
    byteCount = try FileBytes(path: path).byteCount
    tensors = try source.tensors(reading: path).map { tensor in
      try TensorReport(
        ReadableTensor(tensor), path: tensor.name, isMeasured: detail == .measured)
    }
  }
}

extension FileKind {
  /// The kind of a file that is no model file and can be told from its contents.
  fileprivate init?(ofTensorFile path: String) {
    guard let kind = try? FileKind(ofFile: path), kind != .nnmodel else { return nil }
    self = kind
  }
}

/// The numbers of one tensor of a file.
public struct TensorValuesReport: Encodable, Sendable {
  public let path: String
  public let elementType: String
  public let shape: [Int]
  /// All numbers, the innermost axis first to end.
  public let values: [Double]

  private static let knownCount = 4096

  private enum CodingKeys: String, CodingKey {
    case path, shape, values
    case elementType = "type"
  }

  /// Reads a tensor by its path; a weight also by what follows the name of the weights' group.
  ///
  /// - Throws: `ModelFileError`, with the nearest name where there is no such tensor, or the error of a
  ///   format.
  init(of name: String, in path: String) throws {
    let tensors: [ReadableTensor]
    if let kind = FileKind(ofTensorFile: path),
      let source = Converters.tensorSources.first(where: { $0.kind == kind })
    {
      tensors = try source.tensors(reading: path).map { ReadableTensor($0) }
    } else {
      tensors = try ModelFile(reading: path).mappedTensors().map { ReadableTensor($0) }
    }
    let wanted = String(name.drop { $0 == "/" })
    let candidates = [wanted, "\(ModelFilePaths.weights)/\(wanted)"]
    guard let tensor = tensors.first(where: { candidates.contains($0.path) }) else {
      // Of a file of any size no more than the first names are looked through.
      let known = tensors.prefix(TensorValuesReport.knownCount).map(\.path)
      let short = known.map { $0.split(separator: "/").dropFirst().joined(separator: "/") }
      let near = suggestion(for: wanted, among: known + short)
      throw ModelFileError(
        path, path: name,
        "is no tensor of the file\(near.isEmpty ? "; --tensors lists them" : near)")
    }
    self.path = tensor.path
    elementType = tensor.elementType.rawValue
    shape = tensor.shape.dimensions
    let (view, owner) = try tensor.open()
    defer { withExtendedLifetime(owner) {} }
    values = view.doubles()
  }
}
