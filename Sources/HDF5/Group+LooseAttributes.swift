import CHDF5

/// Attributes of files for other programs: as long and as many as those programs write.
extension Group {
  /// The bytes that one attribute can have beside what describes it, as Keras counts them.
  private static let largestLooseAttribute = 64512

  /// Adds a text of any length, in the form in which h5py writes one: it lies outside of the header.
  ///
  /// - Throws: ``HDF5Error`` for a text with U+0000 in it.
  package func setVariableText(_ name: String, _ text: String) throws(HDF5Error) {
    let words = "write the attribute '\(name)'"
    // Also checks that it has no zero but the one at its end.
    var bytes = try StoredText.bytes(of: text, at: place)
    bytes.append(0)
    let type = try Handle(.datatype, words, at: place) { $0.H5Tcopy($0.string) }
    try Library.call(words, at: place) { h5 in
      h5.H5Tset_size(type.id, Int(nn_hdf5_variable))
    }
    try Library.call(words, at: place) { $0.H5Tset_cset(type.id, H5T_CSET_UTF8) }
    let space = try Dataspace.make(shape: [], at: place)
    let attribute = try makeAttribute(name, type, space)
    try Library.call(words, at: place) { h5 in
      bytes.withUnsafeBytes { bytes in
        var start = bytes.baseAddress
        return h5.H5Awrite(attribute.id, type.id, &start)
      }
    }
    try attribute.close()
  }

  /// Adds a list of texts, in the attributes `name0`, `name1` and so on where one cannot hold them, as
  /// Keras does.
  package func setTexts(_ name: String, _ texts: [String]) throws(HDF5Error) {
    let width = max(texts.map(\.utf8.count).max() ?? 1, 1)
    guard width <= Group.largestLooseAttribute else {
      throw HDF5Error(
        place,
        .overBudget(needed: UInt64(width), budget: UInt64(Group.largestLooseAttribute)))
    }
    guard width * texts.count > Group.largestLooseAttribute else {
      return try setFixedTexts(name, texts[...])
    }
    let count = Group.largestLooseAttribute / width
    for (number, start) in stride(from: 0, to: texts.count, by: count).enumerated() {
      try setFixedTexts("\(name)\(number)", texts[start..<min(start + count, texts.count)])
    }
  }

  private func setFixedTexts(_ name: String, _ texts: ArraySlice<String>) throws(HDF5Error) {
    let (type, shape, bytes) = try Attribute.texts(Array(texts)).encoded(at: place)
    let element = try type.makeHandle(at: place)
    let attribute = try makeAttribute(name, element, Dataspace.make(shape: shape, at: place))
    if !bytes.isEmpty {
      try Library.call("write the attribute '\(name)'", at: place) { h5 in
        h5.H5Awrite(attribute.id, element.id, bytes)
      }
    }
    try attribute.close()
  }

  private func makeAttribute(
    _ name: String, _ type: Handle, _ space: Handle
  ) throws(HDF5Error) -> Handle {
    try Handle(.attribute, "write the attribute '\(name)'", at: place) { h5 in
      h5.H5Acreate2(
        handle.id, name, type.id, space.id, context.lists.attributeCreation.id,
        hid_t(H5P_DEFAULT))
    }
  }
}
