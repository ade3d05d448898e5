// How the messages of an object header are read. Each function takes one message whole.

extension ByteReader {
  /// A dataspace of version 2: a fixed extent along each axis.
  ///
  /// Version, rank, flags, kind, then 8 bytes for each extent, and again for each largest extent.
  mutating func nextShape() throws(HDF5Error) -> [Int] {
    try expect(UInt8(2), "a dataspace of version")
    let rank = Int(try next(UInt8.self))
    let flags = try next(UInt8.self)
    let kind = try next(UInt8.self)
    guard kind <= 1, flags <= 1 else { throw notNative("a plain shape", found: "another") }
    guard rank <= 32, (kind == 1) == (rank > 0) else { throw damaged("a shape of \(rank) axes") }
    var shape: [Int] = []
    for _ in 0..<rank { shape.append(try nextExtent()) }
    if flags & 1 != 0 {
      for extent in shape {
        let largest = try next(UInt64.self)
        guard largest == UInt64(extent) else {
          throw notNative("a shape that is fixed", found: "one that can grow")
        }
      }
    }
    try expectEnd(of: "a shape")
    return shape
  }

  private mutating func nextExtent() throws(HDF5Error) -> Int {
    let extent = try next(UInt64.self)
    guard extent < 1 << 48 else { throw damaged("an extent of \(extent)") }
    return Int(extent)
  }

  /// A datatype of version 1 to 3, which are the same for the classes read here.
  ///
  /// A byte of version and class, three bytes of details, the size, then the details of a number.
  mutating func nextDatatype() throws(HDF5Error) -> Datatype {
    let type = try nextDatatypeBody()
    try expectEnd(of: "a type")
    return type
  }

  private mutating func nextDatatypeBody() throws(HDF5Error) -> Datatype {
    let versionAndClass = try next(UInt8.self)
    let details = [try next(UInt8.self), try next(UInt8.self), try next(UInt8.self)]
    let size = Int(try next(UInt32.self))
    guard (1...3).contains(versionAndClass >> 4) else {
      throw damaged("a type of version \(versionAndClass >> 4)")
    }
    let type: Datatype?
    switch versionAndClass & 0x0f {
    case 0: type = try nextInteger(details, size: size)
    case 1: type = try nextFloat(details, size: size)
    case 3:
      // Filled up with zeros, UTF-8.
      type = size > 0 && details == [0x11, 0, 0] ? .text(byteCount: size) : nil
    case 8:
      type = try nextIsBool(details, size: size, isPadded: versionAndClass >> 4 < 3) ? .bool : nil
    default: type = nil
    }
    guard let type else {
      throw notNative("numbers or fixed-length text", found: "another type")
    }
    return type
  }

  /// The rest of an enumeration: the type of its values, its names, each ended by a zero and before
  /// version 3 filled up to 8 bytes, and its values.
  private mutating func nextIsBool(
    _ details: [UInt8], size: Int, isPadded: Bool
  ) throws(HDF5Error) -> Bool {
    // The base type begins another datatype message; one that is an enumeration again is refused
    // before anything is read of it.
    guard details == [UInt8(Datatype.boolNames.count), 0, 0], size == 1, remaining > 0,
      file.load(at: position, as: UInt8.self) & 0x0f == 0, try nextDatatypeBody() == .int8
    else { return false }
    for name in Datatype.boolNames {
      let length = isPadded ? (name.utf8.count / 8 + 1) * 8 : name.utf8.count + 1
      let expected = Array(name.utf8) + [UInt8](repeating: 0, count: length - name.utf8.count)
      guard length <= remaining, file.copy(try take(length)) == expected else { return false }
    }
    let values = [try next(UInt8.self), try next(UInt8.self)]
    return values == [0, 1]
  }

  private mutating func nextInteger(
    _ details: [UInt8], size: Int
  ) throws(HDF5Error) -> Datatype? {
    let (offset, precision) = (try next(UInt16.self), try next(UInt16.self))
    guard details == [details[0] & 0x08, 0, 0], offset == 0, Int(precision) == 8 * size
    else { return nil }
    return .integer(size: size, isSigned: details[0] & 0x08 != 0)
  }

  private mutating func nextFloat(_ details: [UInt8], size: Int) throws(HDF5Error) -> Datatype? {
    let (offset, precision) = (try next(UInt16.self), try next(UInt16.self))
    let (exponent, exponentWidth) = (try next(UInt8.self), try next(UInt8.self))
    let (mantissa, mantissaWidth) = (try next(UInt8.self), try next(UInt8.self))
    let bias = try next(UInt32.self)
    // Little-endian, no padding, and the mantissa's highest bit implied.
    guard details[0] == 0x20, details[2] == 0, offset == 0, Int(precision) == 8 * size,
      mantissa == 0
    else { return nil }
    return FloatLayout(
      byteCount: size,
      signPosition: Int(details[1]),
      exponentPosition: Int(exponent),
      exponentWidth: Int(exponentWidth),
      mantissaWidth: Int(mantissaWidth),
      bias: Int(bias)
    ).datatype
  }

