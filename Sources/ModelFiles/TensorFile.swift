import HDF5
import Networks
import Tensors

/// The tensors of a model file by their paths, without the network that they belong to.
///
/// A file that nnmodel wrote is opened by its index alone, however many tensors it has: where every
/// one lies is checked against the file and the others, headers and numbers are not looked at. The
/// structure of any other file is read as a whole. ``ModelFile`` always does that, and knows what the
/// tensors mean.
public final class TensorFile: Sendable {
  /// The file, as it was named.
  public let name: String

  /// The size of the file in bytes.
  public let byteCount: Int

  /// Every dataset but those of the index, in the file's order.
  let datasets: [NativeDataset]

  /// Opens a file.
  ///
  /// - Throws: ``ModelFileError`` naming the file, the place in it and what is wrong there.
  public convenience init(reading path: String) throws {
    if let datasets = TensorFile.indexed(path), let mapping = datasets.first?.mapping {
      self.init(datasets, name: path, byteCount: mapping.byteCount)
    } else {
      self.init(try NativeFile.model(at: path), name: path)
    }
  }

  /// The tensors of a file whose structure was read.
  convenience init(_ file: NativeFile, name: String) {
    self.init(TensorFile.datasets(of: file.root), name: name, byteCount: file.byteCount)
  }

  private init(_ datasets: [NativeDataset], name: String, byteCount: Int) {
    self.datasets = datasets
    self.name = name
    self.byteCount = byteCount
  }

  /// The datasets as an index has them; nil where there is none that can be believed: of this
  /// version, for a file of this size, with every dataset in a place of its own.
  private static func indexed(_ path: String) -> [NativeDataset]? {
    guard let file = try? NativeFile(reading: path, only: [ModelFilePaths.index]),
      (try? FormatVersion(of: file.root, file: path)) == .current,
      let index = try? ModelIndex(in: file.root), index.fileByteCount == file.byteCount
    else { return nil }
    var datasets: [NativeDataset] = []
    datasets.reserveCapacity(index.rows.count)
    var end = 0
    for row in index.rows {
      guard let type = ModelIndex.type(of: row),
        let dataset = file.dataset(
          at: row.path, type: type, shape: row.shape, offset: row.offset, byteCount: row.byteCount)
      else { return nil }
      if row.byteCount > 0 {
        // A writer sets data aside in the order of the index.
        guard row.offset >= end else { return nil }
        end = row.offset + row.byteCount
      }
      datasets.append(dataset)
    }
    return datasets
  }

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
    let wanted = path.hasPrefix("/") ? path : "/" + path
    guard let dataset = datasets.first(where: { $0.place.path == wanted }) else {
      throw ModelFileError(name, path: wanted, "is not in the file")
    }
    return try dataset.withView(body)
  }
}
