import CHDF5

/// How the elements of a foreign dataset or attribute are stored, and how they are read.
struct ForeignType {
  /// What the elements become.
  enum Reading {
    /// Numbers of this type, to which the library converts other byte orders and sizes.
    case numbers(Datatype)
    /// Truth values and enumerations, taken byte by byte.
    case asStored(Datatype)
    /// Text of a fixed number of bytes.
    case text(byteCount: Int, padding: H5T_str_t)
    /// Text of any length, each one apart from the others.
    case variableText(characters: H5T_cset_t)
    /// Nothing: elements that have no meaning here.
    case nothing
  }

  let reading: Reading

  /// The bytes of one element as it is stored.
  let storedByteCount: Int

  /// The type in words.
  let description: String
}

extension ForeignType {
  /// Recognises any stored type.
  init(recognising type: Handle, at place: Place) throws(HDF5Error) {
    let words = "recognise the type"
    let id = type.id
    let size = Int(try Library.call(words, at: place) { Int64(clamping: $0.H5Tget_size(id)) })
    guard size > 0 else { throw HDF5Error(place, .damaged("a type of no bytes")) }
    let kind = try Library.call(words, at: place) { $0.H5Tget_class(id).rawValue }
    let reading: Reading
    switch H5T_class_t(kind) {
    case H5T_INTEGER: reading = try ForeignType.integers(type, size: size, at: place)
    case H5T_FLOAT:
      let layout = try FloatLayout(reading: type, size: size, at: place)
      reading = layout.datatype.map { .numbers($0) } ?? .nothing
    case H5T_ENUM: reading = try ForeignType.enumeration(type, size: size, at: place)
    case H5T_STRING:
      let isVariable = try Library.call(words, at: place) { $0.H5Tis_variable_str(id) }
      if isVariable > 0 {
        let characters = try Library.call(words, at: place) { $0.H5Tget_cset(id).rawValue }
        reading = .variableText(characters: H5T_cset_t(characters))
      } else {
        let padding = try Library.call(words, at: place) { $0.H5Tget_strpad(id).rawValue }
        reading = .text(byteCount: size, padding: H5T_str_t(padding))
      }
    default: reading = .nothing
    }
    let order = try ForeignType.order(of: type, class: H5T_class_t(kind), at: place)
    self.init(
      reading: reading, storedByteCount: size,
      description: ForeignType.words(reading, class: H5T_class_t(kind), size: size, order: order))
  }

  /// Integers of up to 8 bytes, read as the next size that is a power of two.
  private static func integers(
    _ type: Handle, size: Int, at place: Place
  ) throws(HDF5Error) -> Reading {
    let sign = try Library.call("recognise the type", at: place) { h5 in
      h5.H5Tget_sign(type.id).rawValue
    }
    let isSigned = H5T_sign_t(sign) == H5T_SGN_2
    let width = [1, 2, 4, 8].first { $0 >= size } ?? size
    return Datatype.integer(size: width, isSigned: isSigned).map { .numbers($0) } ?? .nothing
  }

  /// Truth values, and other enumerations as the integers behind their names.
  private static func enumeration(
    _ type: Handle, size: Int, at place: Place
  ) throws(HDF5Error) -> Reading {
    if try Datatype.isBool(type, size: size, at: place) { return .asStored(.bool) }
    let base = try Handle(.datatype, "recognise the type", at: place) { h5 in
      h5.H5Tget_super(type.id)
    }
    let kind = try Library.call("recognise the type", at: place) { h5 in
      h5.H5Tget_class(base.id).rawValue
    }
    let order = try order(of: base, class: H5T_class_t(kind), at: place)
    guard H5T_class_t(kind) == H5T_INTEGER, size == 1 || order == H5T_ORDER_LE,
      case .numbers(let datatype) = try integers(base, size: size, at: place),
      datatype.byteCount == size
    else { return .nothing }
    return .asStored(datatype)
  }

  private static func order(
    of type: Handle, class kind: H5T_class_t, at place: Place
  ) throws(HDF5Error) -> H5T_order_t {
    guard kind == H5T_INTEGER || kind == H5T_FLOAT else { return H5T_ORDER_NONE }
    let order = try Library.call("recognise the type", at: place) { h5 in
      h5.H5Tget_order(type.id).rawValue
    }
    return H5T_order_t(order)
  }

  private static func words(
    _ reading: Reading, class kind: H5T_class_t, size: Int, order: H5T_order_t
  ) -> String {
    let prefix = order == H5T_ORDER_BE && size > 1 ? "big-endian " : ""
    switch reading {
    case .numbers(let type): return prefix + type.description
    case .asStored(let type): return type == .bool ? "bool" : "enumeration of \(type)"
    case .text(let byteCount, _): return "text of \(byteCount) bytes"
    case .variableText: return "text of any length"
    case .nothing: break
    }
    switch kind {
    case H5T_INTEGER: return "integers of \(size) bytes"
    case H5T_FLOAT: return "floating-point numbers of another layout"
    case H5T_COMPOUND: return "compound values"
    case H5T_ENUM: return "an enumeration"
    case H5T_REFERENCE: return "references"
    case H5T_VLEN: return "variable-length lists"
    case H5T_ARRAY: return "arrays as elements"
    case H5T_OPAQUE: return "opaque bytes"
    case H5T_BITFIELD: return "bit fields"
    default: return "values of class \(kind.rawValue)"
    }
  }
}
