/// An HDF5 file that another program has written, as Keras or h5py.
///
/// Another process reads it with the HDF5 library and hands over what it found as a native file,
/// which is read here without trust. Whatever the file does to the library, this process goes on
/// with values or with one error.
package final class ForeignFile: Sendable {
  /// The file as it was named.
  package let name: String

  /// The size of the file in bytes.
  package let byteCount: Int

  /// The root group.
  package let root: ForeignGroup

  /// What the values lie in.
  let translation: NativeFile

  /// Reads a whole file.
  ///
  /// - Parameters:
  ///   - limits: what the file may cost; by its size when nil.
  ///   - reader: the program that reads; looked for when nil.
  /// - Throws: ``HDF5Error``: what is refused in the file, or how the reading process ended.
  package init(
    reading path: String, limits: ForeignLimits? = nil, reader: ForeignReader? = nil
  ) throws(HDF5Error) {
    let place = Place(file: path)
    byteCount = try File.checkForeign(place)
    name = path
    let limits = limits ?? ForeignLimits(fileOf: byteCount)
    let tool = if let reader { reader } else { try ForeignReader(for: place) }
    let output = try TemporaryDescriptor(place)
    try tool.translate(path, into: output.path, limits: limits)
    do throws(HDF5Error) {
      translation = try NativeFile(
        MappedFile(output.number, byteCount: try output.byteCount(), place))
      root = try ForeignGroup(translation: translation.root, of: place)
    } catch {
      // Where in the translation says nothing of the file.
      throw HDF5Error(
        place, .foreign("the process that reads it handed over nonsense: \(error.reason)"))
    }
  }
}

/// A group of a foreign file.
package struct ForeignGroup: Sendable {
  /// The group, for messages.
  package let place: Place
  /// The attributes.
  package let attributes: ForeignAttributes
  /// The names of all children, in the order of creation where the file keeps it, otherwise by name.
  package let childNames: [String]

  let children: [String: ForeignObject]
}

/// A dataset of a foreign file.
package struct ForeignDataset: Sendable {
  /// The dataset, for messages.
  package let place: Place
  /// The attributes.
  package let attributes: ForeignAttributes
  /// The elements.
  package let value: ForeignValue
}

/// What a group of a foreign file holds.
package enum ForeignObject: Sendable {
  case group(ForeignGroup)
  case dataset(ForeignDataset)
  /// A type that the file keeps under a name, for others to use.
  case namedType(place: Place, attributes: ForeignAttributes)

  var kind: ObjectKind {
    switch self {
    case .group: .group
    case .dataset: .dataset
    case .namedType: .namedType
    }
  }

  /// The object, for messages.
  package var place: Place {
    switch self {
    case .group(let group): group.place
    case .dataset(let dataset): dataset.place
    case .namedType(let place, _): place
    }
  }
}

// MARK: - Finding

extension ForeignGroup {
  /// A child, if there is one of that name.
  package func child(_ name: String) -> ForeignObject? { children[name] }

  /// A child group.
  ///
  /// - Throws: ``HDF5Error`` when there is no such child or when it is something else.
  package func group(_ name: String) throws(HDF5Error) -> ForeignGroup {
    let object = try existing(name)
    if case .group(let group) = object { return group }
    throw HDF5Error(object.place, .wrongKind(expected: .group, found: object.kind))
  }

  /// A dataset by its path from this group, as Keras names weights: `dense/kernel:0`.
  ///
  /// - Throws: ``HDF5Error`` when there is no such dataset.
  package func dataset(at path: String) throws(HDF5Error) -> ForeignDataset {
    let names = path.split(separator: "/").map(String.init)
    guard let last = names.last else { throw HDF5Error(place, .invalidName("expected a path")) }
    var group = self
    for name in names.dropLast() { group = try group.group(name) }
    let object = try group.existing(last)
    if case .dataset(let dataset) = object { return dataset }
    throw HDF5Error(object.place, .wrongKind(expected: .dataset, found: object.kind))
  }

  private func existing(_ name: String) throws(HDF5Error) -> ForeignObject {
    guard let child = children[name] else {
      throw HDF5Error(place, .missing(name: name, siblings: childNames))
    }
    return child
  }
}

// MARK: - Before another process is started

extension File {
  /// Checks the beginning of a foreign file.
  ///
  /// - Returns: the size of the file in bytes.
  fileprivate static func checkForeign(_ place: Place) throws(HDF5Error) -> Int {
    let (descriptor, size) = try open(place)
    defer { close(descriptor) }
    let head = try bytes(96, of: descriptor, from: 0, at: place)
    if !head.starts(with: signature) {
      // HDF5 looks for its signature at 512 bytes, and then at every double of it.
      var start = 512
      while start < Int(size) {
        if try bytes(8, of: descriptor, from: start, at: place).starts(with: signature) {
          throw HDF5Error(
            place,
            .unsupported(
              "expected HDF5 from the first byte on, found \(start) bytes of something else before "
                + "it; h5unjam takes them away"))
        }
        start *= 2
      }
      try checkSignature(head, at: place)
    }
    // Versions 0 and 1 of the superblock: sizes of addresses at byte 13, and four addresses from
    // byte 24 or 28 on, of which the last is that of a driver's information.
    if head.count > 16, head[8] <= 1, head[13] == 8 {
      let last = (head[8] == 0 ? 24 : 28) + 3 * 8
      guard head.count >= last + 8, head[last..<last + 8].allSatisfy({ $0 == 0xff }) else {
        throw HDF5Error(
          place, .unsupported("expected one file, found a part of one that is spread over several"))
      }
    }
    return Int(size)
  }
}
