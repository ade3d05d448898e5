// How a translation becomes a tree again. The process that wrote it may have been taken over by the
// file, so that every number is checked.

extension ForeignGroup {
  /// The root group that a translation describes.
  ///
  /// - Parameter place: the foreign file.
  init(translation root: NativeGroup, of place: Place) throws(HDF5Error) {
    guard root.attributes[TranslationPaths.version] == .integer(TranslationPaths.currentVersion)
    else { throw HDF5Error(root.place, .damaged("a translation of another version")) }
    var objects: [TranslatedObject] = []
    for name in root.childNames {
      let bucket = try root.group(name)
      for name in bucket.childNames {
        objects.append(try TranslatedObject(bucket.group(name), among: objects, of: place))
      }
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
  ///   - file: the foreign file.
  init(
    _ group: NativeGroup, among known: [TranslatedObject], of file: Place
  ) throws(HDF5Error) {
    func damaged(_ words: String) -> HDF5Error { HDF5Error(group.place, .damaged(words)) }
    guard case .integer(let code)? = group.attributes[TranslationPaths.kind],
      let kind = TranslationPaths.ObjectCode(rawValue: code),
      case .integer(let parent)? = group.attributes[TranslationPaths.parent],
      case .text(let name)? = group.attributes[TranslationPaths.name]
    else { throw damaged("an object without kind, parent and name") }
    if known.isEmpty {
      guard kind == .group, parent == 0 else { throw damaged("a root that is no group") }
      (place, depth) = (file.child(""), 0)
    } else {
      guard known.indices.contains(Int(clamping: parent)), known[Int(parent)].kind == .group else {
        throw damaged("an object that is in no group before it")
      }
      let owner = known[Int(parent)]
      (place, depth) = (owner.place.child(name), owner.depth + 1)
      guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else {
        throw damaged("a name that is none")
      }
    }
    guard known.count < ForeignLimits.objectCount, depth <= ForeignLimits.depth + 1,
      place.path.utf8.count <= ForeignLimits.pathLength
    else { throw damaged("more than any translation has") }
    self.kind = kind
    self.name = name
    self.parent = Int(parent)
    var attributes: [(name: String, value: ForeignValue)] = []
    if case .group(let stored)? = group.child(TranslationPaths.attributes) {
      for label in stored.childNames {
        guard let object = stored.child(label),
          case .text(let name)? = object.attributes[TranslationPaths.name]
        else { throw damaged("an attribute without a name") }
        attributes.append((name, try ForeignValue(object, at: place)))
      }
    }
    self.attributes = ForeignAttributes(attributes)
    if let object = group.child(TranslationPaths.value) {
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

extension NativeObject {
  fileprivate var attributes: [String: Attribute] {
    switch self {
    case .group(let group): group.attributes
    case .dataset(let dataset): dataset.attributes
    }
  }
}

extension NativeDataset {
  /// The same elements under the name of what they are in the foreign file.
  fileprivate func moved(to place: Place) -> NativeDataset {
    NativeDataset(
      place: place, attributes: [:], type: type, shape: shape, range: range, mapping: mapping)
  }
}
