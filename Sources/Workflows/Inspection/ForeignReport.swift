import Converters
import Formats
import Foundation
import Tensors

/// What is in a file of another program, as its header tells; no number of a tensor is read.
public struct ForeignReport: Encodable, Sendable {
  /// A fact that the file states of itself.
  public struct Fact: Encodable, Hashable, Sendable {
    public let name: String
    public let value: String
  }

  /// A layer or an operation.
  public struct Operation: Encodable, Hashable, Sendable {
    public let name: String
    /// What it is called there, as `Conv2D` or `Gemm`.
    public let kind: String
    /// What it takes, by name, where the file says so.
    public let inputs: [String]
  }

  /// A tensor.
  public struct ForeignTensor: Encodable, Hashable, Sendable {
    public let name: String
    /// How an element is stored.
    public let elementType: String
    public let shape: [Int]
    /// How many bytes its numbers take in memory.
    public let byteCount: Int?

    private enum CodingKeys: String, CodingKey {
      case name, shape
      case elementType = "type"
      case byteCount = "bytes"
    }
  }

  /// The file, as it was named.
  public let path: String
  /// What it is.
  public let kind: FileKind
  /// Its size.
  public let byteCount: Int
  /// What it states of itself.
  public let facts: [Fact]
  /// What it computes, in the file's order; none for weights without a graph.
  public let operations: [Operation]
  /// Its tensors, in the file's order.
  public let tensors: [ForeignTensor]

  private enum CodingKeys: String, CodingKey {
    case path, kind, facts, operations, tensors
    case byteCount = "bytes"
  }

  /// Reads the header of a file; nil for one in HDF5, whose groups and attributes are shown as they are.
  ///
  /// - Throws: `FormatError` or `ConversionError` when it is damaged.
  init?(_ path: String) throws {
    // HDF5 is told by its first bytes alone, so that it is not opened twice.
    guard let bytes = try? FileBytes(path: path), !FileKind.isHDF5(bytes) else { return nil }
    let kind: FileKind
    do {
      kind = try FileKind(ofFile: path)
    } catch let error as ConversionError where error.problem == FileKind.unknown {
      return nil
    }
    let contents: Contents
    switch kind {
    case .nnmodel, .kerasHDF5, .kerasWeights: return nil
    case .keras: contents = try Contents(keras: path)
    case .onnx: contents = try Contents(onnx: path)
    case .pyTorch: contents = try Contents(pyTorch: path)
    case .safetensors: contents = try Contents(safetensors: path)
    case .npz: contents = try Contents(arrays: path)
    }
    self.path = path
    self.kind = kind
    byteCount = bytes.byteCount
    facts = contents.facts
    operations = contents.operations
    tensors = contents.tensors
  }
}

/// The parts of a report as they are found.
private struct Contents {
  var facts: [ForeignReport.Fact] = []
  var operations: [ForeignReport.Operation] = []
  var tensors: [ForeignReport.ForeignTensor] = []

  mutating func add(_ name: String, _ value: String?) {
    // Of a long text its beginning tells enough.
    if let value, !value.isEmpty {
      facts.append(.init(name: name, value: String(value.prefix(400))))
    }
  }

  mutating func add(_ tensor: Formats.StoredTensor) {
    tensors.append(
      .init(
        name: tensor.name, elementType: tensor.elementType.rawValue,
        shape: tensor.shape.dimensions,
        byteCount: tensor.shape.count * tensor.elementType.byteCount))
  }
}

// MARK: - Kinds

extension Contents {
  fileprivate init(safetensors path: String) throws {
    let file = try SafetensorsFile(path: path)
    for (name, value) in file.metadata.sorted(by: { $0.key < $1.key }) { add(name, value) }
    for tensor in file.tensors { add(tensor) }
    for tensor in file.unreadable { add("not read: \(tensor.name)", tensor.problem) }
  }

  fileprivate init(arrays path: String) throws {
    let file = try NumPyFile(path: path)
    if let array = file.onlyArray { add("array", array) }
    for name in file.names { if let array = try file.array(named: name) { add(name, array) } }
    for name in file.others { add("no array", name) }
  }

  private mutating func add(_ name: String, _ array: NumPyArray) {
    tensors.append(
      .init(
        name: name, elementType: array.elementType.rawValue, shape: array.shape.dimensions,
        byteCount: array.shape.count * array.elementType.byteCount))
  }

