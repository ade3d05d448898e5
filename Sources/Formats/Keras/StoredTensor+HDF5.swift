import HDF5
import Tensors

extension StoredTensor {
  /// A dataset of an HDF5 file of another program.
  ///
  /// - Throws: ``KerasReadingError`` for one that holds no numbers.
  init(_ dataset: ForeignDataset, named name: String) throws(KerasReadingError) {
    let numbers = try KerasReadingError.wording { () throws(HDF5Error) in
      try dataset.value.numbers()
    }
    guard let elementType = StoredTensor.elementType(of: numbers.type),
      let shape = try? Shape(checking: dataset.value.shape),
      shape.count * elementType.byteCount == numbers.byteCount
    else {
      throw KerasReadingError(
        path: dataset.place.path, problem: "expected numbers, found \(dataset.value.type)")
    }
    self.init(name: name, shape: shape, elementType: elementType) {
      unsafe numbers.withBytes { bytes in
        Tensor(
          copying: unsafe TensorView(readOnly: bytes, shape: shape, elementType: elementType))
      }
    }
  }

  private static func elementType(of type: Datatype) -> ElementType? {
    switch type {
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float32: .float32
    case .float64: .float64
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .uint8: .uint8
    case .uint16: .uint16
    case .uint32: .uint32
    case .uint64: .uint64
    case .bool: .bool
    case .text: nil
    }
  }
}

/// What is wrong in an HDF5 file of Keras, whatever file that lies in.
struct KerasReadingError: Error {
  /// The object in the file; empty for all of it.
  let path: String
  let problem: String

  init(path: String, problem: String) {
    self.path = path
    self.problem = problem
  }

  init(_ error: HDF5Error) {
    self.init(path: error.place.path, problem: "\(error.reason)")
  }

  /// Does what reads HDF5.
  static func wording<Result>(
    _ body: () throws(HDF5Error) -> Result
  ) throws(KerasReadingError) -> Result {
    do throws(HDF5Error) { return try body() } catch { throw KerasReadingError(error) }
  }
}
