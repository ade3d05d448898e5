#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A format that a file is known by from its first bytes, whatever it is called.
package enum FileSignature: Sendable {
  /// One array of NumPy.
  case numPy
  /// A zip archive, as several arrays of NumPy are.
  case zip

  /// What a file begins as; nil for all others, and for what is no file or cannot be read.
  ///
  /// A pipe is not looked into, for what is taken from it is gone. "-" is standard input.
  package init?(ofFile path: String) {
    var status = stat()
    // Opening a pipe would wait for its writer.
    guard unsafe path == "-" ? fstat(0, &status) == 0 : stat(path, &status) == 0,
      status.st_mode & S_IFMT == S_IFREG
    else { return nil }
    let descriptor = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { if path != "-" { close(descriptor) } }
    var start = [UInt8](repeating: 0, count: 6)
    let count = unsafe pread(descriptor, &start, start.count, 0)
    self.init(of: start.prefix(max(count, 0)))
  }

  /// What bytes begin as.
  package init?(of start: some Collection<UInt8>) {
    if start.starts(with: FileSignature.numPyMagic) {
      self = .numPy
    } else if start.starts(with: [0x50, 0x4B, 3, 4]) || start.starts(with: [0x50, 0x4B, 5, 6]) {
      self = .zip
    } else {
      return nil
    }
  }

  /// The first bytes of a `.npy` file.
  static let numPyMagic: [UInt8] = [0x93] + Array("NUMPY".utf8)
}
