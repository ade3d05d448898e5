import CHDF5

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An open HDF5 file.
///
/// A file stays open as long as it or anything opened in it is in use. Closing it ends the use of
/// all that was opened in it.
package final class File {
  /// The file as it was named, for messages.
  package let name: String

  /// The root group.
  package let root: Group

  private let handle: Handle

  /// Creates a file that no other program has to lock.
  ///
  /// - Parameters:
  ///   - path: where no file exists yet.
  ///   - metadataBlockSize: the bytes that are set aside at a time for all that is not data: some
  ///     300 for each dataset. Whatever is left of the last block stays in the file, as zeros.
  /// - Throws: ``HDF5Error`` when there is a file already or none can be made.
  package init(creating path: String, metadataBlockSize: Int = 64 << 10) throws(HDF5Error) {
    let place = Place(file: path)
    let access = try PropertyLists.fileAccess(metadataBlockSize: metadataBlockSize, at: place)
    let creation = try PropertyLists.fileCreation(at: place)
    try File.checkFolder(of: place)
    handle = try Handle(.file, "create the file", at: place) { h5 in
      h5.H5Fcreate(path, nn_hdf5_create_new, creation.id, access.id)
    }
    name = path
    let context = try FileContext(file: handle, lists: PropertyLists(at: place))
    root = try Group(rootOf: context, at: Place(file: path, path: "/"))
  }

  /// Creates a file in the place of an empty one that is there.
  init(overwriting path: String) throws(HDF5Error) {
    let place = Place(file: path)
    let access = try PropertyLists.fileAccess(metadataBlockSize: 64 << 10, at: place)
    let creation = try PropertyLists.fileCreation(at: place)
    handle = try Handle(.file, "create the file", at: place) { h5 in
      h5.H5Fcreate(path, nn_hdf5_truncate, creation.id, access.id)
    }
    name = path
    let context = try FileContext(file: handle, lists: PropertyLists(at: place))
    root = try Group(rootOf: context, at: Place(file: path, path: "/"))
  }

  /// Opens a file for reading.
  ///
  /// - Throws: ``HDF5Error`` when there is no such file, when it is not an HDF5 file, or when the
  ///   HDF5 library finds it damaged.
  package init(reading path: String) throws(HDF5Error) {
    let place = Place(file: path)
    let byteCount = try File.checkSignature(at: place)
    let access = try PropertyLists.fileAccess(at: place)
    handle = try Handle(.file, "open the file", at: place) { h5 in
      h5.H5Fopen(path, nn_hdf5_read_only, access.id)
    }
    name = path
    let lists = try PropertyLists(at: place)
    let context = FileContext(file: handle, lists: lists, byteCount: byteCount)
    root = try Group(rootOf: context, at: Place(file: path, path: "/"))
  }

  /// Writes everything out and closes the file; does nothing the second time.
  ///
  /// - Throws: ``HDF5Error`` when something could not be written, for a full disk above all. The
  ///   file is then of no use.
  package func close() throws(HDF5Error) {
    try handle.close()
  }
}

// MARK: - Before the library is asked

extension File {
  /// The first bytes of every HDF5 file.
  package static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

  /// Whether these are the first bytes of an HDF5 file, and in words what they are otherwise.
  static func checkSignature(_ head: [UInt8], at place: Place) throws(HDF5Error) {
    guard !head.starts(with: signature) else { return }
    throw HDF5Error(place, .notHDF5(found: describe(head)))
  }

  /// Opens a regular file for reading.
  ///
  /// - Returns: a descriptor, for the caller to close, and the size in bytes.
  static func open(_ place: Place) throws(HDF5Error) -> (descriptor: CInt, byteCount: UInt64) {
    // Opening a pipe that nobody writes to must not wait.
    let descriptor = place.file.withCString { openFile($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw systemError("open the file", at: place) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = systemError("open the file", at: place)
      close(descriptor)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw HDF5Error(place, .notHDF5(found: isFolder ? "a folder" : "no regular file"))
    }
    return (descriptor, UInt64(status.st_size))
  }

  /// Closes a descriptor that was only read from, so that nothing can be lost.
  static func close(_ descriptor: CInt) { _ = closeFile(descriptor) }

  /// What the operating system said last.
  static func systemError(_ operation: String, at place: Place) -> HDF5Error {
    let words = String(cString: strerror(errno))
    return HDF5Error(place, .system(operation: operation, words: words.lowercased()))
  }

  /// Checks what can be checked without the library, whose messages say less.
  private static func checkSignature(at place: Place) throws(HDF5Error) -> UInt64 {
    let (descriptor, byteCount) = try open(place)
    defer { close(descriptor) }
    var head = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &head, head.count)
    guard count >= 0 else { throw systemError("read the file", at: place) }
    try checkSignature(Array(head.prefix(count)), at: place)
    return byteCount
  }

  /// Checks that the folder of a new file is there and that the file is not.
  private static func checkFolder(of place: Place) throws(HDF5Error) {
    var status = stat()
    if stat(place.file, &status) == 0 {
      throw HDF5Error(place, .system(operation: "create the file", words: "it exists already"))
    }
    let end = place.file.lastIndex(of: "/")
    let folder = end.map { String(place.file[...$0]) } ?? "."
    guard access(folder, W_OK | X_OK) == 0 else {
      throw systemError("create the file", at: place)
    }
  }

  /// What a file that is not HDF5 begins with, in words.
  private static func describe(_ head: [UInt8]) -> String {
    if head.isEmpty { return "an empty file" }
    if head.starts(with: [0x50, 0x4b, 0x03, 0x04]) { return "a zip archive" }
    if head.starts(with: [0x1f, 0x8b]) { return "gzip-compressed bytes" }
    if signature.starts(with: head) { return "only the first \(head.count) bytes of one" }
    let isText = head.allSatisfy { $0 >= 0x20 || ($0 >= 0x09 && $0 <= 0x0d) }
    return isText ? "text" : "other bytes"
  }
}

// `File.open` and `File.close` hide the functions of these names.
private func openFile(_ path: UnsafePointer<CChar>, _ flags: CInt) -> CInt { open(path, flags) }
private func closeFile(_ descriptor: CInt) -> CInt { close(descriptor) }
