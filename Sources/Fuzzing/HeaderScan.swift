import HDF5

/// What looks like metadata in the bytes of a native file, however damaged it is.
///
/// Nothing is refused: bytes that begin like an object header are taken for one as far as the file
/// goes, so that checksums can be made right again wherever a reader may look.
package struct HeaderScan {
  /// A text dataset's place in the bytes: where its header says what.
  package struct Text {
    /// Where the size of its type is written, 4 bytes.
    let typeSizePlace: Int
    /// Where the address and the size of its data are written, 8 bytes each.
    let addressPlace: Int
    /// Where its data lies.
    let range: Range<Int>
  }

  /// The parts with a checksum, which is the last 4 bytes of each.
  package private(set) var parts: [Range<Int>] = []

  /// The datasets of text.
  package private(set) var texts: [Text] = []

  /// The number of bytes of a superblock of version 3.
  static let superblockSize = 48

  /// The most parts that are looked for, so that no file makes a scan take long.
  private static let mostParts = 4096

  package init(_ bytes: [UInt8]) {
    guard bytes.count > HeaderScan.superblockSize else { return }
    parts.append(0..<HeaderScan.superblockSize)
    let signature = Array("OHDR".utf8)
    var place = HeaderScan.superblockSize
    while place + 16 <= bytes.count, parts.count < HeaderScan.mostParts {
      if bytes[place] == signature[0], bytes[place..<place + 4].elementsEqual(signature) {
        addHeader(at: place, of: bytes)
      }
      place += 1
    }
  }

  private mutating func addHeader(at start: Int, of bytes: [UInt8]) {
    let flags = bytes[start + 5]
    let sizePlace = start + 6 + (flags & 0x10 != 0 ? 4 : 0) + (flags & 0x20 != 0 ? 16 : 0)
    let width = 1 << Int(flags & 0x03)
    guard let size = bytes.number(at: sizePlace, width: width) else { return }
    let body = sizePlace + width
    guard size <= bytes.count - body - 4 else { return }
    parts.append(start..<body + size + 4)
    var found = Found()
    var waiting = [body..<body + size]
    while let part = waiting.popLast() {
      addMessages(in: part, isOrdered: flags & 0x04 != 0, of: bytes, &found, &waiting)
    }
    if let typeSizePlace = found.typeSizePlace, let layout = found.layoutPlace,
      let address = bytes.number(at: layout + 2, width: 8),
      let size = bytes.number(at: layout + 10, width: 8), address <= bytes.count - size
    {
      texts.append(
        Text(
          typeSizePlace: typeSizePlace, addressPlace: layout + 2, range: address..<address + size))
    }
  }

  /// What the messages of one header say of a text.
  private struct Found {
    var typeSizePlace: Int?
    var layoutPlace: Int?
  }

  private mutating func addMessages(
    in part: Range<Int>, isOrdered: Bool, of bytes: [UInt8], _ found: inout Found,
    _ waiting: inout [Range<Int>]
  ) {
    let head = isOrdered ? 6 : 4
    var place = part.lowerBound
    while place + head <= part.upperBound, let size = bytes.number(at: place + 1, width: 2) {
      let body = place + head
      guard body + size <= part.upperBound else { return }
      switch bytes[place] {
      case 0x03 where size >= 8 && bytes[body] & 0x0f == 3: found.typeSizePlace = body + 4
      case 0x08 where size >= 18 && bytes[body + 1] == 1: found.layoutPlace = body
      case 0x10 where size >= 16:
        if let start = bytes.number(at: body, width: 8),
          let length = bytes.number(at: body + 8, width: 8), length >= 8,
          start <= bytes.count - length, parts.count < HeaderScan.mostParts
        {
          parts.append(start..<start + length)
          waiting.append(start + 4..<start + length - 4)
        }
      default: break
      }
      place = body + size
    }
  }
}

// MARK: - Numbers in bytes

extension [UInt8] {
  /// A little-endian number that a file of these bytes could mean; nil beyond their end, and for
  /// numbers larger than there are bytes.
  func number(at place: Int, width: Int) -> Int? {
    guard place >= 0, place + width <= count else { return nil }
    var value: UInt64 = 0
    for index in (0..<width).reversed() { value = value << 8 | UInt64(self[place + index]) }
    return value <= UInt64(count) ? Int(value) : nil
  }

  /// Writes a little-endian number.
  mutating func set(_ value: Int, at place: Int, width: Int) {
    for index in 0..<width {
      self[place + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
    }
  }
}
