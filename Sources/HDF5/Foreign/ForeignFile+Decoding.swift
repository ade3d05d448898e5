// How a translation becomes a tree again. The process that wrote it may have been taken over by the
// file, so that every number is checked.

extension ForeignGroup {
  /// The root group that a translation describes.
  ///
  /// - Parameter place: the foreign file.
  init(translation root: NativeGroup, of place: Place) throws(HDF5Error) {
    guard root.attributes[TranslationPaths.version] == .integer(TranslationPaths.currentVersion)
    else { throw HDF5Error(root.place, .damaged("a translation of another version")) }
    let table = try TranslatedTable(root)
    var objects: [TranslatedObject] = []
    for number in table.kinds.indices {
      objects.append(try TranslatedObject(number, of: table, among: objects, in: root, of: place))
    }
    // Children come after their groups, so that from the end on every group is complete.
    var children = [[(name: String, object: ForeignObject)]](repeating: [], count: objects.count)
    for (number, object) in objects.enumerated().dropFirst().reversed() {
      children[object.parent].append(
        (object.name, try object.complete(with: children[number].reversed())))
      children[number] = []
    }
    guard let first = objects.first,
      case .group(let group) = try first.complete(with: children[0].reversed())
    else { throw HDF5Error(root.place, .damaged("a translation without a root")) }
    self = group
  }
}

/// What a translation says of all objects.
private struct TranslatedTable {
  let kinds: [UInt8]
  let parents: [Int]
  let names: [String]

  init(_ root: NativeGroup) throws(HDF5Error) {
    func damaged(_ words: String) -> HDF5Error { HDF5Error(root.place, .damaged(words)) }
    let kinds = try root.dataset(TranslationPaths.kinds)
    let parents = try root.dataset(TranslationPaths.parents)
    let bytes = try root.dataset(TranslationPaths.names)
    let ends = try root.dataset(TranslationPaths.nameEnds)
    guard kinds.type == .uint8, parents.type == .int64, kinds.shape.count == 1,
      parents.shape == kinds.shape, ends.shape == kinds.shape,
      kinds.byteCount <= ForeignLimits.objectCount
    else { throw damaged("a table of another form") }
    self.kinds = kinds.bytes()
    self.parents = parents.integers().map { Int($0) }
    names = try ForeignValue.texts(bytes, ends: ends)
  }
}

/// An object as a translation describes it.
private struct TranslatedObject {
  let place: Place
  let kind: TranslationPaths.ObjectCode
  let name: String
  let parent: Int
  let depth: Int
  let attributes: ForeignAttributes
  let value: ForeignValue?

  /// - Parameters:
  ///   - known: all objects before it.
  ///   - root: the translation.
  ///   - file: the foreign file.
  init(
    _ number: Int, of table: TranslatedTable, among known: [TranslatedObject],
    in root: NativeGroup, of file: Place
  ) throws(HDF5Error) {
    func damaged(_ words: String) -> HDF5Error { HDF5Error(root.place, .damaged(words)) }
    guard let kind = TranslationPaths.ObjectCode(rawValue: table.kinds[number]) else {
      throw damaged("an object of no kind")
    }
    (name, parent) = (table.names[number], table.parents[number])
    if known.isEmpty {
      guard kind == .group, parent == 0 else { throw damaged("a root that is no group") }
      (place, depth) = (file.child(""), 0)
    } else {
      guard known.indices.contains(parent), known[parent].kind == .group else {
        throw damaged("an object that is in no group before it")
      }
      (place, depth) = (known[parent].place.child(name), known[parent].depth + 1)
      guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else {
        throw damaged("a name that is none")
      }
    }
    guard depth <= ForeignLimits.depth + 1, place.path.utf8.count <= ForeignLimits.pathLength
    else { throw damaged("more than any translation has") }
    self.kind = kind
    var attributes: [(name: String, value: ForeignValue)] = []
    if case .group(let stored)? = root.object(number, in: TranslationPaths.attributes) {
      for label in stored.childNames {
        guard let object = stored.child(label),
          case .text(let name)? = object.attributes[TranslationPaths.name]
        else { throw damaged("an attribute without a name") }
        attributes.append((name, try ForeignValue(object, at: place)))
      }
    }
    self.attributes = ForeignAttributes(attributes)
    if let object = root.object(number, in: TranslationPaths.values) {
      value = try ForeignValue(object, at: place)
    } else {
      value = nil
    }
  }

  /// The object with all its children.
  func complete(
    with children: [(name: String, object: ForeignObject)]
  ) throws(HDF5Error) -> ForeignObject {
    switch kind {
    case .namedType: return .namedType(place: place, attributes: attributes)
    case .dataset:
      guard let value else { throw HDF5Error(place, .damaged("a dataset without a value")) }
      return .dataset(ForeignDataset(place: place, attributes: attributes, value: value))
    case .group:
      let byName = Dictionary(children.map { ($0.name, $0.object) }) { first, _ in first }
      guard byName.count == children.count else {
        throw HDF5Error(place, .damaged("two children of one name"))
      }
      return .group(
        ForeignGroup(
          place: place, attributes: attributes, childNames: children.map(\.name),
          children: byName))
    }
  }
}

extension ForeignValue {
  /// The value that an object of a translation describes.
  fileprivate init(_ object: NativeObject, at place: Place) throws(HDF5Error) {
    guard case .text(let type)? = object.attributes[TranslationPaths.stored] else {
      throw HDF5Error(place, .damaged("a value without a type"))
    }
    switch object {
    case .dataset(let dataset):
      self.init(
        place: place, type: type, shape: dataset.shape,
        content: .elements(dataset.moved(to: place)))
    case .group(let group):
      if case .text(let reason)? = group.attributes[TranslationPaths.reason] {
        var shape: [Int] = []
        if case .integers(let extents)? = group.attributes[TranslationPaths.shape] {
          shape = extents.map { Int(clamping: $0) }
        }
        self.init(place: place, type: type, shape: shape, content: .nothing(reason))
        return
      }
      let (bytes, ends) = (
        try group.dataset(TranslationPaths.bytes), try group.dataset(TranslationPaths.ends)
      )
      guard bytes.type == .uint8, ends.type == .int64 else {
        throw HDF5Error(place, .damaged("texts of another form"))
      }
      self.init(
        place: place, type: type, shape: ends.shape,
        content: .texts(bytes.moved(to: place), ends: ends.moved(to: place)))
    }
  }
}

extension NativeGroup {
  /// What a translation keeps of an object in one of its groups of buckets.
  fileprivate func object(_ number: Int, in name: String) -> NativeObject? {
    let (bucket, position) = number.quotientAndRemainder(dividingBy: TranslationPaths.bucketSize)
    guard case .group(let all)? = child(name), case .group(let group)? = all.child("\(bucket)")
    else { return nil }
    return group.child("\(position)")
  }
}

extension NativeObject {
  fileprivate var attributes: [String: Attribute] {
    switch self {
    case .group(let group): group.attributes
    case .dataset(let dataset): dataset.attributes
    }
  }
}

extension NativeDataset {
  /// The elements of a dataset of int64.
  func integers() -> [Int64] {
    stride(from: range.lowerBound, to: range.upperBound, by: 8).map {
      mapping.load(at: $0, as: Int64.self)
    }
  }

  /// The same elements under the name of what they are in the foreign file.
  fileprivate func moved(to place: Place) -> NativeDataset {
    NativeDataset(
      place: place, attributes: [:], type: type, shape: shape, range: range, mapping: mapping)
  }
}
