#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An open file whose name is soon gone, and its bytes with it when it is closed.
final class TemporaryDescriptor {
  let number: CInt

  /// Where it lies, for another process to open it.
  let path: String

  private let place: Place

  /// Makes an empty file in the folder for temporary files.
  ///
  /// - Parameter place: what it is for, for messages.
  init(_ place: Place) throws(HDF5Error) {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/nnmodel-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      throw File.systemError("make a temporary file in \(folder)", at: place)
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    number = descriptor
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    self.place = place
  }

  deinit {
    unlink(path)
    close(number)
  }

  /// The size of what was written.
  func byteCount() throws(HDF5Error) -> Int {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw File.systemError("read the file", at: place) }
    return Int(status.st_size)
  }
}

extension File {
  /// Some bytes of an open file, fewer at its end.
  static func bytes(
    _ count: Int, of descriptor: CInt, from start: Int, at place: Place
  ) throws(HDF5Error) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let found = pread(descriptor, &bytes, count, off_t(start))
    guard found >= 0 else { throw systemError("read the file", at: place) }
    return Array(bytes.prefix(found))
  }
}
