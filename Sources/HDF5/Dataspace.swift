import CHDF5

/// The shape of a dataset or attribute as HDF5 knows it.
enum Dataspace {
  /// A new dataspace of a shape; a scalar one for an empty shape.
  static func make(shape: [Int], at place: Place) throws(HDF5Error) -> Handle {
    let extents = shape.map { hsize_t($0) }
    return try Handle(.dataspace, "make a shape", at: place) { h5 in
      extents.isEmpty
        ? h5.H5Screate(H5S_SCALAR)
        : h5.H5Screate_simple(CInt(extents.count), extents, nil)
    }
  }

  /// The extents of a stored dataspace.
  ///
  /// - Throws: ``HDF5Error`` for a dataspace without elements, and for extents beyond `Int`.
  static func shape(of space: Handle, at place: Place) throws(HDF5Error) -> [Int] {
    let kind = try Library.call("read the shape", at: place) { h5 in
      h5.H5Sget_simple_extent_type(space.id).rawValue
    }
    guard H5S_class_t(kind) != H5S_NULL else {
      throw HDF5Error(place, .unsupported("expected elements, found an empty dataspace"))
    }
    let rank = try Library.call("read the shape", at: place) { h5 in
      h5.H5Sget_simple_extent_ndims(space.id)
    }
    var extents = [hsize_t](repeating: 0, count: Int(rank))
    try Library.call("read the shape", at: place) { h5 in
      h5.H5Sget_simple_extent_dims(space.id, &extents, nil)
    }
    guard extents.allSatisfy({ $0 < 1 << 48 }) else {
      throw HDF5Error(place, .damaged("a shape of \(extents) is larger than any file"))
    }
    return extents.map(Int.init)
  }
}
