import CHDF5

/// What all objects of one open file share, and what keeps it open for them.
final class FileContext {
  let file: Handle
  let lists: PropertyLists

  /// The size of the file in bytes, which bounds what a dataset can claim; 0 while writing.
  let byteCount: UInt64

  private var groupLists: [GroupExpectation: Handle] = [:]

  init(file: Handle, lists: PropertyLists, byteCount: UInt64 = 0) {
    self.file = file
    self.lists = lists
    self.byteCount = byteCount
  }

  /// How a group is created that expects certain children; made once, as most groups of a file
  /// expect the same.
  func groupCreation(for expectation: GroupExpectation, at place: Place) throws(HDF5Error) -> Handle
  {
    if let list = groupLists[expectation] { return list }
    let list = try PropertyLists.groupCreation(for: expectation, at: place)
    groupLists[expectation] = list
    return list
  }
}

/// What is known of a group's children before they are there.
struct GroupExpectation: Hashable {
  /// About how many there will be.
  let count: Int
  /// The bytes of an average child's name.
  let nameLength: Int
}

/// A group: named groups and datasets, in the order in which they were created.
package final class Group {
  /// The group, for messages.
  package let place: Place

  let handle: Handle
  let context: FileContext

  init(rootOf context: FileContext, at place: Place) throws(HDF5Error) {
    self.place = place
    self.context = context
    handle = try Handle(.object, "open the root group", at: place) { h5 in
      h5.H5Oopen(context.file.id, "/", hid_t(H5P_DEFAULT))
    }
  }

  init(_ handle: Handle, at place: Place, in context: FileContext) {
    self.handle = handle
    self.place = place
    self.context = context
  }
}

// MARK: - Children

extension Group {
  /// The names of all children, in the order of creation, or by name where a foreign file does
  /// not keep the order.
  package func childNames() throws(HDF5Error) -> [String] {
    var flags: UInt32 = 0
    let creation = try Handle(.propertyList, "list the group", at: place) { h5 in
      h5.H5Gget_create_plist(handle.id)
    }
    try Library.call("list the group", at: place) { h5 in
      h5.H5Pget_link_creation_order(creation.id, &flags)
    }
    let isTracked = flags & UInt32(H5P_CRT_ORDER_TRACKED) != 0
    var names: [String] = []
    try Library.call("list the group", at: place) { h5 in
      var index: hsize_t = 0
      return withUnsafeMutablePointer(to: &names) { names in
        h5.iterateLinks(
          handle.id, isTracked ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME, H5_ITER_INC, &index,
          { _, name, _, context in
            guard let name else { return -1 }
            context?.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
            return 0
          }, names)
      }
    }
    return names
  }

  /// What a child is, without opening what a soft or external link leads to.
  ///
  /// - Throws: ``HDF5Error/Reason/missing(name:siblings:)`` when there is no such child.
  package func kind(of name: String) throws(HDF5Error) -> ObjectKind {
    let link = try linkKind(of: name)
    return link == .unknown ? try openObject(name).kind : link
  }

  /// Opens a child group.
  ///
  /// - Throws: ``HDF5Error`` when there is no such child, when it is no group, or when it is not
  ///   a hard link.
  package func group(_ name: String) throws(HDF5Error) -> Group {
    Group(try open(name, as: .group), at: place.child(name), in: context)
  }

  /// Opens a child dataset; throws as ``group(_:)`` and ``Dataset`` do.
  package func dataset(_ name: String) throws(HDF5Error) -> Dataset {
    let object = try open(name, as: .dataset)
    return try Dataset(opening: object, at: place.child(name), in: context)
  }

  /// Opens a dataset by a path from this group: `dense_1/kernel`. Every link on the way is checked
  /// as ``group(_:)`` does.
  package func dataset(at path: String) throws(HDF5Error) -> Dataset {
    let names = path.split(separator: "/").map(String.init)
    guard let last = names.last else { throw HDF5Error(place, .invalidName("expected a path")) }
    var group = self
    for name in names.dropLast() { group = try group.group(name) }
    return try group.dataset(last)
  }
}

// MARK: - Writing

