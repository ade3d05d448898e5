import CHDF5

/// How one element of a dataset is stored, always little-endian.
package enum Datatype: Hashable, Sendable {
  case float16, bfloat16, float32, float64
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  /// One byte, 0 or 1: an enumeration of FALSE and TRUE over int8, as h5py stores truth values.
  case bool
  /// UTF-8 of a fixed number of bytes, filled up with zeros.
  case text(byteCount: Int)

  /// The number of bytes of one element.
  package var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    case .text(let byteCount): byteCount
    }
  }

  /// Whether elements are real numbers.
  package var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }

  /// Every type that is a number or a truth value.
  package static let numbers: [Datatype] = [
    .float16, .bfloat16, .float32, .float64, .int8, .int16, .int32, .int64, .uint8, .uint16,
    .uint32, .uint64, .bool,
  ]
}

extension Datatype: CustomStringConvertible {
  package var description: String {
    switch self {
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .float32: "float32"
    case .float64: "float64"
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .uint8: "uint8"
    case .uint16: "uint16"
    case .uint32: "uint32"
    case .uint64: "uint64"
    case .bool: "bool"
    case .text(let byteCount): "text of \(byteCount) bytes"
    }
  }
}

/// Where the parts of a floating-point number lie in its bits, counted from the lowest.
struct FloatLayout: Hashable {
  let byteCount: Int
  let signPosition: Int
  let exponentPosition: Int
  let exponentWidth: Int
  let mantissaWidth: Int
  let bias: Int

  /// The layouts that have a ``Datatype``: IEEE 754 binary16, 32 and 64, and the upper half of
  /// binary32.
  static let known: [(Datatype, FloatLayout)] = [
    (.float16, FloatLayout(exponentWidth: 5, mantissaWidth: 10)),
    (.bfloat16, FloatLayout(exponentWidth: 8, mantissaWidth: 7)),
    (.float32, FloatLayout(exponentWidth: 8, mantissaWidth: 23)),
    (.float64, FloatLayout(exponentWidth: 11, mantissaWidth: 52)),
  ]

  init(
    byteCount: Int, signPosition: Int, exponentPosition: Int, exponentWidth: Int,
    mantissaWidth: Int, bias: Int
  ) {
    self.byteCount = byteCount
    self.signPosition = signPosition
    self.exponentPosition = exponentPosition
    self.exponentWidth = exponentWidth
    self.mantissaWidth = mantissaWidth
    self.bias = bias
  }

  /// Sign, exponent and mantissa side by side, from the highest bit down.
  init(exponentWidth: Int, mantissaWidth: Int) {
    self.init(
      byteCount: (1 + exponentWidth + mantissaWidth) / 8,
      signPosition: exponentWidth + mantissaWidth,
      exponentPosition: mantissaWidth,
      exponentWidth: exponentWidth,
      mantissaWidth: mantissaWidth,
      bias: 1 << (exponentWidth - 1) - 1)
  }

  /// The element type of this layout, if there is one.
  var datatype: Datatype? { FloatLayout.known.first { $0.1 == self }?.0 }
}

// MARK: - As HDF5 knows it

extension Datatype {
  /// A new HDF5 type with this layout.
  func makeHandle(at place: Place) throws(HDF5Error) -> Handle {
    if self == .bool { return try Datatype.makeBool(at: place) }
    let handle = try Handle(.datatype, "make a type", at: place) { h5 in
      h5.H5Tcopy(predefined(in: h5))
    }
    switch self {
    case .text(let byteCount):
      try Library.call("make a text type", at: place) { h5 in
        h5.H5Tset_size(handle.id, max(byteCount, 1))
      }
      try Library.call("make a text type", at: place) { $0.H5Tset_cset(handle.id, H5T_CSET_UTF8) }
      try Library.call("make a text type", at: place) { h5 in
        h5.H5Tset_strpad(handle.id, H5T_STR_NULLPAD)
      }
    case .float16, .bfloat16:
      // HDF5 1.10 has no name for either, but takes any layout. The fields are set before the
      // size, so that they lie within the size at every moment.
      for (type, layout) in FloatLayout.known where type == self {
        try Library.call("make a number type", at: place) { h5 in
          h5.H5Tset_fields(
            handle.id, layout.signPosition, layout.exponentPosition, layout.exponentWidth, 0,
            layout.mantissaWidth)
        }
        try Library.call("make a number type", at: place) { h5 in
          h5.H5Tset_size(handle.id, layout.byteCount)
        }
        try Library.call("make a number type", at: place) { h5 in
          h5.H5Tset_ebias(handle.id, layout.bias)
        }
      }
    default:
      break
    }
    return handle
  }

  /// What HDF5 calls the values of ``bool``.
  static let boolNames = ["FALSE", "TRUE"]

  private static func makeBool(at place: Place) throws(HDF5Error) -> Handle {
    let handle = try Handle(.datatype, "make a truth type", at: place) { h5 in
      h5.H5Tenum_create(h5.int8)
    }
    for (value, name) in boolNames.enumerated() {
      var value = Int8(value)
      try Library.call("make a truth type", at: place) {
        $0.H5Tenum_insert(handle.id, name, &value)
      }
    }
    return handle
  }

