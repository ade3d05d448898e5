import Foundation
import Kernels
import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where bytes go: a new file or standard output.
final class ByteSink: @unchecked Sendable {
  private let descriptor: Int32
  private let name: String
  private var isOpen: Bool

  /// Standard output. A reader that stops reading ends the program quietly.
  static var standardOutput: ByteSink { ByteSink(descriptor: 1, name: "standard output") }

  private init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    isOpen = false
  }

  /// Creates a file where there is none.
  ///
  /// - Parameter name: what the file is called in messages.
  /// - Throws: ``FileError``.
  init(creating path: String, named name: String) throws {
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    self.name = name
    isOpen = true
    guard descriptor >= 0 else { throw ByteSink.failure(name) }
  }

  /// Opens a device or a pipe.
  ///
  /// - Throws: ``FileError``.
  init(openingStream path: String) throws {
    descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    name = path
    isOpen = true
    guard descriptor >= 0 else { throw ByteSink.failure(name) }
  }

  deinit {
    if isOpen, descriptor >= 0 { _ = Foundation.close(descriptor) }
  }

  func write(_ text: TextBuffer) throws {
    try unsafe text.withBytes { try unsafe write($0) }
  }

  func write(_ bytes: [UInt8]) throws {
    try unsafe bytes.withUnsafeBytes { try unsafe write($0) }
  }

  /// Closes the file, which is when some file systems first say that they are full.
  func close() throws {
    isOpen = false
    guard Foundation.close(descriptor) == 0 else { throw ByteSink.failure(name) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws {
    var written = 0
    while written < bytes.count {
      let count = unsafe Foundation.write(
        descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
      if count < 0 {
        if errno == EINTR { continue }
        throw ByteSink.failure(name)
      }
      written += count
    }
  }

  private static func failure(_ name: String) -> FileError {
    let reason = unsafe String(cString: strerror(errno)).lowercased()
    return FileError(name, "cannot be written: \(reason)")
  }
}
