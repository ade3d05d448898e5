import Tensors

/// Something to write to a checkpoint of PyTorch.
package indirect enum PyTorchValue: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case text(String)
  case list([PyTorchValue])
  case tuple([PyTorchValue])
  case dictionary([(key: PyTorchValue, value: PyTorchValue)])
  /// A dictionary as modules have it.
  case stateDictionary([(name: String, tensor: StoredTensor)])
  case tensor(StoredTensor)
}

/// Writes checkpoints that `torch.load(path, weights_only=True)` reads: a pickle of protocol 2, and every
/// tensor with a storage of its own.
package enum PyTorchWriter {
  /// Writes a value.
  ///
  /// - Parameters:
  ///   - path: where to; nothing is there.
  ///   - file: what it is called in messages.
  /// - Throws: ``FormatError``.
  package static func write(
    _ value: PyTorchValue, creating path: String, named file: String
  ) throws {
    var pickle = PickleWriting()
    pickle.add(value)
    let writer = try ZipWriter(creating: path, named: file)
    func add(_ name: String, _ bytes: some Collection<UInt8>) throws {
      try writer.add(folder + name, FileBytes(bytes, file: file, member: name))
    }
    try add("data.pkl", pickle.finished())
    try add("byteorder", "little".utf8)
    for (key, tensor) in pickle.tensors.enumerated() {
      let name = "data/\(key)"
      try writer.add(
        folder + name, FileBytes([], tensor.tensor(), file: file, member: name))
    }
    try add("version", "3\n".utf8)
    try writer.close()
  }

  private static let folder = "archive/"
}

/// A pickle that is written from its start to its end.
private struct PickleWriting {
  private var bytes: [UInt8] = [0x80, 2]
  /// The tensors, in the order of their keys.
  private(set) var tensors: [StoredTensor] = []

  /// The pickle, once all is added.
  func finished() -> [UInt8] { bytes + Array(".".utf8) }

  mutating func add(_ value: PyTorchValue) {
    switch value {
    case .none: add("N")
    case .bool(let value): bytes.append(value ? 0x88 : 0x89)
    case .int(let value): add(value)
    case .double(let value):
      add("G")
      add(value.bitPattern.byteSwapped, count: 8)
    case .text(let value): addText(value)
    case .list(let elements):
      add("](")
      for element in elements { add(element) }
      add("e")
    case .tuple(let elements):
      add("(")
      for element in elements { add(element) }
      add("t")
    case .dictionary(let entries):
      add("}(")
      for entry in entries {
        add(entry.key)
        add(entry.value)
      }
      add("u")
    case .stateDictionary(let entries):
      addEmptyStateDictionary()
      add("(")
      for entry in entries {
        addText(entry.name)
        add(.tensor(entry.tensor))
      }
      add("u")
    case .tensor(let tensor): add(tensor)
    }
  }

  private mutating func add(_ opcodes: String) { bytes += Array(opcodes.utf8) }

  private mutating func add(_ value: UInt64, count: Int) {
    for index in 0..<count {
      bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))))
    }
  }

  private mutating func add(_ value: Int) {
    if let small = Int32(exactly: value) {
      add("J")
      add(UInt64(UInt32(bitPattern: small)), count: 4)
    } else {
      bytes += [0x8A, 8]
      add(UInt64(bitPattern: Int64(value)), count: 8)
    }
  }

  private mutating func addText(_ text: String) {
    let text = Array(text.utf8)
    add("X")
    add(UInt64(text.count), count: 4)
    bytes += text
  }

  private mutating func addEmptyStateDictionary() { add("ccollections\nOrderedDict\n)R") }

  private mutating func add(_ tensor: StoredTensor) {
    let type = PyTorchType(tensor.elementType)
    let storage = type.storageName
    let count = tensor.shape.count
    add(
      storage == nil
        ? "ctorch._utils\n_rebuild_tensor_v3\n(" : "ctorch._utils\n_rebuild_tensor_v2\n(")
    // The storage.
    add("(")
    addText("storage")
    if let storage {
      add("ctorch\n\(storage)\n")
    } else {
      add("ctorch.storage\nUntypedStorage\n")
    }
    addText("\(tensors.count)")
    addText("cpu")
    add(storage == nil ? count * type.byteCount : count)
    add("tQ")
    // Where it lies in it.
    add(0)
    var strides: [Int] = []
    var next = 1
    for extent in tensor.shape.dimensions.reversed() {
      strides.insert(next, at: 0)
      next *= max(extent, 1)
    }
    add(.tuple(tensor.shape.dimensions.map { .int($0) }))
    add(.tuple(strides.map { .int($0) }))
    bytes.append(0x89)
    addEmptyStateDictionary()
    if storage == nil { add("ctorch\n\(type.rawValue)\n") }
    add("tR")
    tensors.append(tensor)
  }
}
