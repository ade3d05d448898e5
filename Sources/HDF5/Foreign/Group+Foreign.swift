import CHDF5

/// The object that a hard link leads to: the same for two links to one object.
struct ObjectIdentity: Hashable {
  private let words: (UInt64, UInt64)

  fileprivate init(_ identity: nn_hdf5_identity) {
    words = withUnsafeBytes(of: identity) { bytes in
      (
        bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      )
    }
  }

  static func == (one: Self, other: Self) -> Bool { one.words == other.words }

  func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
  }
}

/// An open child of a foreign group.
enum ForeignChild {
  case group(Group)
  case dataset(Handle)
  case namedType(Handle)

  /// What is open, whatever it is.
  var handle: Handle {
    switch self {
    case .group(let group): group.handle
    case .dataset(let handle), .namedType(let handle): handle
    }
  }
}

extension Group {
  /// The names of all children of a foreign group, in the order of creation where the file keeps
  /// it, otherwise by name.
  ///
  /// - Parameter limit: how many there may be at most.
  func foreignChildNames(limit: Int) throws(HDF5Error) -> [String] {
    var flags: UInt32 = 0
    let creation = try Handle(.propertyList, "list the group", at: place) { h5 in
      h5.H5Gget_create_plist(handle.id)
    }
    try Library.call("list the group", at: place) { h5 in
      h5.H5Pget_link_creation_order(creation.id, &flags)
    }
    let isTracked = flags & UInt32(H5P_CRT_ORDER_TRACKED) != 0
    return try ForeignNames.list("the group", at: place, limit: limit) { h5, names in
      var index: hsize_t = 0
      return h5.iterateLinks(
        handle.id, isTracked ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME, H5_ITER_INC, &index,
        { _, name, _, names in ForeignNames.add(name, to: names) }, names)
    }
  }

  /// The object behind a hard link.
  ///
  /// - Throws: ``HDF5Error`` for every other kind of link.
  func identity(of name: String) throws(HDF5Error) -> ObjectIdentity {
    let place = place.child(name)
    var identity = nn_hdf5_identity()
    var type = H5L_TYPE_ERROR
    try Library.call("look up", at: place) { h5 in
      withUnsafeTemporaryAllocation(of: H5L_info_t.self, capacity: 1) { information in
        let code = h5.getLinkInformation(
          handle.id, name, information.baseAddress, hid_t(H5P_DEFAULT))
        if code >= 0 {
          type = information[0].type
          identity = nn_hdf5_identity_of(information.baseAddress)
        }
        return code
      }
    }
    switch type {
    case H5L_TYPE_HARD: return ObjectIdentity(identity)
    case H5L_TYPE_SOFT: throw refusal(of: "a soft link", at: place)
    case H5L_TYPE_EXTERNAL: throw refusal(of: "an external link", at: place)
    default: throw refusal(of: "a link of its user's own kind", at: place)
    }
  }

  /// Opens the object behind a hard link.
  func foreignChild(_ name: String) throws(HDF5Error) -> ForeignChild {
    let place = place.child(name)
    let object = try Handle(.object, "open", at: place) { h5 in
      h5.H5Oopen(handle.id, name, hid_t(H5P_DEFAULT))
    }
    let type = try Library.call("open", at: place) { $0.H5Iget_type(object.id).rawValue }
    switch H5I_type_t(type) {
    case H5I_GROUP: return .group(Group(object, at: place, in: context))
    case H5I_DATASET: return .dataset(object)
    case H5I_DATATYPE: return .namedType(object)
    default: throw HDF5Error(place, .damaged("neither a group nor a dataset"))
    }
  }

  private func refusal(of found: String, at place: Place) -> HDF5Error {
    HDF5Error(place, .unsupported("expected hard links only, found \(found)"))
  }
}

/// Names as the library lists them, one call for each.
struct ForeignNames {
  private var names: [String] = []
  private var problem: String?
  private let limit: Int

  private init(limit: Int) { self.limit = limit }

  /// The names of the children of a group or of the attributes of an object.
  ///
  /// - Parameter body: calls an iteration of the library with ``add(_:to:)`` and its last argument.
  static func list(
    _ what: String, at place: Place, limit: Int,
    _ body: (nn_hdf5, UnsafeMutableRawPointer) -> herr_t
  ) throws(HDF5Error) -> [String] {
    var list = ForeignNames(limit: limit)
    try Library.call("list \(what)", at: place) { h5 in
      withUnsafeMutablePointer(to: &list) { body(h5, UnsafeMutableRawPointer($0)) }
    }
    if let problem = list.problem { throw HDF5Error(place, .unsupported(problem)) }
    return list.names
  }

  /// Takes one name, and tells the library whether to go on.
  static func add(
    _ name: UnsafePointer<CChar>?, to list: UnsafeMutableRawPointer?
  ) -> herr_t {
    guard let name, let list = list?.assumingMemoryBound(to: ForeignNames.self) else { return -1 }
    list.pointee.add(name)
    return list.pointee.problem == nil ? 0 : 1
  }

  private mutating func add(_ name: UnsafePointer<CChar>) {
    let length = strnlen(name, ForeignLimits.nameLength + 1)
    guard names.count < limit else {
      problem = "expected at most \(limit) names, found more"
      return
    }
    guard length <= ForeignLimits.nameLength else {
      problem = "expected names of at most \(ForeignLimits.nameLength) bytes, found a longer one"
      return
    }
    guard let text = String(validatingCString: name) else {
      problem = "expected names in UTF-8, found another"
      return
    }
    // The library would follow such a name elsewhere.
    guard !text.isEmpty, text != ".", text != ".." else {
      problem = "expected a name, found '\(text)'"
      return
    }
    names.append(text)
  }
}
