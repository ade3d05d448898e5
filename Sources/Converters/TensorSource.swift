import Formats
import HDF5
import Tensors

/// Lists the tensors of files of one kind by the names that they have there, without a graph.
package protocol TensorSource: Sendable {
  /// The kind.
  static var kind: FileKind { get }

  /// The tensors of a file, in its order. Their numbers are read when they are asked for.
  ///
  /// - Throws: ``ConversionError``, or the error of the format.
  static func tensors(reading path: String) throws -> [StoredTensor]
}

extension Converters {
  /// Those that list tensors.
  package static let tensorSources: [any TensorSource.Type] = [
    KerasArchiveTensors.self,
    KerasHDF5Tensors.self,
    KerasWeightTensors.self,
    ONNXTensors.self,
    PyTorchTensors.self,
    SafetensorsTensors.self,
    NumPyTensors.self,
  ]
}

/// The arrays of an archive of NumPy.
enum NumPyTensors: TensorSource {
  static let kind = FileKind.npz

  static func tensors(reading path: String) throws -> [StoredTensor] {
    if let array = try NumPyFile(path: path).onlyArray {
      return [
        StoredTensor(name: "array", shape: array.shape, elementType: array.elementType) {
          array.tensor()
        }
      ]
    }
    var log = ConversionLog(file: path, allowsLoss: true)
    return try NumPyConverter.tensors(of: path, log: &log)
  }
}

/// The tensors of a file of safetensors, or of several with an index.
enum SafetensorsTensors: TensorSource {
  static let kind = FileKind.safetensors

  static func tensors(reading path: String) throws -> [StoredTensor] {
    var log = ConversionLog(file: path, allowsLoss: true)
    return try SafetensorsConverter.tensors(of: path, log: &log)
  }
}

/// The state dict of a checkpoint of PyTorch.
enum PyTorchTensors: TensorSource {
  static let kind = FileKind.pyTorch

  static func tensors(reading path: String) throws -> [StoredTensor] {
    var log = ConversionLog(file: path, allowsLoss: true)
    return try TorchCheckpoint(path: path, log: &log).tensors
  }
}

/// The initializers of an ONNX graph; real numbers as float32, integers as int64.
enum ONNXTensors: TensorSource {
  static let kind = FileKind.onnx

  static func tensors(reading path: String) throws -> [StoredTensor] {
    try ONNXModel(FileBytes(path: path)).graph.initializer.map { tensor in
      let shape = try tensor.extents(in: path)
      return StoredTensor(
        name: tensor.name, shape: shape, elementType: tensor.holdsReals ? .float32 : .int64
      ) {
        switch try tensor.numbers(in: path) {
        case .reals(let numbers): Tensor(numbers, shape: shape)
        case .integers(let numbers): Tensor(numbers.map { Int64($0) }, shape: shape)
        }
      }
    }
  }
}

/// The weights of a `.keras` archive.
enum KerasArchiveTensors: TensorSource {
  static let kind = FileKind.keras

  static func tensors(reading path: String) throws -> [StoredTensor] {
    try KerasFile(archive: path).weights.tensors
  }
}

/// The weights of a model of Keras in HDF5.
enum KerasHDF5Tensors: TensorSource {
  static let kind = FileKind.kerasHDF5

  static func tensors(reading path: String) throws -> [StoredTensor] {
    try KerasFile(hdf5: path).weights.tensors
  }
}

extension KerasWeights {
  /// All tensors, layer by layer.
  fileprivate var tensors: [StoredTensor] {
    func all(_ group: KerasWeightGroup) -> [StoredTensor] {
      group.variables
        + group.children.sorted { $0.key < $1.key }.filter { $0.key != "optimizer" }
        .flatMap { all($0.value) }
    }
    switch self {
    case .byLayer(let layers): return layers.flatMap(\.tensors)
    case .byPath(let group): return all(group)
    }
  }
}

/// The datasets of a file with weights of Keras.
enum KerasWeightTensors: TensorSource {
  static let kind = FileKind.kerasWeights

  static func tensors(reading path: String) throws -> [StoredTensor] {
    var found: [StoredTensor] = []
    try add(ForeignFile(reading: path).root, to: &found)
    return found
  }

  private static func add(_ group: ForeignGroup, to found: inout [StoredTensor]) throws {
    for name in group.childNames {
      switch group.child(name) {
      case .group(let child)?: try add(child, to: &found)
      case .dataset(let dataset)?:
        guard let type = dataset.value.elementType,
          let elementType = ElementType(rawValue: "\(type)")
        else { continue }
        let shape = try Shape(checking: dataset.value.shape)
        let numbers = try dataset.value.numbers()
        found.append(
          StoredTensor(
            name: String(dataset.place.path.drop { $0 == "/" }), shape: shape,
            elementType: elementType
          ) {
            Tensor(numbers.bytes()).withView { bytes in
              Tensor(copying: bytes.cast(at: 0, shape: shape, elementType: elementType))
            }
          })
      default: break
      }
    }
  }
}