  /// Whether a stored enumeration is that of truth values.
  static func isBool(_ type: Handle, size: Int, at place: Place) throws(HDF5Error) -> Bool {
    let words = "recognise the type"
    let count = try Library.call(words, at: place) { $0.H5Tget_nmembers(type.id) }
    guard size == 1, Int(count) == boolNames.count else { return false }
    for (value, name) in boolNames.enumerated() {
      var value = Int8(value)
      var found = [CChar](repeating: 0, count: 8)
      let code = try? Library.call(words, at: place) { h5 in
        h5.H5Tenum_nameof(type.id, &value, &found, found.count)
      }
      guard code != nil, found.prefix(while: { $0 != 0 }).elementsEqual(name.utf8.map(CChar.init))
      else { return false }
    }
    return true
  }

  /// The type of HDF5 that this one is, or is made from.
  private func predefined(in h5: nn_hdf5) -> hid_t {
    switch self {
    case .float16, .bfloat16, .float32: h5.float32
    case .float64: h5.float64
    case .int8, .bool: h5.int8
    case .int16: h5.int16
    case .int32: h5.int32
    case .int64: h5.int64
    case .uint8: h5.uint8
    case .uint16: h5.uint16
    case .uint32: h5.uint32
    case .uint64: h5.uint64
    case .text: h5.string
    }
  }

  /// Recognises a stored type.
  ///
  /// - Throws: ``HDF5Error/Reason/unsupported(_:)`` that names any other type.
  init(recognising type: Handle, at place: Place) throws(HDF5Error) {
    let words = "recognise the type"
    func unsupported(_ found: String) -> HDF5Error {
      HDF5Error(place, .unsupported("expected numbers or fixed-length text, found \(found)"))
    }
    let (id, size) = (type.id, Int(try Library.call(words, at: place) { $0.H5Tget_size(type.id) }))
    let kind = try Library.call(words, at: place) { $0.H5Tget_class(id).rawValue }
    switch H5T_class_t(kind) {
    case H5T_INTEGER, H5T_FLOAT:
      let order = try Library.call(words, at: place) { $0.H5Tget_order(id).rawValue }
      guard H5T_order_t(order) == H5T_ORDER_LE else { throw unsupported("big-endian numbers") }
      let bits = try Library.call(words, at: place) { $0.H5Tget_precision(id) }
      let shift = try Library.call(words, at: place) { $0.H5Tget_offset(id) }
      guard bits == size * 8, shift == 0 else { throw unsupported("numbers with unused bits") }
      if H5T_class_t(kind) == H5T_INTEGER {
        let sign = try Library.call(words, at: place) { $0.H5Tget_sign(id).rawValue }
        guard let type = Datatype.integer(size: size, isSigned: H5T_sign_t(sign) == H5T_SGN_2)
        else { throw unsupported("integers of \(size) bytes") }
        self = type
      } else {
        guard let type = try FloatLayout(reading: type, size: size, at: place).datatype
        else { throw unsupported("floating-point numbers of another layout") }
        self = type
      }
    case H5T_STRING:
      let isVariable = try Library.call(words, at: place) { $0.H5Tis_variable_str(id) }
      guard isVariable == 0 else { throw unsupported("variable-length text") }
      self = .text(byteCount: size)
    case H5T_COMPOUND: throw unsupported("compound values")
    case H5T_ENUM:
      guard try Datatype.isBool(type, size: size, at: place) else {
        throw unsupported("an enumeration")
      }
      self = .bool
    case H5T_REFERENCE: throw unsupported("references")
    case H5T_VLEN: throw unsupported("variable-length lists")
    case H5T_ARRAY: throw unsupported("arrays as elements")
    case H5T_OPAQUE: throw unsupported("opaque bytes")
    case H5T_BITFIELD: throw unsupported("bit fields")
    default: throw unsupported("values of class \(kind)")
    }
  }

  /// The integer type of a size and signedness, if there is one.
  static func integer(size: Int, isSigned: Bool) -> Datatype? {
    switch (size, isSigned) {
    case (1, true): .int8
    case (2, true): .int16
    case (4, true): .int32
    case (8, true): .int64
    case (1, false): .uint8
    case (2, false): .uint16
    case (4, false): .uint32
    case (8, false): .uint64
    default: nil
    }
  }
}

extension FloatLayout {
  /// The layout of a stored floating-point type.
  init(reading type: Handle, size: Int, at place: Place) throws(HDF5Error) {
    var fields = (sign: 0, exponent: 0, exponentWidth: 0, mantissa: 0, mantissaWidth: 0)
    try Library.call("recognise the type", at: place) { h5 in
      h5.H5Tget_fields(
        type.id, &fields.sign, &fields.exponent, &fields.exponentWidth, &fields.mantissa,
        &fields.mantissaWidth)
    }
    let bias = try Library.call("recognise the type", at: place) { $0.H5Tget_ebias(type.id) }
    let norm = try Library.call("recognise the type", at: place) { h5 in
      h5.H5Tget_norm(type.id).rawValue
    }
    let isKnown = fields.mantissa == 0 && H5T_norm_t(norm) == H5T_NORM_IMPLIED
    self.init(
      byteCount: isKnown ? size : 0,
      signPosition: fields.sign,
      exponentPosition: fields.exponent,
      exponentWidth: fields.exponentWidth,
      mantissaWidth: fields.mantissaWidth,
      bias: bias)
  }
}
