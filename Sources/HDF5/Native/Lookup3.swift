/// Bob Jenkins' lookup3 hash (`hashlittle` with a start of 0), the checksum of HDF5 metadata.
///
/// See <http://burtleburtle.net/bob/c/lookup3.c>, which is in the public domain.
package enum Lookup3 {
  /// The hash of some bytes.
  package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var (a, b, c) = (start(bytes.count), start(bytes.count), start(bytes.count))
    var position = 0
    // The last block, full or not, is mixed in another way.
    while bytes.count - position > 12 {
      a &+= word(bytes, at: position)
      b &+= word(bytes, at: position + 4)
      c &+= word(bytes, at: position + 8)
      mix(&a, &b, &c)
      position += 12
    }
    guard position < bytes.count else { return c }
    a &+= word(bytes, at: position)
    b &+= word(bytes, at: position + 4)
    c &+= word(bytes, at: position + 8)
    return finish(a, b, c)
  }

  private static func start(_ count: Int) -> UInt32 {
    0xdead_beef &+ UInt32(truncatingIfNeeded: count)
  }

  /// Four bytes as a little-endian number, with zeros after the end.
  @inline(__always)
  private static func word(_ bytes: UnsafeRawBufferPointer, at position: Int) -> UInt32 {
    if position + 4 <= bytes.count {
      return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
    }
    var word: UInt32 = 0
    for index in 0..<4 where position + index < bytes.count {
      word |= UInt32(bytes[position + index]) << UInt32(8 * index)
    }
    return word
  }

  private static func rotate(_ value: UInt32, by count: UInt32) -> UInt32 {
    value &<< count | value &>> (32 &- count)
  }

  private static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    a = (a &- c) ^ rotate(c, by: 4)
    c = c &+ b
    b = (b &- a) ^ rotate(a, by: 6)
    a = a &+ c
    c = (c &- b) ^ rotate(b, by: 8)
    b = b &+ a
    a = (a &- c) ^ rotate(c, by: 16)
    c = c &+ b
    b = (b &- a) ^ rotate(a, by: 19)
    a = a &+ c
    c = (c &- b) ^ rotate(b, by: 4)
    b = b &+ a
  }

  private static func finish(_ a: UInt32, _ b: UInt32, _ c: UInt32) -> UInt32 {
    var (a, b, c) = (a, b, c)
    c = (c ^ b) &- rotate(b, by: 14)
    a = (a ^ c) &- rotate(c, by: 11)
    b = (b ^ a) &- rotate(a, by: 25)
    c = (c ^ b) &- rotate(b, by: 16)
    a = (a ^ c) &- rotate(c, by: 4)
    b = (b ^ a) &- rotate(a, by: 14)
    c = (c ^ b) &- rotate(b, by: 24)
    return c
  }
}
