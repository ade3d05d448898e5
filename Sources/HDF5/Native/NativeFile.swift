#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A native model file, read without the HDF5 library and without trust.
///
/// Read is exactly what ``File`` writes: a superblock of version 3, version 2 object headers with
/// their checksums, hard links in the order of creation, attributes in the headers, and datasets of
/// fixed types, each in one piece aligned to 64 bytes. Everything else is refused. The whole
/// structure is read and checked at once; data is not touched until it is asked for, and is then
/// used where it is mapped. Nothing is allocated in proportion to what the file claims, and parts
/// of the file that lie over each other are refused, so that no file makes reading take long.
package final class NativeFile: Sendable {
  /// The root group.
  package let root: NativeGroup

  /// The bytes of the file, which stay mapped as long as anyone keeps this object.
  package let mapping: MappedFile

  /// The size in bytes of the file as it was named.
  package let byteCount: Int

  /// Whether another program has written the file, so that the bytes are those of a translation.
  package let isTranslated: Bool

  /// Where all metadata and all data lies.
  let claims: Claims

  /// Maps a file and reads its structure.
  ///
  /// - Throws: ``HDF5Error``: with ``HDF5Error/Reason/notNative(_:)`` for an HDF5 file of another
  ///   making, and ``HDF5Error/Reason/damaged(_:)`` for one that contradicts itself.
  ///
  /// - Parameter names: the only children of the root to be read; all when nil. Of the others nothing
  ///   is known but that they have these names.
  package convenience init(
    reading path: String, only names: Set<String>? = nil
  ) throws(HDF5Error) {
    try self.init(MappedFile(Place(file: path)), only: names)
  }

  /// Reads the structure of a file whose bytes are in memory already.
  ///
  /// - Parameter name: what messages call the file.
  package convenience init(bytes: [UInt8], named name: String) throws(HDF5Error) {
    try self.init(MappedFile(bytes, named: name))
  }

  init(_ mapping: MappedFile, only names: Set<String>? = nil) throws(HDF5Error) {
    let place = Place(file: mapping.name)
    self.mapping = mapping
    let head = mapping.copy(0..<min(64, mapping.byteCount))
    try File.checkSignature(head, at: place)
    var claims = Claims(limit: mapping.byteCount)
    let address = try NativeFile.readSuperblock(mapping, place: place, claims: &claims)
    var walk = NativeWalk(file: mapping, claims: claims, names: names)
    let object = try walk.object(at: address, place: Place(file: mapping.name, path: "/"), depth: 0)
    guard case .group(let root) = object else {
      throw HDF5Error(place, .damaged("its root is a dataset"))
    }
    try walk.claims.checkDisjoint(place: place)
    self.root = root
    self.claims = walk.claims
    byteCount = mapping.byteCount
    isTranslated = false
  }

  /// The tree of a foreign file over the bytes of its translation.
  init(_ root: NativeGroup, translatedBy translation: NativeFile, byteCount: Int) {
    self.root = root
    self.byteCount = byteCount
    mapping = translation.mapping
    claims = translation.claims
    isTranslated = true
  }

  /// Reads the superblock: signature, version, two sizes, flags, base, extension, end of file, root
  /// and a checksum.
  ///
  /// - Returns: the address of the root group.
  private static func readSuperblock(
    _ file: MappedFile, place: Place, claims: inout Claims
  ) throws(HDF5Error) -> UInt64 {
    var start = ByteReader(file, range: 0..<file.byteCount, place: place)
    _ = try start.take(File.signature.count)
    try start.expect(UInt8(3), "a superblock of version")
    var reader = try claims.take(start, from: 0, head: 9, body: 35)
    try reader.expect(UInt8(8), "addresses of bytes")
    try reader.expect(UInt8(8), "lengths of bytes")
    guard try reader.next(UInt8.self) == 0 else {
      throw HDF5Error(place, .damaged("its writer did not finish it"))
    }
    try reader.expect(UInt64(0), "a file that begins at")
    guard try reader.nextAddress() == nil else {
      throw reader.notNative("a plain superblock", found: "an extended one")
    }
    let end = try reader.next(UInt64.self)
    guard end == UInt64(file.byteCount) else {
      throw HDF5Error(place, .damaged("expected \(end) bytes, found \(file.byteCount)"))
    }
    return try reader.next(UInt64.self)
  }
}

/// A group of a native file.
package struct NativeGroup: Sendable {
  /// The group, for messages.
  package let place: Place

  /// The attributes by name.
  package let attributes: [String: Attribute]

  /// The names of all children, in the order of creation.
  package let childNames: [String]

  let children: [String: NativeObject]
}

/// A dataset of a native file: a window onto the mapped file.
package struct NativeDataset: Sendable {
  /// The dataset, for messages.
  package let place: Place

  /// The attributes by name.
  package let attributes: [String: Attribute]

  /// How an element is stored.
  package let type: Datatype

  /// The extent along each axis, outermost first; empty for a scalar.
  package let shape: [Int]

  /// Where in the file the elements lie: within the file, aligned to 64 bytes; empty where there
  /// are none.
  package let range: Range<Int>

  /// The file, which stays mapped as long as anyone keeps this object.
  package let mapping: MappedFile
}

