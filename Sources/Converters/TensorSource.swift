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
    NumPyTensors.self,
    KerasWeightTensors.self,
  ]
}

/// The arrays of an archive of NumPy.
enum NumPyTensors: TensorSource {
  static let kind = FileKind.npz

  static func tensors(reading path: String) throws -> [StoredTensor] {
    let file = try NumPyFile(path: path)
    if let array = file.onlyArray {
      return [tensor("array", array)]
    }
    return try file.names.compactMap { name in
      try file.array(named: name).map { tensor(name, $0) }
    }
  }

  private static func tensor(_ name: String, _ array: NumPyArray) -> StoredTensor {
    StoredTensor(name: name, shape: array.shape, elementType: array.elementType) {
      array.tensor()
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
