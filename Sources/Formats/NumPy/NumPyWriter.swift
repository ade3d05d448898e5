import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a `.npy` file of float32 rows, whose number is not known before the last.
///
/// The bytes are those that `numpy.save` writes for the same array.
@safe
package final class NumPyWriter {
  /// The number of rows that were written.
  package private(set) var rowCount = 0

  private let descriptor: Int32
  private let file: String
  private let row: Shape

  /// Creates a file where there is none.
  ///
  /// - Parameters:
  ///   - row: the shape of a row.
  ///   - file: what the file is called in messages.
  /// - Throws: ``FormatError``.
  package convenience init(creating path: String, row: Shape, named file: String)
    throws
  {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw NumPyWriter.failure(file) }
    try self.init(descriptor: descriptor, row: row, named: file)
  }

  /// Writes to a file that nobody sees, in the folder of another one: a part of what will be written
  /// there.
  ///
  /// - Throws: ``FormatError``.
  package convenience init(beside path: String, row: Shape, named file: String)
    throws
  {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw NumPyWriter.failure(file) }
    _ = unsafe unlink(path)
    try self.init(descriptor: descriptor, row: row, named: file)
  }

  private init(descriptor: Int32, row: Shape, named file: String) throws {
    self.descriptor = descriptor
    self.row = row
    self.file = file
    // From here on an error ends the object, and closes the file with it.
    try write(header)
  }

  deinit { closeFile(descriptor) }

  /// Appends rows.
  ///
  /// - Precondition: float32 of the rows' shape.
  /// - Throws: ``FormatError``.
  package func append(_ rows: TensorView) throws {
    precondition(
      rows.elementType == .float32 && rows.shape.droppingFirst == row,
      "expected rows of \(row), found \(rows.elementType) \(rows.shape)")
    try unsafe rows.withBytes { try unsafe write($0) }
    rowCount += rows.rows
  }

  /// Writes the number of rows into the header.
  ///
  /// - Throws: ``FormatError``.
  package func finish() throws {
    let header = self.header
    guard unsafe pwrite(descriptor, header, header.count, 0) == header.count else {
      throw NumPyWriter.failure(file)
    }
  }

  /// All that was written, once it is finished.
  ///
  /// - Throws: ``FormatError``.
  package func bytes() throws -> FileBytes {
    try FileBytes(descriptor: descriptor, file: file)
  }

  private var header: [UInt8] {
    NumPyHeader(shape: row.prepending(rowCount), elementType: .float32).encoded()
  }

  private func write(_ bytes: [UInt8]) throws {
    try unsafe bytes.withUnsafeBytes { try unsafe write($0) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws {
    var written = 0
    while written < bytes.count {
      let count = unsafe writeFile(
        descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
      if count < 0 {
        if errno == EINTR { continue }
        throw NumPyWriter.failure(file)
      }
      written += count
    }
  }

  private static func failure(_ file: String) -> FormatError {
    FormatError(file, "cannot be written: \(unsafe String(cString: strerror(errno)).lowercased())")
  }
}

// Names that the class has too.

private func writeFile(
  _ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int
) -> Int {
  unsafe write(descriptor, start, count)
}

private func closeFile(_ descriptor: Int32) { close(descriptor) }
