import CHDF5

/// The settings under which files are written and opened.
///
/// Together they make the same content the same bytes, keep every byte but those of tensors under
/// a checksum, and let a tensor be mapped into memory where it lies.
struct PropertyLists {
  /// Tensors start on a cache line, so that they can be used where they are mapped.
  static let alignment: hsize_t = 64

  /// Children of a group are stored in its own header up to this number, the largest there is.
  /// Beyond it they would move to a structure whose blocks carry no checksum.
  static let compactLinks: UInt32 = 65535

  let datasetCreation: Handle
  let attributeCreation: Handle
  let linkCreation: Handle

  init(at place: Place) throws(HDF5Error) {
    datasetCreation = try PropertyLists.make(at: place) { $0.datasetCreation }
    attributeCreation = try PropertyLists.make(at: place) { $0.attributeCreation }
    linkCreation = try PropertyLists.make(at: place) { $0.linkCreation }
    let (dataset, attribute, link) = (datasetCreation.id, attributeCreation.id, linkCreation.id)
    try PropertyLists.set(at: place) { $0.H5Pset_layout(dataset, H5D_CONTIGUOUS) }
    try PropertyLists.set(at: place) { $0.H5Pset_alloc_time(dataset, H5D_ALLOC_TIME_EARLY) }
    try PropertyLists.set(at: place) { $0.H5Pset_fill_time(dataset, H5D_FILL_TIME_NEVER) }
    try PropertyLists.set(at: place) { $0.H5Pset_obj_track_times(dataset, false) }
    try PropertyLists.set(at: place) { $0.H5Pset_char_encoding(attribute, H5T_CSET_UTF8) }
    try PropertyLists.set(at: place) { $0.H5Pset_char_encoding(link, H5T_CSET_UTF8) }
  }

  /// How a file is opened: from a plain file, without locks, and closed with all that is open in
  /// it.
  ///
  /// - Parameter metadataBlockSize: metadata is written in blocks of so many bytes, apart from data.
  static func fileAccess(
    metadataBlockSize: Int = 0, at place: Place
  ) throws(HDF5Error) -> Handle {
    let list = try make(at: place) { $0.fileAccess }
    // A file's own header may name another driver, and other files with it.
    try set(at: place) { $0.H5Pset_fapl_sec2(list.id) }
    try set(at: place) { $0.H5Pset_fclose_degree(list.id, H5F_CLOSE_STRONG) }
    // Files are replaced by renaming, never changed in place, so that nobody needs a lock.
    try set(at: place) { $0.H5Pset_file_locking(list.id, false, true) }
    try set(at: place) { $0.H5Pset_libver_bounds(list.id, H5F_LIBVER_V110, H5F_LIBVER_V110) }
    try set(at: place) { $0.H5Pset_alignment(list.id, 1, alignment) }
    try set(at: place) { $0.H5Pset_meta_block_size(list.id, hsize_t(metadataBlockSize)) }
    // Data is written at once: what HDF5 holds back it writes when a dataset is closed, and then it
    // does not say that it could not.
    try set(at: place) { $0.H5Pset_sieve_buf_size(list.id, 0) }
    return list
  }

  /// How a file, and with it its root group, is created.
  static func fileCreation(at place: Place) throws(HDF5Error) -> Handle {
    let list = try make(at: place) { $0.fileCreation }
    try setUpGroup(list, at: place)
    return list
  }

  /// How a group is created whose header is sized for the expected children, so that it does not
  /// grow in many small parts.
  static func groupCreation(
    for expectation: GroupExpectation, at place: Place
  ) throws(HDF5Error) -> Handle {
    let list = try make(at: place) { $0.groupCreation }
    try setUpGroup(list, at: place)
    let count = UInt32(min(max(expectation.count, 1), 65535))
    let length = UInt32(min(max(expectation.nameLength, 8), 255))
    try set(at: place) { $0.H5Pset_est_link_info(list.id, count, length) }
    return list
  }

  private static func setUpGroup(_ list: Handle, at place: Place) throws(HDF5Error) {
    let order = UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)
    try set(at: place) { $0.H5Pset_link_creation_order(list.id, order) }
    try set(at: place) { $0.H5Pset_link_phase_change(list.id, compactLinks, compactLinks) }
    try set(at: place) { $0.H5Pset_obj_track_times(list.id, false) }
  }

  private static func make(
    at place: Place, _ kind: (nn_hdf5) -> hid_t
  ) throws(HDF5Error) -> Handle {
    try Handle(.propertyList, "make settings", at: place) { $0.H5Pcreate(kind($0)) }
  }

  private static func set(
    at place: Place, _ body: (nn_hdf5) -> herr_t
  ) throws(HDF5Error) {
    try Library.call("change a setting", at: place, body)
  }
}
