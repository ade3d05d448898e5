import CHDF5

/// Something of HDF5 that is open: closed once, when it is closed or goes out of use.
final class Handle {
  /// What is open, which decides how it is closed.
  enum Kind {
    case file, object, dataset, dataspace, datatype, attribute, propertyList
  }

  /// The number by which HDF5 knows it.
  let id: hid_t

  private let kind: Kind
  private let place: Place
  private var isOpen = true

  /// Opens or creates something with a function that returns its identifier.
  init(
    _ kind: Kind, _ operation: String, at place: Place, _ body: (nn_hdf5) -> hid_t
  ) throws(HDF5Error) {
    self.kind = kind
    self.place = place
    id = try Library.call(operation, at: place, body)
  }

  /// Closes it; does nothing the second time.
  ///
  /// - Throws: what the library could no longer write, for a full disk above all.
  func close() throws(HDF5Error) {
    guard isOpen else { return }
    isOpen = false
    try Library.call(kind == .file ? "write the file" : "close", at: place) { h5 in
      switch kind {
      case .file: h5.H5Fclose(id)
      case .object: h5.H5Oclose(id)
      case .dataset: h5.H5Dclose(id)
      case .dataspace: h5.H5Sclose(id)
      case .datatype: h5.H5Tclose(id)
      case .attribute: h5.H5Aclose(id)
      case .propertyList: h5.H5Pclose(id)
      }
    }
  }

  // Nothing can be done here about a failure: whoever must know closes explicitly.
  deinit { try? close() }
}
