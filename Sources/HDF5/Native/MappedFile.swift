#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file mapped into memory for reading, unmapped when the last user goes.
///
/// Whoever replaces a model renames a new file over it, which leaves the mapping of the old one as
/// it is. Cutting a mapped file short in place kills the program that reads it: nothing a program
/// can do at a reasonable price prevents that.
@safe
package final class MappedFile: @unchecked Sendable {
  /// The file as it was named, for messages.
  package let name: String

  /// All bytes of the file.
  private let memory: UnsafeRawBufferPointer

  /// Maps a regular file that begins as HDF5 files do.
  convenience init(_ place: Place) throws(HDF5Error) {
    let (descriptor, size) = try File.open(place)
    defer { File.close(descriptor) }
    try self.init(descriptor, byteCount: Int(size), place)
  }

  /// Maps an open file.
  init(_ descriptor: CInt, byteCount: Int, _ place: Place) throws(HDF5Error) {
    guard byteCount > 0 else {
      throw HDF5Error(place, .notHDF5(found: "an empty file"))
    }
    guard let start = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else { throw File.systemError("map the file", at: place) }
    name = place.file
    memory = UnsafeRawBufferPointer(start: start, count: byteCount)
  }

  /// The same from bytes that are in memory already.
  init(_ bytes: [UInt8], named name: String) throws(HDF5Error) {
    let place = Place(file: name)
    guard !bytes.isEmpty else {
      throw HDF5Error(place, .notHDF5(found: "an empty file"))
    }
    let (access, kind) = (PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS)
    guard let start = mmap(nil, bytes.count, access, kind, -1, 0), start != MAP_FAILED else {
      throw File.systemError("map the bytes", at: place)
    }
    self.name = name
    memory = UnsafeRawBufferPointer(start: start, count: bytes.count)
    UnsafeMutableRawBufferPointer(start: start, count: bytes.count).copyBytes(from: bytes)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: memory.baseAddress), memory.count) }
}

extension MappedFile {
  /// The size of the file in bytes.
  package var byteCount: Int { memory.count }

  /// The bytes of a range within the file, valid as long as this object is kept.
  ///
  /// - Precondition: the range is within the file.
  package func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[range])
  }

  /// A copy of the bytes of a range within the file.
  func copy(_ range: Range<Int>) -> [UInt8] { Array(bytes(range)) }

  /// A little-endian number at a position.
  ///
  /// - Precondition: all its bytes are within the file.
  func load<Value: FixedWidthInteger & BitwiseCopyable>(
    at position: Int, as type: Value.Type
  ) -> Value {
    precondition(
      position >= 0 && position <= memory.count - MemoryLayout<Value>.size,
      "a number at \(position) is outside a file of \(memory.count) bytes")
    return Value(littleEndian: memory.loadUnaligned(fromByteOffset: position, as: Value.self))
  }
}