extension Group {
  /// Creates a child group.
  ///
  /// - Parameters:
  ///   - expectedCount: about how many children it will have.
  ///   - expectedNameLength: the bytes of an average child's name.
  package func createGroup(
    _ name: String, expectedCount: Int = 4, expectedNameLength: Int = 16
  ) throws(HDF5Error) -> Group {
    let place = place.child(name)
    try checkName(name, at: place)
    let expectation = GroupExpectation(count: expectedCount, nameLength: expectedNameLength)
    let list = try context.groupCreation(for: expectation, at: place)
    let child = try Handle(.object, "create the group", at: place) { h5 in
      h5.H5Gcreate2(
        handle.id, name, context.lists.linkCreation.id, list.id, hid_t(H5P_DEFAULT))
    }
    return Group(child, at: place, in: context)
  }

  /// Creates a dataset with room in the file and no content yet.
  ///
  /// - Parameter shape: the extent along each axis, at most 32 of them; none for a scalar.
  package func createDataset(
    _ name: String, type: Datatype, shape: [Int]
  ) throws(HDF5Error) -> Dataset {
    let place = place.child(name)
    try checkName(name, at: place)
    return try Dataset(
      creating: name, in: self, type: type, shape: shape, at: place, context: context)
  }

  /// Creates a dataset with the given content.
  @discardableResult
  package func createDataset(
    _ name: String, type: Datatype, shape: [Int], bytes: RawSpan
  ) throws(HDF5Error) -> Dataset {
    let dataset = try createDataset(name, type: type, shape: shape)
    try dataset.write(bytes)
    return dataset
  }

  /// Creates a scalar dataset of text, which `h5dump` shows as text.
  ///
  /// - Throws: ``HDF5Error/Reason/wrongType(expected:found:)`` when the text holds U+0000, which
  ///   is what marks the end of a stored text.
  @discardableResult
  package func createText(_ name: String, _ text: String) throws(HDF5Error) -> Dataset {
    let bytes = try StoredText.bytes(of: text, at: place.child(name))
    let type = Datatype.text(byteCount: bytes.count)
    return try createDataset(name, type: type, shape: [], bytes: bytes.span.bytes)
  }
}

// MARK: - Links

extension Group {
  private func open(_ name: String, as expected: ObjectKind) throws(HDF5Error) -> Handle {
    let link = try linkKind(of: name)
    guard link == .unknown else {
      throw HDF5Error(place.child(name), .wrongKind(expected: expected, found: link))
    }
    let object = try openObject(name)
    guard object.kind == expected else {
      throw HDF5Error(place.child(name), .wrongKind(expected: expected, found: object.kind))
    }
    return object.handle
  }

  /// Opens what a hard link leads to.
  private func openObject(
    _ name: String
  ) throws(HDF5Error) -> (handle: Handle, kind: ObjectKind) {
    let object = try Handle(.object, "open", at: place.child(name)) { h5 in
      h5.H5Oopen(handle.id, name, hid_t(H5P_DEFAULT))
    }
    let type = try Library.call("open", at: place.child(name)) { h5 in
      h5.H5Iget_type(object.id).rawValue
    }
    switch H5I_type_t(type) {
    case H5I_GROUP: return (object, .group)
    case H5I_DATASET: return (object, .dataset)
    case H5I_DATATYPE: return (object, .namedType)
    default: return (object, .unknown)
    }
  }

  /// The kind of link, `unknown` for a hard link, of which only opening it tells more.
  private func linkKind(of name: String) throws(HDF5Error) -> ObjectKind {
    try checkName(name, at: place.child(name))
    let isThere = try Library.call("look up", at: place.child(name)) { h5 in
      h5.H5Lexists(handle.id, name, hid_t(H5P_DEFAULT))
    }
    guard isThere > 0 else {
      throw HDF5Error(place, .missing(name: name, siblings: try childNames()))
    }
    var type = H5L_TYPE_ERROR
    try Library.call("look up", at: place.child(name)) { h5 in
      withUnsafeTemporaryAllocation(of: H5L_info_t.self, capacity: 1) { information in
        let code = h5.getLinkInformation(
          handle.id, name, information.baseAddress, hid_t(H5P_DEFAULT))
        if code >= 0 { type = information[0].type }
        return code
      }
    }
    switch type {
    case H5L_TYPE_HARD: return .unknown
    case H5L_TYPE_SOFT: return .softLink
    default: return .externalLink
    }
  }

  /// Checks that a name is one name and not a path.
  private func checkName(_ name: String, at place: Place) throws(HDF5Error) {
    let bytes = name.utf8
    guard !bytes.isEmpty, bytes.count <= 255, name != ".", name != "..",
      !bytes.contains(0), !bytes.contains(UInt8(ascii: "/"))
    else {
      throw HDF5Error(
        place,
        .invalidName("expected a name of 1 to 255 bytes without '/', found '\(name)'"))
    }
  }
}
