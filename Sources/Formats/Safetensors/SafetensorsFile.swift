import Foundation
import Tensors

/// The tensors of a safetensors file, or of several that an index puts together; only headers are read
/// until a tensor is asked for.
package struct SafetensorsFile: Sendable {
  /// A tensor of a type that no tensor of ours has.
  package struct Unreadable: Hashable, Sendable {
    /// Its name.
    package let name: String
    /// What is in the way.
    package let problem: String
  }

  /// The file as it was named.
  package let file: String

  /// What the writer has said about the file, by key.
  package let metadata: [String: String]

  /// The tensors, in the order of their bytes.
  package let tensors: [StoredTensor]

  /// The tensors that cannot be read, and why.
  package let unreadable: [Unreadable]

  /// Opens a file, or the index `….index.json` of several.
  ///
  /// - Throws: ``FormatError`` for a file that breaks a rule of the format, and for an index that names
  ///   files elsewhere or tensors that are not there.
  package init(path: String) throws(FormatError) {
    let bytes = try FileBytes(path: path)
    if SafetensorsIndex.isNamed(path) {
      try self.init(index: SafetensorsIndex(of: bytes), path: path)
    } else {
      try self.init(bytes)
    }
  }

  /// The same for one file whose bytes are at hand.
  package init(_ bytes: FileBytes) throws(FormatError) {
    let header = try SafetensorsHeader(of: bytes)
    file = bytes.file
    metadata = header.metadata
    var tensors: [StoredTensor] = []
    var unreadable: [Unreadable] = []
    for entry in header.entries {
      guard let elementType = entry.type.elementType else {
        unreadable.append(
          Unreadable(name: entry.name, problem: "\(entry.type.rawValue) numbers are not read"))
        continue
      }
      let shape: Shape
      do {
        shape = try Shape(checking: entry.extents)
      } catch {
        unreadable.append(Unreadable(name: entry.name, problem: "\(error)"))
        continue
      }
      let start = header.byteCount + entry.range.lowerBound
      let range = start..<start + entry.range.count
      tensors.append(
        StoredTensor(name: entry.name, shape: shape, elementType: elementType) {
          bytes.tensor(range, shape: shape, elementType: elementType)
        })
    }
    self.tensors = tensors
    self.unreadable = unreadable
  }

  private init(index: SafetensorsIndex, path: String) throws(FormatError) {
    file = path
    var metadata: [String: String] = [:]
    var tensors: [StoredTensor] = []
    var unreadable: [Unreadable] = []
    var missing = Set(index.places.keys)
    for name in index.files {
      let part = try SafetensorsFile(FileBytes(path: SafetensorsIndex.path(of: name, beside: path)))
      metadata.merge(part.metadata) { $1 }
      for tensor in part.tensors.map(\.name) + part.unreadable.map(\.name) {
        guard index.places[tensor] == name else {
          throw FormatError(path, "does not name the tensor '\(tensor)' of \(name)")
        }
        missing.remove(tensor)
      }
      tensors += part.tensors
      unreadable += part.unreadable
    }
    if let name = missing.min() {
      throw FormatError(path, "'\(name)' is not in \(index.places[name] ?? "its file")")
    }
    self.metadata = metadata
    self.tensors = tensors
    self.unreadable = unreadable
  }
}

extension FileBytes {
  /// A copy of little-endian numbers.
  ///
  /// - Precondition: the range is within the file and fits the shape.
  func tensor(_ range: Range<Int>, shape: Shape, elementType: ElementType) -> Tensor {
    unsafe withBytes(range) { bytes in
      Tensor(copying: unsafe TensorView(readOnly: bytes, shape: shape, elementType: elementType))
    }
  }
}

/// The index of tensors that lie in several files: `{"metadata": {…}, "weight_map": {"name":
/// "model-00001-of-00002.safetensors"}}`.
struct SafetensorsIndex: Sendable {
  /// By name of a tensor the file that it is in.
  let places: [String: String]
  /// All files, each once, in their order by name.
  let files: [String]

  /// What the name of an index ends in.
  static let suffix = ".index.json"
  /// What the names of the files end in.
  static let partSuffix = ".safetensors"
  static let metadataName = "metadata"
  static let totalSizeName = "total_size"
  static let placesName = "weight_map"

  /// The most files of an index.
  static let fileLimit = 4096

  static func isNamed(_ path: String) -> Bool { path.lowercased().hasSuffix(suffix) }

  /// A file of the index.
  static func path(of name: String, beside index: String) -> String {
    URL(fileURLWithPath: index).deletingLastPathComponent().appendingPathComponent(name).path
  }

  /// Reads an index.
  init(of bytes: FileBytes) throws(FormatError) {
    guard bytes.byteCount <= SafetensorsHeader.limit else {
      throw bytes.error(
        "expected an index of at most \(SafetensorsHeader.limit) bytes, found \(bytes.byteCount)")
    }
    var scanner = JSONScanner(bytes.copy(0..<bytes.byteCount))
    var places: [String: String]?
    do throws(JSONScanner.Problem) {
      try scanner.object { key, scanner throws(JSONScanner.Problem) in
        guard key == SafetensorsIndex.placesName else { return try scanner.skip() }
        var found: [String: String] = [:]
        try scanner.object { name, scanner throws(JSONScanner.Problem) in
          found[name] = try scanner.string()
        }
        places = found
      }
      try scanner.finish()
    } catch {
      throw bytes.error(error.words)
    }
    guard let places, !places.isEmpty else {
      throw bytes.error("expected '\(SafetensorsIndex.placesName)' with the names of tensors")
    }
    let files = Set(places.values).sorted()
    guard files.count <= SafetensorsIndex.fileLimit else {
      throw bytes.error(
        "expected at most \(SafetensorsIndex.fileLimit) files, found \(files.count)")
    }
    for name in files {
      guard !name.contains("/"), !name.contains("\\"), !name.contains("\0"),
        !name.hasPrefix("."), name.hasSuffix(SafetensorsIndex.partSuffix)
      else {
        throw bytes.error("'\(name)': expected the name of a .safetensors file beside the index")
      }
    }
    self.places = places
    self.files = files
  }
}
