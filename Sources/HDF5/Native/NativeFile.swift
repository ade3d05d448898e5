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
    let names = path.split(separator: "/").map(String.init)
    guard let last = names.last else { throw HDF5Error(place, .invalidName("expected a path")) }
    var group = self
    for name in names.dropLast() { group = try group.group(name) }
    return try group.dataset(last)
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

// MARK: - Reading

/// Reads all objects of a file from the root down.
private struct NativeWalk {
  /// How deep groups may lie in each other.
  static let deepest = 32
  /// The longest path in bytes. Every object keeps its own, so that long ones would take many times
  /// the memory of the file.
  static let longestPath = 1024

  let file: MappedFile
  var claims: Claims
  /// The only children of the root to be read; all when nil.
  let names: Set<String>?

  mutating func object(
    at address: UInt64, place: Place, depth: Int
  ) throws(HDF5Error) -> NativeObject {
    guard depth <= NativeWalk.deepest else {
      throw HDF5Error(place, .damaged("groups lie in more than \(NativeWalk.deepest) others"))
    }
    let header = try ObjectHeader(file, at: address, place: place, claims: &claims)
    let isGroup = header.messages.contains { $0.kind == .linkInfo }
    return isGroup
      ? .group(try group(header, place: place, depth: depth))
      : .dataset(try dataset(header, place: place))
  }

  private mutating func group(
    _ header: ObjectHeader, place: Place, depth: Int
  ) throws(HDF5Error) -> NativeGroup {
    var attributes: [String: Attribute] = [:]
    var links: [(name: String, order: Int64, address: UInt64)] = []
    for message in header.messages {
      var body = message.body
      switch message.kind {
      case .link: links.append(try body.nextLink())
      case .linkInfo: try body.checkLinkInfo()
      case .attribute: try add(&body, to: &attributes)
      case .attributeInfo: try body.checkAttributeInfo()
      case .groupInfo: break
      default: throw body.damaged("a group that is a dataset too")
      }
    }
    links.sort { $0.order < $1.order }
    var children = [String: NativeObject](minimumCapacity: links.count)
    for link in links {
      if depth == 0, let names, !names.contains(link.name) { continue }
      let child = place.child(link.name)
      guard child.path.utf8.count <= NativeWalk.longestPath else {
        throw HDF5Error(
          place, .damaged("a path of more than \(NativeWalk.longestPath) bytes"))
      }
      let object = try object(at: link.address, place: child, depth: depth + 1)
      guard children.updateValue(object, forKey: link.name) == nil else {
        throw HDF5Error(child, .damaged("two children of one name"))
      }
    }
    return NativeGroup(
      place: place, attributes: attributes, childNames: links.map(\.name), children: children)
  }

  private mutating func dataset(
    _ header: ObjectHeader, place: Place
  ) throws(HDF5Error) -> NativeDataset {
    var attributes: [String: Attribute] = [:]
    var (types, shapes): ([Datatype], [[Int]]) = ([], [])
    var layouts: [(address: UInt64?, size: UInt64)] = []
    for message in header.messages {
      var body = message.body
      switch message.kind {
      case .datatype: types.append(try body.nextDatatype())
      case .dataspace: shapes.append(try body.nextShape())
      case .layout: layouts.append(try body.nextLayout())
      case .attribute: try add(&body, to: &attributes)
      case .attributeInfo: try body.checkAttributeInfo()
      // Space is set aside when a dataset is made, so that nothing is ever filled.
      case .fillValue: break
      default: throw body.damaged("a dataset that is a group too")
      }
    }
    guard types.count == 1, shapes.count == 1, layouts.count == 1 else {
      throw HDF5Error(place, .damaged("expected one type, one shape and one layout"))
    }
    let byteCount = try Dataset.byteCount(type: types[0], shape: shapes[0], at: place)
    return NativeDataset(
      place: place, attributes: attributes, type: types[0], shape: shapes[0],
      range: try range(layouts[0], byteCount: byteCount, place: place), mapping: file)
  }

  /// Where data lies, checked against the file.
  private mutating func range(
    _ layout: (address: UInt64?, size: UInt64), byteCount: Int, place: Place
  ) throws(HDF5Error) -> Range<Int> {
    guard layout.size == UInt64(byteCount) else {
      throw HDF5Error(
        place, .damaged("expected \(byteCount) bytes of data, found \(layout.size)"))
    }
    guard byteCount > 0 else { return 0..<0 }
    guard let address = layout.address else {
      throw HDF5Error(place, .notNative("expected data, found none yet"))
    }
    guard address <= UInt64(file.byteCount), byteCount <= file.byteCount - Int(address) else {
      throw HDF5Error(
        place, .damaged("\(byteCount) bytes at \(address) go beyond the end of the file"))
    }
    guard address % UInt64(PropertyLists.alignment) == 0 else {
      throw HDF5Error(place, .notNative("expected data aligned to 64 bytes, found \(address)"))
    }
    let range = Int(address)..<Int(address) + byteCount
    try claims.takeData(range, place: place)
    return range
  }

  private func add(
    _ body: inout ByteReader, to attributes: inout [String: Attribute]
  ) throws(HDF5Error) {
    let (name, value) = try body.nextAttribute()
    guard attributes.updateValue(value, forKey: name) == nil else {
      throw body.damaged("two attributes '\(name)'")
    }
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
