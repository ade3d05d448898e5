import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file where there was none, written from its start to its end.
@safe
final class NewFile {
  private let descriptor: Int32
  private let file: String

  /// Creates a file.
  ///
  /// - Parameter file: what it is called in messages.
  /// - Throws: ``FormatError``.
  init(creating path: String, named file: String) throws(FormatError) {
    self.file = file
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw NewFile.failure(file) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Appends bytes.
  func append(_ bytes: [UInt8]) throws {
    try unsafe bytes.withUnsafeBytes { try unsafe append($0) }
  }

  /// Appends the bytes of numbers.
  func append(_ view: TensorView) throws {
    try unsafe view.withBytes { try unsafe append($0) }
  }

  private func append(_ bytes: UnsafeRawBufferPointer) throws {
    var written = 0
    while written < bytes.count {
      let count = unsafe write(
        descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
      if count < 0 {
        if errno == EINTR { continue }
        throw NewFile.failure(file)
      }
      written += count
    }
  }

  private static func failure(_ file: String) -> FormatError {
    FormatError(file, "cannot be written: \(unsafe String(cString: strerror(errno)).lowercased())")
  }
}
