extension ForeignFile {
  /// The file as if it were native, for a native file that another program has written anew.
  ///
  /// - Throws: ``HDF5Error`` for elements and attributes that no native file has.
  package func native() throws(HDF5Error) -> NativeFile {
    NativeFile(try root.native(), translatedBy: translation, byteCount: byteCount)
  }
}

extension ForeignGroup {
  fileprivate func native() throws(HDF5Error) -> NativeGroup {
    var natives: [String: NativeObject] = [:]
    for (name, child) in children {
      switch child {
      case .group(let group): natives[name] = .group(try group.native())
      case .dataset(let dataset): natives[name] = .dataset(try dataset.native())
      case .namedType(let place, _):
        throw HDF5Error(place, .unsupported("expected a group or a dataset, found a named type"))
      }
    }
    return NativeGroup(
      place: place, attributes: try attributes.native(), childNames: childNames, children: natives)
  }
}

extension ForeignDataset {
  fileprivate func native() throws(HDF5Error) -> NativeDataset {
    guard case .elements(let elements) = value.content else {
      throw HDF5Error(
        place, .wrongType(expected: "numbers or text", found: value.reasonForNothing ?? value.type))
    }
    return NativeDataset(
      place: place, attributes: try attributes.native(), type: elements.type, shape: value.shape,
      range: elements.range, mapping: elements.mapping)
  }
}

extension ForeignAttributes {
  fileprivate func native() throws(HDF5Error) -> [String: Attribute] {
    var natives: [String: Attribute] = [:]
    for name in names { natives[name] = try self[name]?.attribute() }
    return natives
  }
}
