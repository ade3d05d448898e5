import Tensors

/// What stands before the numbers of a `.npy` file, versions 1.0, 2.0 and 3.0.
///
/// | bytes | meaning |
/// |---|---|
/// | 6 | `\x93NUMPY` |
/// | 2 | the version: 1, 2 or 3, and 0 |
/// | 2, or 4 from version 2.0 on | how long the text is, little-endian |
/// | … | `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, blanks, a line feed |
///
/// `descr` is the byte order (`<` little, `>` big, `|` of no account), the kind (`f` a real number, `i`
/// and `u` an integer, `b` a truth) and the bytes of an element. Numbers follow without gaps, the last
/// axis running fastest, in Fortran's order the first. NumPy 2.4, `numpy.lib.format`.
struct NumPyHeader: Hashable {
  var shape: Shape
  var elementType: ElementType
  var isBigEndian = false
  var isFortranOrder = false
  /// Where the numbers begin.
  var byteCount = 0

  /// The longest text that is read; what NumPy writes for the elements read here has 150 bytes at most.
  static let textLimit = 65_536
}

// MARK: - Reading

extension NumPyHeader {
  /// Reads the header of a file, and compares the size of the file with it.
  init(of bytes: FileBytes) throws(FormatError) {
    let start = bytes.copy(0..<min(bytes.byteCount, 12))
    guard start.starts(with: FileSignature.numPyMagic) else {
      throw bytes.error("expected an array of NumPy, found something else")
    }
    guard start.count >= 10 else { throw bytes.error("cut short in its header") }
    let major = start[6]
    guard (1...3).contains(major), start[7] == 0 else {
      throw bytes.error(
        "expected format version 1.0, 2.0 or 3.0 of arrays, found \(major).\(start[7])")
    }
    let lengthEnd = major == 1 ? 10 : 12
    guard start.count >= lengthEnd else { throw bytes.error("cut short in its header") }
    let length = start[8..<lengthEnd].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= NumPyHeader.textLimit else {
      throw bytes.error(
        "expected a header of at most \(NumPyHeader.textLimit) bytes, found \(length)")
    }
    guard length <= bytes.byteCount - lengthEnd else {
      throw bytes.error("cut short in its header")
    }
    do throws(LiteralScanner.Problem) {
      try self.init(text: bytes.copy(lengthEnd..<lengthEnd + length))
    } catch {
      throw bytes.error(error.words)
    }
    byteCount = lengthEnd + length
    // At most 2^41 elements of 8 bytes: nothing overflows.
    let expected = shape.count * elementType.byteCount
    guard bytes.byteCount - byteCount == expected else {
      throw bytes.error(
        "expected \(expected) bytes for \(elementType.rawValue) \(shape), found "
          + "\(bytes.byteCount - byteCount)")
    }
  }

  private init(text: [UInt8]) throws(LiteralScanner.Problem) {
    var scanner = LiteralScanner(text)
    var descriptor: (type: ElementType, isBigEndian: Bool)?
    var order: Bool?
    var shape: Shape?
    try scanner.take("{")
    while !scanner.takeIf("}") {
      let key = scanner
      switch try scanner.string() {
      case NumPyHeader.descriptorKey where descriptor == nil:
        try scanner.take(":")
        descriptor = try NumPyHeader.descriptor(&scanner)
      case NumPyHeader.orderKey where order == nil:
        try scanner.take(":")
        order = try scanner.truth()
      case NumPyHeader.shapeKey where shape == nil:
        try scanner.take(":")
        shape = try NumPyHeader.shape(&scanner)
      default:
        throw key.problem("each of 'descr', 'fortran_order' and 'shape' once")
      }
      if scanner.takeIf(",") { continue }
      try scanner.take("}")
      break
    }
    try scanner.finish()
    guard let descriptor, let order, let shape else {
      throw scanner.problem("'descr', 'fortran_order' and 'shape'")
    }
    self.init(
      shape: shape, elementType: descriptor.type, isBigEndian: descriptor.isBigEndian,
      isFortranOrder: order)
  }

  private static func shape(
    _ scanner: inout LiteralScanner
  ) throws(LiteralScanner.Problem) -> Shape {
    let extents = try scanner.tuple(limit: Shape.maximumRank)
    do {
      return try Shape(checking: extents)
    } catch {
      throw LiteralScanner.Problem(words: "\(error)")
    }
  }

  private static func descriptor(
    _ scanner: inout LiteralScanner
  ) throws(LiteralScanner.Problem) -> (type: ElementType, isBigEndian: Bool) {
    guard scanner.peek != UInt8(ascii: "[") else {
      throw LiteralScanner.Problem(words: "expected numbers, found a structured type")
    }
    let text = try scanner.string()
    let order = text.first
    let type = String(text.dropFirst())
    guard let order, "<>|".contains(order), let type = types[type] else {
      throw LiteralScanner.Problem(words: "expected numbers, found \(words(for: text))")
    }
    guard order != "|" || type.byteCount == 1 else {
      throw LiteralScanner.Problem(
        words: "expected < or > before a type of \(type.byteCount) bytes, found '\(text)'")
    }
    return (type, order == ">")
  }

  private static let types: [String: ElementType] = [
    "f2": .float16, "f4": .float32, "f8": .float64, "b1": .bool,
    "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
    "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64,
  ]

  /// What a type that is not read is called.
  private static func words(for descriptor: String) -> String {
    let kind = descriptor.first { !"<>|=".contains($0) }
    let name: String? =
      switch kind {
      case "O": "objects, which are pickled code"
      case "V": "raw bytes or a structured type"
      case "S", "a": "byte strings"
      case "U": "strings"
      case "c": "complex numbers"
      case "f": "real numbers of an unusual size"
      case "M", "m": "dates or durations"
      default: nil
      }
    return name.map { "\($0) ('\(descriptor)')" } ?? "'\(descriptor)'"
  }
}

// MARK: - Writing

extension NumPyHeader {
  private static let descriptorKey = "descr"
  private static let orderKey = "fortran_order"
  private static let shapeKey = "shape"

  /// The header as NumPy writes it, with the numbers beginning at a multiple of 64, and with room for
  /// any number of rows, so that it can be written anew when their number is known.
  ///
  /// - Precondition: numbers are little-endian in C's order.
  func encoded() -> [UInt8] {
    precondition(!isBigEndian && !isFortranOrder, "only the usual order is written")
    let extents = shape.dimensions.map(String.init)
    let tuple = extents.count == 1 ? "(\(extents[0]),)" : "(\(extents.joined(separator: ", ")))"
    var text =
      "{'\(NumPyHeader.descriptorKey)': '\(NumPyHeader.descriptor(of: elementType))', "
      + "'\(NumPyHeader.orderKey)': False, '\(NumPyHeader.shapeKey)': \(tuple), }"
    // NumPy leaves room for 21 digits.
    if let rows = extents.first { text += String(repeating: " ", count: max(21 - rows.count, 0)) }
    // Magic, version and length take 10 bytes, the line feed one.
    let used = 10 + text.utf8.count + 1
    text += String(repeating: " ", count: 64 - used % 64) + "\n"
    let length = text.utf8.count
    return FileSignature.numPyMagic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
      + Array(text.utf8)
  }

  private static func descriptor(of type: ElementType) -> String {
    let name = types.first { $0.value == type }?.key
    guard let name else { preconditionFailure("NumPy has no \(type)") }
    return (type.byteCount == 1 ? "|" : "<") + name
  }
}