/// A child of a group.
package enum NativeObject: Sendable {
  case group(NativeGroup)
  case dataset(NativeDataset)

  fileprivate var kind: ObjectKind {
    switch self {
    case .group: .group
    case .dataset: .dataset
    }
  }
}

// MARK: - Finding

extension NativeGroup {
  /// A child, if there is one of that name.
  package func child(_ name: String) -> NativeObject? { children[name] }

  /// A child group.
  ///
  /// - Throws: ``HDF5Error`` when there is no such child or when it is a dataset.
  package func group(_ name: String) throws(HDF5Error) -> NativeGroup {
    switch try existing(name) {
    case .group(let group): return group
    case .dataset(let dataset):
      throw HDF5Error(dataset.place, .wrongKind(expected: .group, found: .dataset))
    }
  }

  /// A child dataset.
  ///
  /// - Throws: ``HDF5Error`` when there is no such child or when it is a group.
  package func dataset(_ name: String) throws(HDF5Error) -> NativeDataset {
    switch try existing(name) {
    case .dataset(let dataset): return dataset
    case .group(let group):
      throw HDF5Error(group.place, .wrongKind(expected: .dataset, found: .group))
    }
  }

  /// A dataset by its path from this group: `dense_1/kernel`.
  package func dataset(at path: String) throws(HDF5Error) -> NativeDataset {
    // Bytes are split: to find where characters begin takes longer than all the rest.
    let names = path.utf8.split(separator: UInt8(ascii: "/"))
    guard let last = names.last else { throw HDF5Error(place, .invalidName("expected a path")) }
    var group = self
    for name in names.dropLast() { group = try group.group(String(Substring(name))) }
    return try group.dataset(String(Substring(last)))
  }

  /// An attribute's value.
  ///
  /// - Throws: ``HDF5Error/Reason/missingAttribute(name:)``.
  package func attribute(_ name: String) throws(HDF5Error) -> Attribute {
    guard let value = attributes[name] else {
      throw HDF5Error(place, .missingAttribute(name: name))
    }
    return value
  }

  private func existing(_ name: String) throws(HDF5Error) -> NativeObject {
    guard let child = children[name] else {
      throw HDF5Error(place, .missing(name: name, siblings: childNames))
    }
    return child
  }
}

extension NativeDataset {
  /// The number of bytes of all elements.
  package var byteCount: Int { range.count }

  /// Calls a closure with all elements as they are stored, where they are mapped.
  package func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    defer { withExtendedLifetime(mapping) {} }
    return try body(mapping.bytes(range))
  }

  /// A copy of all elements as they are stored.
  package func bytes() -> [UInt8] { mapping.copy(range) }

  /// Whether the elements are stored as these bytes.
  package func hasBytes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    withBytes { own in
      guard own.count == bytes.count else { return false }
      guard let first = own.baseAddress, let second = bytes.baseAddress else { return true }
      return memcmp(first, second, own.count) == 0
    }
  }

  /// The texts of a dataset of text, in the order of its elements.
  package func texts() throws(HDF5Error) -> [String] {
    guard case .text(let width) = type else {
      throw HDF5Error(place, .wrongType(expected: "text", found: "\(type)"))
    }
    let bytes = mapping.copy(range)
    var texts: [String] = []
    for start in stride(from: 0, to: bytes.count, by: width) {
      texts.append(try StoredText.text(of: bytes[start..<start + width], at: place))
    }
    return texts
  }

  /// The text of a scalar dataset of text.
  package func text() throws(HDF5Error) -> String {
    guard case .text = type, shape.isEmpty else {
      throw HDF5Error(place, .wrongType(expected: "one text", found: "\(type) \(shape)"))
    }
    return try StoredText.text(of: mapping.copy(range)[...], at: place)
  }

  /// An attribute's value.
  ///
  /// - Throws: ``HDF5Error/Reason/missingAttribute(name:)``.
  package func attribute(_ name: String) throws(HDF5Error) -> Attribute {
    guard let value = attributes[name] else {
      throw HDF5Error(place, .missingAttribute(name: name))
    }
    return value
  }
}

// MARK: - By an index

extension NativeFile {
  /// A dataset that an index describes, used without its header: nil where a dataset cannot lie there.
  package func dataset(
    at path: String, type: Datatype, shape: [Int], offset: Int, byteCount: Int
  ) -> NativeDataset? {
    let place = Place(file: mapping.name, path: path)
    guard let expected = try? Dataset.byteCount(type: type, shape: shape, at: place),
      expected == byteCount, offset >= 0, offset % Int(PropertyLists.alignment) == 0,
      offset <= mapping.byteCount, byteCount <= mapping.byteCount - offset
    else { return nil }
    return NativeDataset(
      place: place, attributes: [:], type: type, shape: shape,
      range: byteCount > 0 ? offset..<offset + byteCount : 0..<0, mapping: mapping)
  }
}
