import CHDF5

/// A short fact about a group or dataset.
package enum Attribute: Hashable, Sendable {
  case text(String)
  case texts([String])
  case integer(Int64)
  case integers([Int64])
  case number(Double)
  case numbers([Double])
}

/// A group or dataset, which can have attributes.
package protocol AttributeOwner {
  /// The object, for messages.
  var place: Place { get }
}

/// The largest attribute in bytes; longer facts are datasets. HDF5 itself ends at 64 KiB.
let largestAttribute = 32 << 10

/// The largest number of attributes of one object: beyond it HDF5 moves them all to a structure
/// without checksums.
let mostAttributes = 8

extension Group: AttributeOwner {
  /// The names of all attributes, by name.
  package func attributeNames() throws(HDF5Error) -> [String] {
    try Attribute.names(of: handle, at: place)
  }

  /// An attribute's value.
  package func attribute(_ name: String) throws(HDF5Error) -> Attribute {
    try Attribute(reading: name, of: handle, at: place)
  }

  /// Adds an attribute.
  package func setAttribute(_ name: String, _ value: Attribute) throws(HDF5Error) {
    try value.write(name, of: handle, at: place, in: context)
  }
}

extension Dataset: AttributeOwner {
  /// The names of all attributes, by name.
  package func attributeNames() throws(HDF5Error) -> [String] {
    try Attribute.names(of: handle, at: place)
  }

  /// An attribute's value.
  package func attribute(_ name: String) throws(HDF5Error) -> Attribute {
    try Attribute(reading: name, of: handle, at: place)
  }

  /// Adds an attribute.
  package func setAttribute(_ name: String, _ value: Attribute) throws(HDF5Error) {
    try value.write(name, of: handle, at: place, in: context)
  }
}

// MARK: - Coding

extension Attribute {
  /// The type, shape and bytes that store this value.
  ///
  /// Integers are stored with 8 bytes, numbers as float64, and texts with the bytes of the longest.
  func encoded(
    at place: Place
  ) throws(HDF5Error) -> (type: Datatype, shape: [Int], bytes: [UInt8]) {
    switch self {
    case .text(let text):
      let bytes = try StoredText.bytes(of: text, at: place)
      return (.text(byteCount: bytes.count), [], bytes)
    case .texts(let texts):
      let width = texts.map(\.utf8.count).max().map { max($0, 1) } ?? 1
      var bytes: [UInt8] = []
      for text in texts {
        let field = try StoredText.bytes(of: text, at: place)
        bytes += field + [UInt8](repeating: 0, count: width - field.count)
      }
      return (.text(byteCount: width), [texts.count], bytes)
    case .integer(let value):
      return (.int64, [], Attribute.littleEndian([UInt64(bitPattern: value)]))
    case .integers(let values):
      let words = values.map { UInt64(bitPattern: $0) }
      return (.int64, [values.count], Attribute.littleEndian(words))
    case .number(let value):
      return (.float64, [], Attribute.littleEndian([value.bitPattern]))
    case .numbers(let values):
      return (.float64, [values.count], Attribute.littleEndian(values.map(\.bitPattern)))
    }
  }

  /// The value of stored bytes, of any width of number.
  ///
  /// - Throws: ``HDF5Error`` for more than one axis, and for integers beyond `Int64`.
  init(
    type: Datatype, shape: [Int], bytes: [UInt8], at place: Place
  ) throws(HDF5Error) {
    guard shape.count <= 1 else {
      throw HDF5Error(place, .wrongType(expected: "a value or a list", found: "shape \(shape)"))
    }
    let isScalar = shape.isEmpty
    let width = type.byteCount
    let fields = stride(from: 0, to: bytes.count, by: width).map { bytes[$0..<$0 + width] }
    switch type {
    case .text:
      var texts: [String] = []
      for field in fields { texts.append(try StoredText.text(of: field, at: place)) }
      self = isScalar ? .text(texts[0]) : .texts(texts)
    case .float32, .float64, .float16, .bfloat16:
      let values = fields.map { type.number(bits: Attribute.word($0)) }
      self = isScalar ? .number(values[0]) : .numbers(values)
    default:
      var values: [Int64] = []
      for field in fields {
        values.append(try type.integer(bits: Attribute.word(field), at: place))
      }
      self = isScalar ? .integer(values[0]) : .integers(values)
    }
  }

