import HDF5
import Networks
import Tensors

/// The tensors of a model file by their paths, without the network that they belong to.
///
/// Opening checks the whole structure of the file and compares it with the file's index; numbers stay
/// where they are mapped. What they mean, ``ModelFile`` knows.
public final class TensorFile: Sendable {
  /// The file, as it was named.
  public let name: String

  /// The size of the file in bytes.
  public let byteCount: Int

  let file: NativeFile
  /// Every dataset but those of the index, in the file's order.
  let datasets: [NativeDataset]
  let comparison: IndexComparison

  /// Opens a file.
  ///
  /// - Throws: ``ModelFileError`` naming the file, the place in it and what is wrong there.
  public convenience init(reading path: String) throws {
    try self.init(NativeFile.model(at: path), name: path)
  }

  init(_ file: NativeFile, name: String) {
    self.name = name
    self.file = file
    byteCount = file.byteCount
    datasets = TensorFile.datasets(of: file.root)
    comparison = IndexComparison(
      root: file.root, datasets: datasets, isTranslated: file.isTranslated)
  }

  var root: NativeGroup { file.root }

  /// Every dataset but those of the index, in the order of a file.
  package static func datasets(of root: NativeGroup) -> [NativeDataset] {
    var datasets: [NativeDataset] = []
    func add(_ group: NativeGroup, isRoot: Bool) {
      for name in group.childNames where !isRoot || name != ModelFilePaths.index {
        switch group.child(name) {
        case .dataset(let dataset)?: datasets.append(dataset)
        case .group(let child)?: add(child, isRoot: false)
        case nil: break
        }
      }
    }
    add(root, isRoot: true)
    return datasets
  }
}

/// A tensor of a file: what it is, not its numbers.
public struct StoredTensor: Hashable, Sendable {
  /// Its path, as in `/weights/dense_1/kernel`.
  public let path: String
  /// How an element is stored.
  public let elementType: ElementType
  /// The extent along each axis.
  public let shape: Shape
  /// Its first byte in the file.
  public let offset: Int
  /// The number of its bytes.
  public let byteCount: Int
}

extension TensorFile {
  /// Every tensor of the file but those of the index, in the file's order.
  ///
  /// - Throws: ``ModelFileError`` when one has more axes than tensors have.
  public func tensors() throws -> [StoredTensor] {
    var found: [StoredTensor] = []
    for dataset in datasets {
      guard let type = ElementType(dataset.type) else { continue }
      let shape: Shape
      do {
        shape = try Shape(checking: dataset.shape)
      } catch {
        throw ModelFileError(name, path: dataset.place.path, "\(error)")
      }
      found.append(
        StoredTensor(
          path: dataset.place.path, elementType: type, shape: shape,
          offset: dataset.range.lowerBound, byteCount: dataset.byteCount))
    }
    return found
  }

  /// Calls a closure with the numbers of a tensor, where they are mapped.
  ///
  /// - Throws: ``ModelFileError`` when there is no such tensor.
  public func withTensor<Result>(
    at path: String, _ body: (TensorView) throws -> Result
  ) throws -> Result {
    let dataset = try wordingErrors { try root.dataset(at: path) }
    return try dataset.withView(body)
  }
}
