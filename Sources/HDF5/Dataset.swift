import CHDF5

/// An array of elements of one type in a file.
package final class Dataset {
  /// The dataset, for messages.
  package let place: Place

  /// How an element is stored.
  package let type: Datatype

  /// The extent along each axis, outermost first; empty for a scalar.
  package let shape: [Int]

  let handle: Handle
  let context: FileContext

  init(
    creating name: String, in group: Group, type: Datatype, shape: [Int], at place: Place,
    context: FileContext
  ) throws(HDF5Error) {
    _ = try Dataset.byteCount(type: type, shape: shape, at: place)
    let element = try type.makeHandle(at: place)
    let space = try Dataspace.make(shape: shape, at: place)
    handle = try Handle(.dataset, "create the dataset", at: place) { h5 in
      h5.H5Dcreate2(
        group.handle.id, name, element.id, space.id, context.lists.linkCreation.id,
        context.lists.datasetCreation.id, hid_t(H5P_DEFAULT))
    }
    self.place = place
    self.type = type
    self.shape = shape
    self.context = context
  }

  /// Takes over an open dataset.
  ///
  /// - Throws: ``HDF5Error/Reason/unsupported(_:)`` for types and storage that are not read.
  init(opening handle: Handle, at place: Place, in context: FileContext) throws(HDF5Error) {
    self.handle = handle
    self.place = place
    self.context = context
    try Dataset.checkStorage(handle, at: place)
    let element = try Handle(.datatype, "read the type", at: place) { $0.H5Dget_type(handle.id) }
    type = try Datatype(recognising: element, at: place)
    let space = try Handle(.dataspace, "read the shape", at: place) { $0.H5Dget_space(handle.id) }
    shape = try Dataspace.shape(of: space, at: place)
    _ = try Dataset.byteCount(type: type, shape: shape, at: place)
  }
}

// MARK: - Size and position

extension Dataset {
  /// The number of bytes of all elements.
  package var byteCount: Int { shape.reduce(type.byteCount, *) }

  /// Where the first byte lies in the file, for a dataset in one piece that is not empty.
  package func offset() throws(HDF5Error) -> UInt64? {
    let offset = try Library.call("find", at: place) { $0.H5Dget_offset(handle.id) }
    return offset == nn_hdf5_no_address ? nil : UInt64(offset)
  }

  /// The product of the type's size and the extents, which fits `Int` for every dataset there is.
  static func byteCount(
    type: Datatype, shape: [Int], at place: Place
  ) throws(HDF5Error) -> Int {
    var total = type.byteCount
    for extent in shape where extent > 0 {
      let (product, overflow) = total.multipliedReportingOverflow(by: extent)
      guard !overflow, product < 1 << 48 else {
        throw HDF5Error(place, .damaged("a shape of \(shape) is larger than any file"))
      }
      total = product
    }
    return shape.contains(0) ? 0 : total
  }
}

// MARK: - Content

