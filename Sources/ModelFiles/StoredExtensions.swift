import HDF5
import Tensors

// How extensions are read from a file and handed to the writer.

extension ModelFile {
  /// The names of the extensions in the file, in its order.
  public var extensionNames: [String] {
    guard case .group(let group)? = root.child(ModelFilePaths.extensions) else { return [] }
    return group.childNames
  }

  /// What other programs keep in the file.
  ///
  /// - Throws: ``ModelFileError`` for a dataset with more axes than tensors have.
  public func extensions() throws -> [ModelExtension] {
    guard case .group(let group)? = root.child(ModelFilePaths.extensions) else { return [] }
    return try group.childNames.map { name in
      guard case .group(let content)? = group.child(name) else {
        throw ModelFileError(
          self.name, path: "/\(ModelFilePaths.extensions)/\(name)",
          "expected a group, found a dataset")
      }
      return ModelExtension(name, try ModelExtension.Group(content))
    }
  }
}

extension ModelExtension.Group {
  fileprivate init(_ group: NativeGroup) throws {
    self.init(attributes: group.attributes.mapValues { ModelExtension.Attribute($0) })
    for name in group.childNames {
      switch group.child(name) {
      case .group(let child)?: children.append(.init(name, .group(try Self(child))))
      case .dataset(let dataset)?: children.append(.init(name, try ModelExtension.Item(dataset)))
      case nil: break
      }
    }
  }
}

extension ModelExtension.Item {
  fileprivate init(_ dataset: NativeDataset) throws {
    let attributes = dataset.attributes.mapValues { ModelExtension.Attribute($0) }
    if case .text(let byteCount) = dataset.type {
      self = .texts(
        try wordingErrors { try dataset.texts() }, shape: dataset.shape, fieldByteCount: byteCount,
        attributes: attributes)
    } else {
      self = .tensor(try dataset.tensor(), attributes: attributes)
    }
  }
}

extension ModelExtension.Attribute {
  fileprivate init(_ attribute: HDF5.Attribute) {
    switch attribute {
    case .text(let value): self = .text(value)
    case .texts(let values): self = .texts(values)
    case .integer(let value): self = .integer(value)
    case .integers(let values): self = .integers(values)
    case .number(let value): self = .number(value)
    case .numbers(let values): self = .numbers(values)
    }
  }

  /// The attribute as it is stored.
  var stored: HDF5.Attribute {
    switch self {
    case .text(let value): .text(value)
    case .texts(let values): .texts(values)
    case .integer(let value): .integer(value)
    case .integers(let values): .integers(values)
    case .number(let value): .number(value)
    case .numbers(let values): .numbers(values)
    }
  }
}
