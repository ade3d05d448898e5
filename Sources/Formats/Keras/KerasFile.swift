import Foundation
import HDF5
import Tensors

/// All that a file of Keras holds, as plain values: what it describes, its weights, and what its optimizer
/// knows about them.
///
/// Three kinds of files are read: `.h5` of every version, with the graph or without; `.weights.h5`;
/// and `.keras` archives. HDF5 is read by a process of its own, also that of an archive.
package struct KerasFile: Sendable {
  /// The file as it was named.
  package let file: String
  /// The version that wrote it, as `2.15.0`; nil where it does not say, as Keras 1.
  package var version: String?
  /// What Keras computed with, as `tensorflow`; nil where it does not say.
  package var backend: String?
  /// The graph; nil for a file of weights.
  package var configuration: KerasJSON?
  /// How the model was compiled, in files that keep it apart from the graph.
  package var training: KerasJSON?
  /// The weights.
  package var weights: KerasWeights
  /// The optimizer's variables; empty where there are none.
  package var optimizer: [StoredTensor]
  /// What else the file holds.
  package var others: [String]
}

// MARK: - HDF5

extension KerasFile {
  /// The names of a file in HDF5.
  private enum Name {
    static let configuration = "model_config"
    static let training = "training_config"
    static let version = "keras_version"
    static let backend = "backend"
    static let weights = "model_weights"
    static let optimizer = "optimizer_weights"
    static let layerNames = "layer_names"
    static let layers = ["layers", "_layer_checkpoint_dependencies"]
  }

  /// Reads an HDF5 file, in whichever layout it is.
  ///
  /// - Throws: ``FormatError`` naming the object.
  package init(hdf5 path: String) throws(FormatError) {
    do throws(KerasReadingError) {
      try self.init(
        KerasReadingError.wording { () throws(HDF5Error) in try ForeignFile(reading: path) },
        named: path)
    } catch {
      throw FormatError(path, member: error.path.isEmpty ? nil : error.path, error.problem)
    }
  }

  private init(_ hdf5: ForeignFile, named file: String) throws(KerasReadingError) {
    self.file = file
    let root = hdf5.root
    func text(_ group: ForeignGroup, _ name: String) throws(KerasReadingError) -> String? {
      try KerasReadingError.wording { () throws(HDF5Error) in try group.attributes.text(name) }
    }
    func json(_ name: String) throws(KerasReadingError) -> KerasJSON? {
      guard let text = try text(root, name) else { return nil }
      do throws(FormatError) {
        return try KerasJSON(parsing: Array(text.utf8), file: file)
      } catch {
        throw KerasReadingError(path: "/", problem: "attribute '\(name)': \(error.problem)")
      }
    }
    configuration = try json(Name.configuration)
    training = try json(Name.training)
    var layers = root
    if case .group(let group)? = root.child(Name.weights) { layers = group }
    version = try text(root, Name.version)
    if version == nil { version = try text(layers, Name.version) }
    backend = try text(root, Name.backend)
    if backend == nil { backend = try text(layers, Name.backend) }
    optimizer = []
    var known: Set<String> = [Name.weights]
    let names = try KerasReadingError.wording { () throws(HDF5Error) in
      try layers.attributes.texts(Name.layerNames)
    }
    if names != nil {
      weights = try KerasWeights(layersOf: layers)
      if case .group(let group)? = root.child(Name.optimizer) {
        optimizer = try KerasWeights.tensors(namedIn: group)
        known.insert(Name.optimizer)
      }
      others = layers.place == root.place ? [] : root.childNames.filter { !known.contains($0) }
      return
    }
    let tree = try KerasWeightGroup(root)
    weights = .byPath(tree)
    optimizer = KerasFile.optimizerVariables(in: tree)
    known = ["optimizer", "vars"]
    known.formUnion(Name.layers)
    others = root.childNames.filter { !known.contains($0) && tree.children[$0]?.isEmpty == false }
  }

  private static func optimizerVariables(in tree: KerasWeightGroup) -> [StoredTensor] {
    guard let group = tree.children["optimizer"] else { return [] }
    // An optimizer that scales losses keeps the real one in it.
    return group.children["inner_optimizer"]?.variables ?? group.variables
  }
}

extension KerasWeightGroup {
  /// Whether there is no variable in it.
  var isEmpty: Bool { variables.isEmpty && children.values.allSatisfy(\.isEmpty) }
}

// MARK: - Archives

extension KerasFile {
  /// The members of an archive.
  private enum Member {
    static let configuration = "config.json"
    static let metadata = "metadata.json"
    static let weights = "model.weights.h5"
    static let arrays = "model.weights.npz"
  }

  /// Reads a `.keras` archive.
  ///
  /// - Throws: ``FormatError`` naming the member.
  package init(archive path: String) throws(FormatError) {
    let archive = try ZipArchive(path: path)
    func json(_ name: String) throws(FormatError) -> KerasJSON? {
      guard let member = archive[name] else { return nil }
      let bytes = try archive.bytes(of: member, limit: KerasJSON.byteLimit)
      return try KerasJSON(parsing: bytes.copy(0..<bytes.byteCount), file: path, member: name)
    }
    guard let configuration = try json(Member.configuration) else {
      throw FormatError(path, "expected a member '\(Member.configuration)', found none")
    }
    guard let member = archive[Member.weights] else {
      let isArrays = archive[Member.arrays] != nil
      throw FormatError(
        path, member: isArrays ? Member.arrays : nil,
        isArrays
          ? "weights as arrays of NumPy are not read; save the model with weights in HDF5"
          : "expected a member '\(Member.weights)', found none")
    }
    try self.init(unpacking: archive.bytes(of: member), named: path)
    self.configuration = configuration
    version = try json(Member.metadata)?["keras_version"]?.text ?? version
    let known = [Member.configuration, Member.metadata, Member.weights]
    others += archive.members.filter { !$0.isFolder && !known.contains($0.name) }.map(\.name)
  }

  /// Reads the HDF5 file of an archive, which another process must be able to open.
  private init(unpacking bytes: FileBytes, named path: String) throws(FormatError) {
    let folder = FileManager.default.temporaryDirectory
    let url = folder.appendingPathComponent("nnmodel-\(UUID().uuidString).h5")
    defer { try? FileManager.default.removeItem(at: url) }
    do {
      try KerasFile.write(bytes, to: url)
    } catch {
      throw FormatError(
        path, member: Member.weights, "cannot be unpacked into \(folder.path): out of room")
    }
    do throws(KerasReadingError) {
      try self.init(
        KerasReadingError.wording { () throws(HDF5Error) in try ForeignFile(reading: url.path) },
        named: path)
    } catch {
      throw FormatError(path, member: Member.weights + error.path, error.problem)
    }
  }

  private static func write(_ bytes: FileBytes, to url: URL) throws {
    let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
    guard FileManager.default.createFile(atPath: url.path, contents: nil, attributes: attributes)
    else { throw CocoaError(.fileWriteUnknown) }
    let handle = try FileHandle(forWritingTo: url)
    defer { try? handle.close() }
    let step = 16 << 20
    for start in stride(from: 0, to: bytes.byteCount, by: step) {
      try handle.write(
        contentsOf: Data(bytes.copy(start..<min(start + step, bytes.byteCount))))
    }
  }
}
