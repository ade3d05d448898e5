import CHDF5

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Turns a foreign file into a native one, in a process that may die of it.
///
/// The library is let near the file behind every guard there is: hard links alone are followed, one
/// name at a time and each object once; data lies in the file itself, packed with filters that the
/// library has built in; what is declared is compared with what is there before it is read. What it
/// then makes of the file goes into a native file, which whoever started the process reads without
/// trust.
package enum Translation {
  /// Translates a file.
  ///
  /// - Parameters:
  ///   - path: the foreign file.
  ///   - output: an empty file, which loses its name as soon as it is open: whoever made it has it
  ///     open, and nothing is left of it when both processes end, however they do.
  ///   - limits: what the file may cost. Those that the operating system watches over are imposed
  ///     on this process for good.
  /// - Throws: ``HDF5Error`` with a place in the file, for all that is refused.
  package static func write(
    _ path: String, to output: String, limits: ForeignLimits
  ) throws(HDF5Error) {
    let place = Place(file: path)
    do throws(HDF5Error) {
      try Confinement.begin(limits, at: place)
      let translation = try File(overwriting: output)
      unlink(output)
      try Confinement.leaveOneDescriptor(at: place)
      let source = try File(reading: path)
      var translator = Translator(limits: limits, output: translation.root)
      try translator.translate(source.root)
      try translation.close()
    } catch {
      guard error.place.file == output else { throw error }
      // Where in the translation is nothing that anybody can look at.
      throw HDF5Error(place, .foreign("cannot hand over what was read: \(error.reason)"))
    }
  }
}

/// The state of one translation.
private struct Translator {
  let limits: ForeignLimits
  var output: TranslationWriter
  var known: [ObjectIdentity: String] = [:]
  var unpackedByteCount = 0

  init(limits: ForeignLimits, output root: Group) {
    self.limits = limits
    output = TranslationWriter(root)
  }

  mutating func translate(_ root: Group) throws(HDF5Error) {
    let object = output.addObject(.group, name: "", parent: 0)
    try translate(root, as: object, depth: 0)
    try output.finish()
  }

  // MARK: - Objects

  private mutating func translate(
    _ group: Group, as object: Int, depth: Int
  ) throws(HDF5Error) {
    guard depth <= ForeignLimits.depth else {
      throw refusal(
        group.place, "expected groups in at most \(ForeignLimits.depth) others, found one in more")
    }
    try translateAttributes(of: group.handle, at: group.place, as: object)
    for name in try group.foreignChildNames(limit: ForeignLimits.objectCount) {
      let place = group.place.child(name)
      guard place.path.utf8.count <= ForeignLimits.pathLength else {
        throw refusal(
          group.place,
          "expected paths of at most \(ForeignLimits.pathLength) bytes, found a longer one")
      }
      let identity = try group.identity(of: name)
      if let other = known.updateValue(place.path, forKey: identity) {
        throw refusal(place, "expected an object of its own, found a second link to \(other)")
      }
      guard known.count < ForeignLimits.objectCount else {
        throw refusal(
          place, "expected at most \(ForeignLimits.objectCount) groups and datasets, found more")
      }
      switch try group.foreignChild(name) {
      case .group(let child):
        let object = output.addObject(.group, name: name, parent: object)
        try translate(child, as: object, depth: depth + 1)
      case .dataset(let handle):
        try translateDataset(handle, of: group, name: name, parent: object)
      case .namedType(let handle):
        let object = output.addObject(.namedType, name: name, parent: object)
        try translateAttributes(of: handle, at: place, as: object)
      }
    }
  }

  private mutating func translateDataset(
    _ handle: Handle, of group: Group, name: String, parent: Int
  ) throws(HDF5Error) {
    let place = group.place.child(name)
    try Dataset.checkStorage(handle, at: place)
    let source = try ForeignSource(.dataset, handle, at: place)
    try Dataset.checkSize(
      of: handle, byteCount: source.storedByteCount(), fileByteCount: group.context.byteCount,
      at: place)
    let object = output.addObject(.dataset, name: name, parent: parent)
    let value = try output.placeForValue(of: object)
    try translateValue(of: source, named: value.name, into: value.group)
    try translateAttributes(of: handle, at: place, as: object)
  }

  // MARK: - Values

  private mutating func translateAttributes(
    of owner: Handle, at place: Place, as object: Int
  ) throws(HDF5Error) {
    let names = try ForeignNames.list(
      "the attributes", at: place, limit: ForeignLimits.attributeCount
    ) { h5, names in
      var index: hsize_t = 0
      return h5.H5Aiterate2(
        owner.id, H5_INDEX_NAME, H5_ITER_INC, &index,
        { _, name, _, names in ForeignNames.add(name, to: names) }, names)
    }
    guard !names.isEmpty else { return }
    let group = try output.groupForAttributes(of: object, count: names.count)
    for (number, name) in names.enumerated() {
      let handle = try Handle(.attribute, "open the attribute '\(name)'", at: place) { h5 in
        h5.H5Aopen(owner.id, name, hid_t(H5P_DEFAULT))
      }
      do throws(HDF5Error) {
        let source = try ForeignSource(.attribute, handle, at: place)
        let owner = try translateValue(of: source, named: "\(number)", into: group)
        try owner.setAttribute(TranslationPaths.name, .text(name))
      } catch {
        throw refusal(error.place, "attribute '\(name)': \(error.reason)")
      }
    }
  }

  @discardableResult
  private mutating func translateValue(
    of source: ForeignSource, named name: String, into group: Group
  ) throws(HDF5Error) -> any WritableAttributeOwner {
    let declared = max(try source.byteCount(), try source.storedByteCount())
    var budget = limits.unpackedByteCount - unpackedByteCount
    if source.kind == .attribute { budget = min(budget, ForeignLimits.attributeByteCount) }
    guard declared <= budget else { throw tooLarge(source) }
    let content = try source.read(budget: budget)
    unpackedByteCount += declared
    if case .texts(let bytes, _) = content { unpackedByteCount += bytes.count }
    return try output.write(content, of: source, named: name, into: group)
  }

  private func tooLarge(_ source: ForeignSource) -> HDF5Error {
    let limit =
      source.kind == .attribute ? ForeignLimits.attributeByteCount : limits.unpackedByteCount
    let subject = source.kind == .attribute ? "an attribute" : "a file's contents"
    return refusal(
      source.place,
      "expected \(subject) of at most \(limit) bytes unpacked, found more")
  }

  private func refusal(_ place: Place, _ words: String) -> HDF5Error {
    HDF5Error(place, .unsupported(words))
  }
}
