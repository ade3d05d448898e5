/// The messages of one object: what HDF5 stores of a group or dataset apart from its data.
///
/// Version 2 of the header: `OHDR`, version, flags, a size, messages and a checksum; messages may
/// go on in further parts, each `OCHK`, messages and a checksum. Integers are little-endian.
struct ObjectHeader {
  /// One message: its kind and the bytes it holds.
  struct Message {
    let kind: Kind
    let body: ByteReader
  }

  /// The kinds of message that a native file has, by HDF5's number.
  enum Kind: UInt8 {
    case padding = 0x00
    case dataspace = 0x01
    case linkInfo = 0x02
    case datatype = 0x03
    case fillValue = 0x05
    case link = 0x06
    case layout = 0x08
    case groupInfo = 0x0a
    case attribute = 0x0c
    case continuation = 0x10
    case attributeInfo = 0x15
  }

  private(set) var messages: [Message] = []

  /// Reads the header at an address.
  ///
  /// - Parameter claims: takes note of every part, and bounds what all of them add up to.
  init(
    _ file: MappedFile, at address: UInt64, place: Place, claims: inout Claims
  ) throws(HDF5Error) {
    guard address < UInt64(file.byteCount) else {
      throw HDF5Error(place, .damaged("a header at \(address), beyond the end of the file"))
    }
    var prefix = ByteReader(file, range: Int(address)..<file.byteCount, place: place)
    let start = prefix.position
    // Version 1 has neither a signature nor a checksum; it begins with its version.
    guard file.load(at: start, as: UInt8.self) != 1 else {
      throw prefix.notNative("an object header of version 2", found: "1")
    }
    try prefix.expectSignature("OHDR")
    try prefix.expect(UInt8(2), "an object header of version")
    let flags = try prefix.next(UInt8.self)
    guard flags & 0xc0 == 0 else { throw prefix.damaged("unknown flags in an object header") }
    // Bits 4 and 5: limits of attribute storage, and four times.
    if flags & 0x10 != 0 { _ = try prefix.take(4) }
    if flags & 0x20 != 0 { _ = try prefix.take(16) }
    let size = try prefix.next(sizeExponent: flags & 0x03)
    let head = prefix.position - start
    let isOrdered = flags & 0x04 != 0

    var parts = [try claims.take(prefix, from: start, head: head, body: size)]
    while let part = parts.popLast() {
      var reader = part
      // Fewer bytes than a message's own header are a gap that HDF5 could not use.
      while reader.remaining >= (isOrdered ? 6 : 4) {
        let message = try ObjectHeader.message(&reader, isOrdered: isOrdered)
        switch message.kind {
        case .padding: break
        case .continuation:
          parts.append(try ObjectHeader.continuation(message.body, claims: &claims))
        default: messages.append(message)
        }
      }
    }
  }

  private static func message(
    _ reader: inout ByteReader, isOrdered: Bool
  ) throws(HDF5Error) -> Message {
    let number = try reader.next(UInt8.self)
    let size = Int(try reader.next(UInt16.self))
    let flags = try reader.next(UInt8.self)
    if isOrdered { _ = try reader.take(2) }
    let body = try reader.part(size)
    guard let kind = Kind(rawValue: number) else {
      throw reader.notNative("a plain group or dataset", found: description(of: number))
    }
    // Bit 1: the message itself lies elsewhere, to be shared.
    guard flags & 0x02 == 0 else {
      throw reader.notNative("a message of its own", found: "a shared one")
    }
    return Message(kind: kind, body: body)
  }

  private static func continuation(
    _ body: ByteReader, claims: inout Claims
  ) throws(HDF5Error) -> ByteReader {
    var body = body
    let address = try body.next(UInt64.self)
    let size = try body.next(UInt64.self)
    try body.expectEnd(of: "a continuation")
    guard size >= 8 else { throw body.damaged("a header goes on for only \(size) bytes") }
    guard address < UInt64(body.file.byteCount) else {
      throw body.damaged("a header goes on at \(address), beyond the end of the file")
    }
    let start = Int(address)
    var part = body.moved(to: start..<body.file.byteCount)
    try part.expectSignature("OCHK")
    return try claims.take(part, from: start, head: 4, body: size - 8)
  }

  /// What a message that no native file has is for.
  private static func description(of number: UInt8) -> String {
    switch number {
    case 0x07: "external storage"
    case 0x0b: "a filter"
    case 0x0d: "a comment"
    case 0x0f: "a table of shared messages"
    case 0x11: "a symbol table"
    case 0x12: "a modification time"
    case 0x16: "a second hard link"
    default: "a message of kind \(number)"
    }
  }
}

extension ByteReader {
  /// Checks the next four bytes.
  fileprivate mutating func expectSignature(_ signature: StaticString) throws(HDF5Error) {
    let found = file.bytes(try take(4))
    let isThere = signature.withUTF8Buffer { found.elementsEqual($0) }
    guard isThere else { throw damaged("expected \(signature) at \(position - 4), found none") }
  }
}

/// The parts of a file that have a meaning, none of which may overlap another.
///
/// They bound the work of reading: parts that do not overlap are together not longer than the
/// file, whatever the file says of itself, and a cycle of references comes back to a part.
struct Claims {
  private(set) var metadata: [Range<Int>] = []
  private(set) var data: [Range<Int>] = []
  private var starts: Set<Int> = []
  private var total = 0
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Takes note of a part with a head, a body and a checksum of both.
  ///
  /// - Parameter reader: of the same object, for its file and place.
  /// - Returns: a reader of the body.
  mutating func take(
    _ reader: ByteReader, from start: Int, head: Int, body: UInt64
  ) throws(HDF5Error) -> ByteReader {
    guard body <= UInt64(limit), start + head + 4 <= limit - Int(body) else {
      throw reader.damaged("a header at \(start) goes beyond the end of the file")
    }
    guard starts.insert(start).inserted else {
      throw reader.damaged("the header at \(start) is used twice")
    }
    let end = start + head + Int(body)
    try add(start..<end + 4, to: \.metadata, place: reader.place)
    let file = reader.file
    let stored = file.load(at: end, as: UInt32.self)
    guard Lookup3.checksum(file.bytes(start..<end)) == stored else {
      throw reader.damaged("the header at \(start) does not match its checksum")
    }
    return reader.moved(to: start + head..<end)
  }

  /// Takes note of a dataset's data.
  mutating func takeData(_ range: Range<Int>, place: Place) throws(HDF5Error) {
    try add(range, to: \.data, place: place)
  }

  /// Checks that no two parts overlap.
  func checkDisjoint(place: Place) throws(HDF5Error) {
    let sorted = (metadata + data).sorted { $0.lowerBound < $1.lowerBound }
    for (one, next) in zip(sorted, sorted.dropFirst()) where next.lowerBound < one.upperBound {
      throw HDF5Error(place, .damaged("two things lie at \(next.lowerBound)"))
    }
  }

  private mutating func add(
    _ range: Range<Int>, to list: WritableKeyPath<Claims, [Range<Int>]>, place: Place
  ) throws(HDF5Error) {
    total += range.count
    guard total <= limit else {
      throw HDF5Error(place, .damaged("its parts are larger than the file"))
    }
    self[keyPath: list].append(range)
  }
}