  fileprivate init(pyTorch path: String) throws {
    let file = try PyTorchFile(path: path)
    let tree = file.tree
    func add(_ value: PickleValue, _ name: String, to contents: inout Contents, depth: Int) throws {
      if let tensor = tree.tensor(value) {
        contents.tensors.append(
          .init(
            name: name, elementType: tensor.type.rawValue, shape: tensor.shape.dimensions,
            byteCount: tensor.type.elementType.map { $0.byteCount * tensor.shape.count }))
      } else if let entries = tree.entries(of: value), depth < 8 {
        for entry in entries {
          let key =
            if case .text(let text) = entry.key { text } else {
              entry.key.integer.map { "\($0)" } ?? "?"
            }
          try add(
            entry.value, name.isEmpty ? key : "\(name).\(key)", to: &contents, depth: depth + 1)
        }
      } else if depth < 3 {
        contents.add(
          name,
          value.integer.map { "\($0)" } ?? value.number.map { "\($0)" } ?? value.kindDescription)
      }
    }
    try add(tree.root, "", to: &self, depth: 0)
  }

  fileprivate init(onnx path: String) throws {
    let model = try ONNXModel(headerOf: FileBytes(path: path))
    add("IR version", "\(model.irVersion)")
    for set in model.opsetImport {
      add("opset", set.domain.isEmpty ? "\(set.version)" : "\(set.domain) \(set.version)")
    }
    add(
      "producer",
      [model.producerName, model.producerVersion].filter { !$0.isEmpty }.joined(separator: " "))
    for entry in model.metadataProps { add(entry.key, entry.value) }
    let initializers = Set(model.graph.initializer.map(\.name))
    for input in model.graph.input where !initializers.contains(input.name) {
      add("input \(input.name)", Contents.words(input))
    }
    for output in model.graph.output { add("output \(output.name)", Contents.words(output)) }
    operations = model.graph.node.map { node in
      ForeignReport.Operation(
        name: node.name.isEmpty ? node.output.first ?? "" : node.name, kind: node.opType,
        inputs: node.input.filter { !$0.isEmpty })
    }
    for tensor in model.graph.initializer {
      let shape = try tensor.extents(in: path)
      let name = ONNXTensorData.typeNames[tensor.dataType] ?? "type \(tensor.dataType)"
      let type = ElementType(rawValue: name)
      tensors.append(
        .init(
          name: tensor.name, elementType: name, shape: shape.dimensions,
          byteCount: type.map { $0.byteCount * shape.count }))
    }
  }

  private static func words(_ value: ONNXValueInfo) -> String {
    let type = ONNXTensorData.typeNames[value.type.tensorType.elemType] ?? "no tensor"
    let extents = value.type.tensorType.shape.dim.map { dimension in
      switch dimension.value {
      case .dimValue(let extent)?: "\(extent)"
      case .dimParam(let name)?: name
      case nil: "?"
      }
    }
    return "\(type) [\(extents.joined(separator: ", "))]"
  }

  fileprivate init(keras path: String) throws {
    let archive = try ZipArchive(path: path)
    func json(_ name: String) throws -> KerasJSON? {
      guard let member = archive[name] else { return nil }
      let bytes = try archive.bytes(of: member, limit: KerasJSON.byteLimit)
      return try KerasJSON(parsing: bytes.copy(0..<bytes.byteCount), file: path, member: name)
    }
    let metadata = try json("metadata.json")
    add("Keras", metadata?["keras_version"]?.text)
    add("saved", metadata?["date_saved"]?.text)
    let model = try json("config.json")
    add("model", model?["class_name"]?.text)
    add("name", model?["config"]?["name"]?.text)
    add("optimizer", model?["compile_config"]?["optimizer"]?["class_name"]?.text)
    if let loss = model?["compile_config"]?["loss"] {
      add("loss", loss.text ?? loss["config"]?["name"]?.text)
    }
    for member in archive.members where !member.isFolder {
      add("member \(member.name)", "\(member.byteCount) bytes")
    }
    func list(_ layers: [KerasJSON], below prefix: String, depth: Int) {
      for layer in layers {
        let name = prefix + (layer["config"]?["name"]?.text ?? layer["name"]?.text ?? "")
        operations.append(
          .init(
            name: name, kind: layer["class_name"]?.text ?? "", inputs: Contents.inputs(of: layer)))
        if depth < 8, let inner = layer["config"]?["layers"]?.list {
          list(inner, below: name + "/", depth: depth + 1)
        }
      }
    }
    list(model?["config"]?["layers"]?.list ?? [], below: "", depth: 0)
  }

  /// The layers whose outputs a layer is given, in both forms of Keras 3's configuration.
  private static func inputs(of layer: KerasJSON) -> [String] {
    var names: [String] = []
    func find(_ value: KerasJSON, depth: Int) {
      guard depth < 12 else { return }
      if let history = value["config"]?["keras_history"]?.list, let name = history.first?.text {
        names.append(name)
      } else if let list = value.list {
        for item in list { find(item, depth: depth + 1) }
      } else if let object = value.object {
        for name in object.names { if let item = object[name] { find(item, depth: depth + 1) } }
      }
    }
    if let nodes = layer["inbound_nodes"] { find(nodes, depth: 0) }
    return names
  }
}
