import Foundation
import Tensors

/// A checkpoint of PyTorch as data: a zip archive with a pickle and the storages of its tensors.
///
/// | member, below one folder | what it is |
/// |---|---|
/// | `data.pkl` | the pickle |
/// | `data/<key>` | the numbers of a storage |
/// | `byteorder` | `little`; absent before 2.1 |
/// | `version` | of the archive; of no account |
///
/// The pickle is read when the file is opened, numbers when a tensor is asked for. Any number of threads
/// may read.
package final class PyTorchFile: @unchecked Sendable {
  /// The file as it was named.
  package let file: String

  /// What was saved.
  package let tree: PickleTree

  private let archive: ZipArchive
  /// The one folder of the archive, with `/` behind it.
  private let folder: String
  /// Guards the archive and the storage that was read last.
  private let lock = NSLock()
  private var last: (key: String, bytes: FileBytes)?

  private static let pickleName = "data.pkl"
  private static let orderName = "byteorder"
  private static let storagesName = "data/"
  /// What there is in the archive of a program.
  private static let codeNames = ["code/", "constants.pkl"]

  /// Opens a file and reads its pickle.
  ///
  /// - Throws: ``FormatError``; for a pickle that would run anything it names what.
  package init(path: String) throws(FormatError) {
    archive = try ZipArchive(path: path)
    file = archive.file
    let suffix = "/" + PyTorchFile.pickleName
    let pickles = archive.members.filter { $0.name.hasSuffix(suffix) }
      .filter { !$0.name.dropLast(suffix.count).contains("/") }
    guard pickles.count == 1, let pickle = pickles.first else {
      throw FormatError(
        file, "expected one pickle \(PyTorchFile.pickleName) in a folder, found \(pickles.count)")
    }
    folder = String(pickle.name.dropLast(PyTorchFile.pickleName.count))
    let folder = self.folder
    if archive.members.contains(where: { member in
      PyTorchFile.codeNames.contains { member.name.hasPrefix(folder + $0) }
    }) {
      throw FormatError(
        file, "is a program of TorchScript; save the state dict of its module in its place")
    }
    if let order = archive[folder + PyTorchFile.orderName] {
      let bytes = try archive.bytes(of: order, limit: 64)
      let word = String(decoding: bytes.copy(0..<bytes.byteCount), as: UTF8.self)
      guard word == "little" else {
        throw bytes.error("expected 'little', found '\(word)'; numbers of that order are not read")
      }
    }
    let bytes = try archive.bytes(of: pickle, limit: PickleReader.byteLimit)
    do throws(PickleReader.Problem) {
      tree = try PickleReader.tree(of: bytes.copy(0..<bytes.byteCount))
    } catch {
      throw FormatError(file, member: pickle.name, error.words)
    }
  }

  /// A tensor of the pickle under a name.
  ///
  /// - Throws: ``FormatError`` when no tensor of ours has elements of its type.
  package func stored(_ tensor: PickledTensor, named name: String) throws -> StoredTensor {
    guard let elementType = tensor.type.elementType else {
      throw FormatError(file, "tensor '\(name)': \(tensor.type.rawValue) numbers are not read")
    }
    return StoredTensor(name: name, shape: tensor.shape, elementType: elementType) {
      try self.numbers(of: tensor, elementType, named: name)
    }
  }

  private func numbers(
    of tensor: PickledTensor, _ elementType: ElementType, named name: String
  ) throws -> Tensor {
    lock.lock()
    defer { lock.unlock() }
    let bytes = try storage(tensor.storage)
    let size = elementType.byteCount
    // A stride of 0 makes a large tensor of a small storage.
    guard tensor.shape.count <= bytes.byteCount / size else {
      throw FormatError(
        file, "tensor '\(name)': its elements share numbers; save a contiguous copy of it")
    }
    if tensor.isContiguous {
      let start = tensor.offset * size
      return bytes.tensor(
        start..<start + tensor.shape.count * size, shape: tensor.shape, elementType: elementType)
    }
    return bytes.gathered(tensor, elementType)
  }

  private func storage(_ storage: PickledStorage) throws(FormatError) -> FileBytes {
    if let last, last.key == storage.key { return last.bytes }
    guard let member = archive[folder + PyTorchFile.storagesName + storage.key] else {
      throw FormatError(file, "the storage '\(storage.key)' is missing")
    }
    let expected = storage.count * (storage.type?.byteCount ?? 1)
    guard member.byteCount == expected else {
      throw FormatError(
        file, member: member.name, "expected \(expected) bytes, found \(member.byteCount)")
    }
    let bytes = try archive.bytes(of: member)
    last = (storage.key, bytes)
    return bytes
  }
}

extension PickledTensor {
  /// Whether elements follow each other in the usual order.
  fileprivate var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(shape.dimensions, strides).reversed() where extent != 1 {
      guard stride == expected else { return shape.count == 0 }
      expected *= extent
    }
    return true
  }
}

extension FileBytes {
  /// The elements of a tensor that are not in the usual order.
  fileprivate func gathered(_ tensor: PickledTensor, _ elementType: ElementType) -> Tensor {
    var result = Tensor(zeros: tensor.shape, elementType: elementType)
    let extents = tensor.shape.dimensions
    result.withMutableView { view in
      func fill<Bits: FixedWidthInteger & TensorElement>(_ type: Bits.Type) {
        let target = view.cast(at: 0, shape: tensor.shape, elementType: type.elementType)
        withSpan(0..<byteCount) { span in
          var position = Array(repeating: 0, count: extents.count)
          var element = tensor.offset
          for place in 0..<target.count {
            let bits = unsafe span.unsafeLoadUnaligned(
              fromByteOffset: element * MemoryLayout<Bits>.size, as: Bits.self)
            target.setElement(place, to: Bits(littleEndian: bits))
            var axis = extents.count - 1
            while axis >= 0 {
              position[axis] += 1
              element += tensor.strides[axis]
              if position[axis] < extents[axis] { break }
              element -= position[axis] * tensor.strides[axis]
              position[axis] = 0
              axis -= 1
            }
          }
        }
      }
      switch elementType.byteCount {
      case 1: fill(UInt8.self)
      case 2: fill(UInt16.self)
      case 4: fill(UInt32.self)
      default: fill(UInt64.self)
      }
    }
    return result
  }
}