  private static func littleEndian(_ words: [UInt64]) -> [UInt8] {
    words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  private static func word(_ field: ArraySlice<UInt8>) -> UInt64 {
    field.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension Datatype {
  /// The number that the bits of a floating-point type stand for.
  fileprivate func number(bits: UInt64) -> Double {
    switch self {
    case .float64: Double(bitPattern: bits)
    case .bfloat16: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16))
    case .float16: Datatype.binary16(bits)
    default: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    }
  }

  /// IEEE 754 binary16, computed, since Swift's `Float16` is not on every platform.
  private static func binary16(_ bits: UInt64) -> Double {
    let exponent = Int(bits >> 10 & 0x1f)
    let fraction = Double(bits & 0x3ff)
    let magnitude =
      switch exponent {
      case 0: fraction * 0x1p-24
      case 31: fraction == 0 ? Double.infinity : .nan
      default: Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
      }
    return bits >> 15 & 1 == 0 ? magnitude : -magnitude
  }

  /// The integer that the bits of an integer type stand for.
  fileprivate func integer(bits: UInt64, at place: Place) throws(HDF5Error) -> Int64 {
    switch self {
    case .int8: return Int64(Int8(truncatingIfNeeded: bits))
    case .int16: return Int64(Int16(truncatingIfNeeded: bits))
    case .int32: return Int64(Int32(truncatingIfNeeded: bits))
    case .uint64:
      guard let value = Int64(exactly: bits) else {
        throw HDF5Error(place, .wrongType(expected: "at most \(Int64.max)", found: "\(bits)"))
      }
      return value
    default: return Int64(bitPattern: bits)
    }
  }
}

// MARK: - Through the library

extension Attribute {
  fileprivate static func names(of owner: Handle, at place: Place) throws(HDF5Error) -> [String] {
    var names: [String] = []
    try Library.call("list the attributes", at: place) { h5 in
      var index: hsize_t = 0
      return withUnsafeMutablePointer(to: &names) { names in
        h5.H5Aiterate2(
          owner.id, H5_INDEX_NAME, H5_ITER_INC, &index,
          { _, name, _, context in
            guard let name else { return -1 }
            context?.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
            return 0
          }, names)
      }
    }
    return names
  }

  fileprivate init(
    reading name: String, of owner: Handle, at place: Place
  ) throws(HDF5Error) {
    let words = "read the attribute '\(name)'"
    let isThere = try Library.call(words, at: place) { $0.H5Aexists(owner.id, name) }
    guard isThere > 0 else { throw HDF5Error(place, .missingAttribute(name: name)) }
    let handle = try Handle(.attribute, words, at: place) { h5 in
      h5.H5Aopen(owner.id, name, hid_t(H5P_DEFAULT))
    }
    let element = try Handle(.datatype, words, at: place) { $0.H5Aget_type(handle.id) }
    let type = try Datatype(recognising: element, at: place)
    let space = try Handle(.dataspace, words, at: place) { $0.H5Aget_space(handle.id) }
    let shape = try Dataspace.shape(of: space, at: place)
    let byteCount = try Dataset.byteCount(type: type, shape: shape, at: place)
    guard byteCount <= 64 << 10 else {
      throw HDF5Error(place, .overBudget(needed: UInt64(byteCount), budget: 64 << 10))
    }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    if byteCount > 0 {
      try Library.call(words, at: place) { $0.H5Aread(handle.id, element.id, &bytes) }
    }
    try self.init(type: type, shape: shape, bytes: bytes, at: place)
  }

  fileprivate func write(
    _ name: String, of owner: Handle, at place: Place, in context: FileContext
  ) throws(HDF5Error) {
    let words = "write the attribute '\(name)'"
    let (type, shape, bytes) = try encoded(at: place)
    guard bytes.count <= largestAttribute else {
      let (needed, budget) = (UInt64(bytes.count), UInt64(largestAttribute))
      throw HDF5Error(place, .overBudget(needed: needed, budget: budget))
    }
    guard try Attribute.names(of: owner, at: place).count < mostAttributes else {
      throw HDF5Error(place, .unsupported("expected at most \(mostAttributes) attributes"))
    }
    let element = try type.makeHandle(at: place)
    let space = try Dataspace.make(shape: shape, at: place)
    let handle = try Handle(.attribute, words, at: place) { h5 in
      h5.H5Acreate2(
        owner.id, name, element.id, space.id, context.lists.attributeCreation.id,
        hid_t(H5P_DEFAULT))
    }
    if !bytes.isEmpty {
      try Library.call(words, at: place) { $0.H5Awrite(handle.id, element.id, bytes) }
    }
    try handle.close()
  }
}
