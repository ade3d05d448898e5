import Kernels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The bytes of a file or of standard input, unpacked if they are gzip.
///
/// Gzip is known by its first bytes, whatever the file is called. One thread reads at a time.
@safe
package final class ByteSource: @unchecked Sendable {
  /// What the source is called in messages.
  package let name: String

  /// Sees every unpacked byte once, in order: for a fingerprint.
  private let observer: ((UnsafeRawBufferPointer) -> Void)?
  private let descriptor: Int32
  private let closesDescriptor: Bool
  /// What was read to find out the format.
  private var head: TextBuffer
  private var gzip: GzipInflater?

  /// Opens a file; "-" is standard input.
  ///
  /// - Throws: ``TableError`` when there is no such file, or it cannot be read, or its first bytes
  ///   are those of a format that is no text.
  package init(
    path: String, observer: ((UnsafeRawBufferPointer) -> Void)? = nil
  ) throws(TableError) {
    name = path == "-" ? "standard input" : path
    unsafe self.observer = observer
    closesDescriptor = path != "-"
    descriptor = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw TableError(name, errno == ENOENT ? .noSuchFile : .cannotRead(ByteSource.reason()))
    }
    head = TextBuffer(capacity: 1 << 16)
    // From here on an error ends the object, and closes the file with it.
    while head.count < 8, try fill(head, upTo: 1 << 16) > 0 {}
    if head.count >= 2, head[0] == 0x1F, head[1] == 0x8B {
      gzip = try GzipInflater(name: name)
    } else if let format = ByteSource.foreignFormat(head) {
      throw TableError(name, .foreignFormat(format))
    }
  }

  deinit {
    if closesDescriptor, descriptor >= 0 { close(descriptor) }
  }

  /// Appends the next bytes, at most `limit`; returns how many, 0 at the end.
  package func read(into buffer: TextBuffer, upTo limit: Int) throws(TableError) -> Int {
    let before = buffer.count
    if let gzip {
      while buffer.count == before {
        var isAtEnd = false
        if head.count == 0 { isAtEnd = try fill(head, upTo: 1 << 16) == 0 }
        head.removeFirst(try gzip.inflate(head, into: buffer, upTo: limit))
        // Even without input zlib may still have had some output.
        if isAtEnd, buffer.count == before {
          try gzip.finish()
          return 0
        }
      }
    } else if head.count > 0 {
      let count = min(limit, head.count)
      buffer.append(head, 0..<count)
      head.removeFirst(count)
    } else {
      _ = try fill(buffer, upTo: limit)
    }
    if let observer = unsafe observer {
      unsafe buffer.withBytes { unsafe observer(UnsafeRawBufferPointer(rebasing: $0[before...])) }
    }
    return buffer.count - before
  }

  private func fill(_ buffer: TextBuffer, upTo limit: Int) throws(TableError) -> Int {
    let count = unsafe buffer.appendBytes(upTo: limit) { room in
      var count = -1
      repeat {
        #if canImport(Darwin)
          count = unsafe Darwin.read(descriptor, room.baseAddress, limit)
        #elseif canImport(Musl)
          count = unsafe Musl.read(descriptor, room.baseAddress, limit)
        #else
          count = unsafe Glibc.read(descriptor, room.baseAddress, limit)
        #endif
      } while count < 0 && errno == EINTR
      failure = count < 0 ? errno : 0
      return max(count, 0)
    }
    guard failure == 0 else {
      throw TableError(
        name, failure == EISDIR ? .isDirectory : .cannotRead(ByteSource.reason(failure)))
    }
    return count
  }
  private var failure: Int32 = 0

  private static func reason(_ code: Int32 = errno) -> String {
    unsafe String(cString: strerror(code)).lowercased()
  }

  /// The name of a known format that is not text, by its first bytes.
  private static func foreignFormat(_ head: TextBuffer) -> String? {
    let signatures: [(bytes: [UInt8], name: String)] = [
      ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"),
      ([0x50, 0x4B, 0x03, 0x04], "a zip archive or a spreadsheet; save it as CSV"),
      (
        [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59],
        "an array of NumPy, which predict and evaluate take from a file but from no pipe"
      ),
      ([0x28, 0xB5, 0x2F, 0xFD], "Zstandard data; unpack it with: zstd -d"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz data; unpack it with: xz -d"),
      ([0x42, 0x5A, 0x68, 0x39], "bzip2 data; unpack it with: bzip2 -d"),
      ([0x50, 0x41, 0x52, 0x31], "a Parquet file"),
      ([0xD0, 0xCF, 0x11, 0xE0], "an old Excel file; save it as CSV"),
    ]
    let start = head.bytes(0..<min(8, head.count))
    return signatures.first { start.starts(with: $0.bytes) }?.name
  }
}
