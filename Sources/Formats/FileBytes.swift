#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of a file, mapped into memory for reading, or of a member of an archive.
///
/// Memory is given when it is touched, so that a large file costs what is read of it. Cutting a
/// mapped file short in place kills the program that reads it, as with every mapped file.
@safe
package final class FileBytes: @unchecked Sendable {
  /// The file as it was named, for messages.
  package let file: String

  /// The member of the archive `file` that the bytes are of.
  package let member: String?

  private let memory: UnsafeMutableRawBufferPointer

  /// Maps a regular file; "-" is standard input, where that is one.
  ///
  /// - Throws: ``FormatError``.
  package init(path: String) throws(FormatError) {
    file = path == "-" ? "standard input" : path
    member = nil
    let descriptor = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw FormatError(file, errno == ENOENT ? "no such file" : FileBytes.unreadable())
    }
    defer { if path != "-" { close(descriptor) } }
    unsafe memory = try FileBytes.mapped(descriptor, file)
  }

  /// Maps what was written to an open file.
  package init(descriptor: Int32, file: String) throws(FormatError) {
    self.file = file
    member = nil
    unsafe memory = try FileBytes.mapped(descriptor, file)
  }

  /// Bytes that a closure fills in.
  ///
  /// - Parameter byteCount: bounded by the caller.
  /// - Throws: what the closure throws, or ``FormatError`` when there is not so much memory.
  package init(
    byteCount: Int, file: String, member: String? = nil,
    filling fill: (UnsafeMutableRawBufferPointer) throws(FormatError) -> Void
  ) throws(FormatError) {
    self.file = file
    self.member = member
    guard byteCount > 0 else {
      unsafe memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else {
      throw FormatError(file, member: member, "\(byteCount) bytes of memory are not to be had")
    }
    unsafe memory = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    // From here on an error ends the object, and gives the memory back with it.
    try unsafe fill(memory)
  }

  /// A copy of bytes.
  package convenience init(
    _ bytes: some Collection<UInt8>, file: String, member: String? = nil
  ) throws(FormatError) {
    try unsafe self.init(byteCount: bytes.count, file: file, member: member) { memory in
      unsafe memory.copyBytes(from: bytes)
    }
  }

  deinit {
    if let start = unsafe memory.baseAddress { unsafe munmap(start, memory.count) }
  }

  private static func mapped(
    _ descriptor: Int32, _ file: String
  ) throws(FormatError) -> UnsafeMutableRawBufferPointer {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw FormatError(file, unreadable()) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw FormatError(file, "expected a file, found a \(isFolder ? "folder" : "stream")")
    }
    let count = Int(status.st_size)
    guard count > 0 else { return unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0) }
    let start = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else {
      throw FormatError(file, unreadable())
    }
    return unsafe UnsafeMutableRawBufferPointer(start: start, count: count)
  }

  private static func unreadable() -> String {
    "cannot be read: \(unsafe String(cString: strerror(errno)).lowercased())"
  }
}

// MARK: - Reading

extension FileBytes {
  /// How many bytes there are.
  package var byteCount: Int { unsafe memory.count }

  /// Calls a closure with the bytes of a range.
  ///
  /// - Precondition: the range is within the file.
  package func withSpan<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe withBytes(range) { bytes throws(Failure) in try unsafe body(bytes.bytes) }
  }

  /// Calls a closure with the bytes of a range.
  ///
  /// - Precondition: the range is within the file.
  package func withBytes<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= byteCount, "outside a file of \(byteCount)")
    defer { withExtendedLifetime(self) {} }
    return try unsafe body(UnsafeRawBufferPointer(rebasing: memory[range]))
  }

  /// A copy of the bytes of a range.
  package func copy(_ range: Range<Int>) -> [UInt8] {
    unsafe withBytes(range) { unsafe Array($0) }
  }

  /// An error about these bytes.
  package func error(_ problem: String) -> FormatError {
    FormatError(file, member: member, problem)
  }
}
