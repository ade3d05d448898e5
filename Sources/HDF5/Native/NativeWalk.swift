/// Reads all objects of a file from the root down.
struct NativeWalk {
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