  /// A layout of version 3 or 4 in one piece: where it begins, if anywhere, and its size.
  mutating func nextLayout() throws(HDF5Error) -> (address: UInt64?, size: UInt64) {
    let version = try next(UInt8.self)
    guard version == 3 || version == 4 else {
      throw notNative("a layout of version 3 or 4", found: "\(version)")
    }
    guard try next(UInt8.self) == 1 else {
      throw notNative("data in one piece", found: "another layout")
    }
    let address = try nextAddress()
    let size = try next(UInt64.self)
    try expectEnd(of: "a layout")
    return (address, size)
  }

  /// A hard link with its place in the order of creation: version, flags, order, character set,
  /// name, address.
  mutating func nextLink() throws(HDF5Error) -> (name: String, order: Int64, address: UInt64) {
    try expect(UInt8(1), "a link of version")
    let flags = try next(UInt8.self)
    guard flags & 0xe0 == 0 else { throw damaged("unknown flags in a link") }
    if flags & 0x08 != 0 {
      let kind = try next(UInt8.self)
      guard kind == 0 else {
        let found = kind == 1 ? "a soft link" : kind == 64 ? "an external link" : "another link"
        throw notNative("hard links", found: found)
      }
    }
    guard flags & 0x04 != 0 else {
      throw notNative("children in the order of creation", found: "children in no order")
    }
    let order = try next(Int64.self)
    if flags & 0x10 != 0 { _ = try next(UInt8.self) }
    let length = try next(sizeExponent: flags & 0x03)
    guard length > 0, length <= 255 else { throw damaged("a name of \(length) bytes") }
    let bytes = file.copy(try take(Int(length)))
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw damaged("a name is not valid UTF-8")
    }
    guard !bytes.contains(0), !bytes.contains(UInt8(ascii: "/")), name != ".", name != ".." else {
      throw damaged("a name is a path")
    }
    let address = try next(UInt64.self)
    try expectEnd(of: "a link")
    return (name, order, address)
  }

  /// What is said of all links of a group: that they lie in the group's header.
  mutating func checkLinkInfo() throws(HDF5Error) {
    try expect(UInt8(0), "link information of version")
    let flags = try next(UInt8.self)
    guard flags & 0xfc == 0 else { throw damaged("unknown flags in link information") }
    if flags & 1 != 0 { _ = try next(UInt64.self) }
    let (heap, names) = (try nextAddress(), try nextAddress())
    let order = flags & 2 != 0 ? try nextAddress() : nil
    guard heap == nil, names == nil, order == nil else {
      throw notNative("a compact group", found: "one with an index")
    }
    try expectEnd(of: "link information")
  }

  /// What is said of all attributes of an object: that they lie in the object's header.
  mutating func checkAttributeInfo() throws(HDF5Error) {
    try expect(UInt8(0), "attribute information of version")
    let flags = try next(UInt8.self)
    guard flags & 0xfc == 0 else { throw damaged("unknown flags in attribute information") }
    if flags & 1 != 0 { _ = try next(UInt16.self) }
    let (heap, names) = (try nextAddress(), try nextAddress())
    let order = flags & 2 != 0 ? try nextAddress() : nil
    guard heap == nil, names == nil, order == nil else {
      throw notNative("compact attributes", found: "attributes with an index")
    }
    try expectEnd(of: "attribute information")
  }

  /// An attribute of version 3: flags, three sizes, character set, name, type, shape, bytes.
  mutating func nextAttribute() throws(HDF5Error) -> (name: String, value: Attribute) {
    try expect(UInt8(3), "an attribute of version")
    let flags = try next(UInt8.self)
    guard flags == 0 else { throw notNative("an attribute of its own type", found: "a shared one") }
    let nameSize = Int(try next(UInt16.self))
    let (typeSize, shapeSize) = (Int(try next(UInt16.self)), Int(try next(UInt16.self)))
    _ = try next(UInt8.self)
    guard nameSize > 1 else { throw damaged("an attribute without a name") }
    let nameBytes = file.copy(try take(nameSize))
    let name = try StoredText.text(of: nameBytes[...], at: place)
    guard nameBytes.last == 0, name.utf8.count == nameSize - 1 else {
      throw damaged("an attribute's name does not end where it says")
    }
    var typePart = try part(typeSize)
    let type = try typePart.nextDatatype()
    var shapePart = try part(shapeSize)
    let shape = try shapePart.nextShape()
    let byteCount = try Dataset.byteCount(type: type, shape: shape, at: place)
    guard byteCount == remaining else {
      throw damaged("attribute '\(name)': expected \(byteCount) bytes, found \(remaining)")
    }
    let bytes = file.copy(try take(byteCount))
    return (name, try Attribute(type: type, shape: shape, bytes: bytes, at: place))
  }
}