extension Dataset {
  /// Writes all elements.
  ///
  /// - Precondition: as many bytes as the dataset has.
  package func write(_ bytes: RawSpan) throws(HDF5Error) {
    precondition(
      bytes.byteCount == byteCount, "expected \(byteCount) bytes, found \(bytes.byteCount)")
    guard byteCount > 0 else { return }
    let element = try type.makeHandle(at: place)
    try Library.call("write", at: place) { h5 in
      bytes.withUnsafeBytes { bytes in
        h5.H5Dwrite(
          handle.id, element.id, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT),
          bytes.baseAddress)
      }
    }
  }

  /// Reads all elements as they are stored.
  ///
  /// - Parameter budget: the largest number of bytes to allocate.
  /// - Throws: ``HDF5Error/Reason/overBudget(needed:budget:)``, or
  ///   ``HDF5Error/Reason/damaged(_:)`` when the file cannot hold what it declares.
  package func read(budget: Int) throws(HDF5Error) -> [UInt8] {
    try checkSize(budget: budget)
    guard byteCount > 0 else { return [] }
    // The file's own type: nothing is converted, so that bytes stay what they are.
    let element = try Handle(.datatype, "read the type", at: place) { $0.H5Dget_type(handle.id) }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    try Library.call("read", at: place) { h5 in
      bytes.withUnsafeMutableBytes { bytes in
        h5.H5Dread(
          handle.id, element.id, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT),
          bytes.baseAddress)
      }
    }
    return bytes
  }

  /// Reads a scalar dataset of text.
  package func readText(budget: Int) throws(HDF5Error) -> String {
    guard case .text = type, shape.isEmpty else {
      throw HDF5Error(place, .wrongType(expected: "one text", found: "\(type) \(shape)"))
    }
    return try StoredText.text(of: read(budget: budget)[...], at: place)
  }

  /// Compares what is declared with what is there, before anything is allocated.
  private func checkSize(budget: Int) throws(HDF5Error) {
    let needed = UInt64(byteCount)
    guard needed <= UInt64(max(budget, 0)) else {
      throw HDF5Error(place, .overBudget(needed: needed, budget: UInt64(max(budget, 0))))
    }
    guard context.byteCount > 0 else { return }
    try Dataset.checkSize(
      of: handle, byteCount: byteCount, fileByteCount: context.byteCount, at: place)
  }

  /// Checks that a file can hold what one of its datasets declares.
  static func checkSize(
    of handle: Handle, byteCount: Int, fileByteCount: UInt64, at place: Place
  ) throws(HDF5Error) {
    let needed = UInt64(byteCount)
    let stored = try Library.call("read", at: place) { $0.H5Dget_storage_size(handle.id) }
    let offset = try Library.call("find", at: place) { $0.H5Dget_offset(handle.id) }
    // Without an offset the dataset lies in its header or in chunks. Deflate packs at most about
    // a thousand bytes into one.
    let (end, overflow) = UInt64(offset).addingReportingOverflow(needed)
    let isPossible =
      offset == nn_hdf5_no_address
      ? stored <= fileByteCount && needed / 1100 <= stored : !overflow && end <= fileByteCount
    guard isPossible else {
      throw HDF5Error(
        place, .damaged("\(needed) bytes are declared, which the file is too short for"))
    }
  }
}

// MARK: - Storage

extension Dataset {
  /// Filters that are part of HDF5 itself and read no other file.
  private static let knownFilters: Set<H5Z_filter_t> = [
    H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32,
  ]

  /// Refuses storage that would read other files or run code named by the file.
  static func checkStorage(_ handle: Handle, at place: Place) throws(HDF5Error) {
    let words = "read the storage"
    let list = try Handle(.propertyList, words, at: place) { $0.H5Dget_create_plist(handle.id) }
    let layout = try Library.call(words, at: place) { $0.H5Pget_layout(list.id).rawValue }
    func unsupported(_ found: String) -> HDF5Error {
      HDF5Error(place, .unsupported("expected data in this file, found \(found)"))
    }
    switch H5D_layout_t(layout) {
    case H5D_COMPACT, H5D_CONTIGUOUS, H5D_CHUNKED: break
    case H5D_VIRTUAL: throw unsupported("a virtual dataset")
    default: throw unsupported("a layout of kind \(layout)")
    }
    let external = try Library.call(words, at: place) { $0.H5Pget_external_count(list.id) }
    guard external == 0 else { throw unsupported("external storage") }
    let filterCount = try Library.call(words, at: place) { $0.H5Pget_nfilters(list.id) }
    for index in 0..<UInt32(filterCount) {
      var (flags, valueCount, configuration): (UInt32, Int, UInt32) = (0, 0, 0)
      let filter = try Library.call(words, at: place) { h5 in
        h5.H5Pget_filter2(list.id, index, &flags, &valueCount, nil, 0, nil, &configuration)
      }
      guard knownFilters.contains(filter) else {
        throw HDF5Error(
          place, .unsupported("expected deflate, shuffle or fletcher32, found filter \(filter)"))
      }
    }
  }
}
