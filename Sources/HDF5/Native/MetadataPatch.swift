#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Puts a number into the metadata of a native file that was not known while the file was written.
package enum MetadataPatch {
  /// Replaces eight bytes that occur once in the metadata of one child of the root, and the checksum
  /// of the part they lie in.
  ///
  /// Whatever other children hold, the same eight bytes among it, is not looked at.
  ///
  /// - Parameters:
  ///   - placeholder: what was written in the number's place.
  ///   - child: the name of the child.
  ///   - number: given the size of the file, what belongs there.
  /// - Throws: ``HDF5Error`` when the placeholder is not there once, or the file cannot be written.
  package static func replace(
    _ placeholder: UInt64, in path: String, child: String, by number: (Int) -> UInt64
  ) throws(HDF5Error) {
    let place = Place(file: path)
    let file = try NativeFile(reading: path, only: [child])
    let wanted = bytes(of: placeholder)
    var found: [(part: Range<Int>, start: Int)] = []
    for part in file.claims.metadata {
      let content = file.mapping.copy(part)
      for index in content.indices.dropLast(wanted.count - 1)
      where content[index] == wanted[0]
        && content[index..<index + wanted.count].elementsEqual(wanted)
      { found.append((part, index)) }
    }
    guard found.count == 1, let (part, start) = found.first else {
      throw HDF5Error(
        place, .damaged("expected one placeholder among its headers, found \(found.count)"))
    }
    var content = file.mapping.copy(part)
    content.replaceSubrange(start..<start + 8, with: bytes(of: number(file.byteCount)))
    // A part ends with the checksum of all before it.
    let end = content.count - 4
    let checksum = content.withUnsafeBytes { Lookup3.checksum(.init(rebasing: $0[..<end])) }
    content.replaceSubrange(end..., with: bytes(of: UInt64(checksum)).prefix(4))
    try write(content, to: place, at: part.lowerBound)
  }

  private static func bytes(of number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  private static func write(_ bytes: [UInt8], to place: Place, at offset: Int) throws(HDF5Error) {
    let descriptor = place.file.withCString { open($0, O_WRONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw File.systemError("write the file", at: place) }
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset + done))
      }
      guard count > 0 else {
        let error = File.systemError("write the file", at: place)
        _ = close(descriptor)
        throw error
      }
      done += count
    }
    guard close(descriptor) == 0 else { throw File.systemError("write the file", at: place) }
  }
}
