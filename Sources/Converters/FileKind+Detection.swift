import Formats
import HDF5
import ModelFiles

extension FileKind {
  /// The kind of a file, found from what is in it; its name decides where contents do not.
  ///
  /// - Throws: ``ConversionError`` that says what the file is instead, or why it cannot be read.
  public init(ofFile path: String) throws {
    let bytes = try FileBytes(path: path)
    let start = bytes.copy(0..<min(bytes.byteCount, 64))
    if FileKind.isHDF5(bytes) {
      self = try FileKind.hdf5(path)
    } else if FileSignature(of: start) == .zip {
      self = try FileKind.archive(bytes)
    } else if FileSignature(of: start) == .numPy {
      self = .npz
    } else if FileKind.isSafetensors(bytes, start) || FileKind.isShardIndex(path, start) {
      // Before what a pickle begins with, which a length can begin with too.
      self = .safetensors
    } else if let refusal = FileKind.refusal(of: start) {
      throw ConversionError(path, refusal)
    } else if path.lowercased().hasSuffix(".safetensors") {
      // Damaged in its first bytes: its reader says what is wrong.
      self = .safetensors
    } else if path.lowercased().hasSuffix(".onnx") || start.first == 0x08 {
      // A message of protobuf has no signature; ONNX begins with its version, field 1.
      self = .onnx
    } else {
      throw ConversionError(path, FileKind.unknown)
    }
  }

  /// What is said of a file that is nothing that is read.
  package static let unknown =
    "is of no known kind; expected a model of nnmodel, Keras, ONNX, PyTorch, safetensors or NumPy"

  /// The kind that a name for a new file asks for; nil where it says nothing.
  public init?(forName path: String) {
    let name = path.lowercased()
    switch name {
    case _ where name.hasSuffix(".weights.h5"): self = .kerasWeights
    case _ where name.hasSuffix(".keras.h5"): self = .kerasHDF5
    case _ where name.hasSuffix(".h5") || name.hasSuffix(".nnmodel"): self = .nnmodel
    case _ where name.hasSuffix(".keras"): self = .keras
    case _ where name.hasSuffix(".hdf5"): self = .kerasHDF5
    case _ where name.hasSuffix(".onnx"): self = .onnx
    case _ where name.hasSuffix(".pt") || name.hasSuffix(".pth"): self = .pyTorch
    case _ where name.hasSuffix(".safetensors"), _ where name.hasSuffix(".safetensors.index.json"):
      self = .safetensors
    case _ where name.hasSuffix(".npz"): self = .npz
    default: return nil
    }
  }

  /// The kind in words, with an article.
  public var description: String {
    switch self {
    case .nnmodel: "a model file of nnmodel"
    case .keras: "a .keras archive"
    case .kerasHDF5: "a model of Keras in HDF5"
    case .kerasWeights: "weights of Keras"
    case .onnx: "an ONNX model"
    case .pyTorch: "a checkpoint of PyTorch"
    case .safetensors: "a safetensors file"
    case .npz: "arrays of NumPy"
    }
  }

  /// Whether bytes are those of an HDF5 file, of whatever program.
  package static func isHDF5(_ bytes: FileBytes) -> Bool {
    bytes.copy(0..<min(bytes.byteCount, File.signature.count)) == File.signature
  }

  private static func hdf5(_ path: String) throws -> FileKind {
    switch try OpenedFile(reading: path) {
    case .model: return .nnmodel
    case .other(let contents):
      switch contents.kind {
      case .kerasModel: return .kerasHDF5
      case .kerasWeights: return .kerasWeights
      case .other: throw ConversionError(path, "\(contents.kind)")
      }
    }
  }

  private static func archive(_ bytes: FileBytes) throws -> FileKind {
    let archive = try ZipArchive(bytes)
    let names = archive.members.map(\.name)
    if names.contains("config.json"), names.contains(where: { $0.hasPrefix("model.weights.") }) {
      return .keras
    }
    if names.contains(where: { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }) { return .pyTorch }
    if !names.isEmpty, names.allSatisfy({ $0.hasSuffix(".npy") || $0.hasSuffix("/") }) {
      return .npz
    }
    throw ConversionError(
      bytes.file, "is a zip archive, but neither of Keras nor of PyTorch nor of NumPy")
  }

  /// Eight bytes that say how long a header is, and the header.
  private static func isSafetensors(_ bytes: FileBytes, _ start: [UInt8]) -> Bool {
    guard start.count >= 10, start[8] == UInt8(ascii: "{") else { return false }
    let length = start.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return length <= UInt64(bytes.byteCount)
  }

  private static func isShardIndex(_ path: String, _ start: [UInt8]) -> Bool {
    path.lowercased().hasSuffix(".index.json")
      && start.first { $0 > UInt8(ascii: " ") } == UInt8(ascii: "{")
  }

  /// What is recognised and not read.
  private static func refusal(of start: [UInt8]) -> String? {
    if start.isEmpty { return "is empty" }
    if start.starts(with: Array("version https://git-lfs".utf8)) {
      return "is a pointer of Git LFS in place of a file; 'git lfs pull' fetches the file"
    }
    if start.starts(with: [0x80]), start.count > 1, start[1] <= 5 {
      return "is a bare pickle, as PyTorch wrote before 1.6; load it there and save it again"
    }
    return nil
  }
}

extension FileKind: CustomStringConvertible {}
