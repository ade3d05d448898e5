import CHDF5

/// A foreign dataset or attribute as the library reads it: its elements, unpacked.
struct ForeignSource {
  /// What was read.
  enum Content {
    case numbers(Datatype, [UInt8])
    /// Text in fields of one size, filled up with zeros.
    case fields(byteCount: Int, [UInt8])
    /// Texts of any length one after the other, and where each one ends.
    case texts([UInt8], ends: [Int64])
    /// Nothing, and why.
    case nothing(String)
  }

  /// What is read from.
  enum Kind { case dataset, attribute }

  let kind: Kind
  let handle: Handle
  let place: Place
  let type: ForeignType

  /// The extents; nil where there are no elements, not even one.
  let shape: [Int]?

  private let element: Handle
  private let space: Handle

  /// Takes over an open dataset or attribute and looks at its type and shape.
  init(_ kind: Kind, _ handle: Handle, at place: Place) throws(HDF5Error) {
    self.kind = kind
    self.handle = handle
    self.place = place
    element = try Handle(.datatype, "read the type", at: place) { h5 in
      kind == .dataset ? h5.H5Dget_type(handle.id) : h5.H5Aget_type(handle.id)
    }
    type = try ForeignType(recognising: element, at: place)
    space = try Handle(.dataspace, "read the shape", at: place) { h5 in
      kind == .dataset ? h5.H5Dget_space(handle.id) : h5.H5Aget_space(handle.id)
    }
    let (id, operation) = (space.id, "read the shape")
    let form = try Library.call(operation, at: place) { $0.H5Sget_simple_extent_type(id).rawValue }
    shape =
      H5S_class_t(form) == H5S_NULL ? nil : try Dataspace.shape(of: space, at: place)
  }

  /// The bytes of all elements as they are stored, references to text among them.
  func storedByteCount() throws(HDF5Error) -> Int { try byteCount(of: type.storedByteCount) }

  /// The bytes of all elements as they are read; of texts of any length, those that are known now.
  func byteCount() throws(HDF5Error) -> Int {
    if case .numbers(let datatype) = type.reading { return try byteCount(of: datatype.byteCount) }
    return try storedByteCount()
  }

  private func byteCount(of element: Int) throws(HDF5Error) -> Int {
    try Dataset.byteCount(type: .text(byteCount: element), shape: shape ?? [0], at: place)
  }
}

// MARK: - Reading

extension ForeignSource {
  /// Reads all elements, after their size has been checked.
  ///
  /// - Parameter budget: the bytes that texts of any length may take.
  func read(budget: Int) throws(HDF5Error) -> Content {
    guard shape != nil else { return .nothing("an empty dataspace") }
    let count = try byteCount()
    switch type.reading {
    case .nothing: return .nothing(type.description)
    case .numbers(let datatype):
      return .numbers(datatype, try bytes(count, as: datatype.makeHandle(at: place)))
    case .asStored(let datatype):
      return .numbers(datatype, try bytes(count, as: element))
    case .text(let width, let padding):
      return fields(try bytes(count, as: element), width: width, padding: padding)
    case .variableText(let characters):
      return try texts(count: count / type.storedByteCount, characters, budget: budget)
    }
  }

  private func bytes(_ count: Int, as type: Handle) throws(HDF5Error) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard count > 0 else { return bytes }
    try Library.call("read", at: place) { h5 in
      bytes.withUnsafeMutableBytes { read(h5, as: type, into: $0.baseAddress) }
    }
    return bytes
  }

  private func read(
    _ h5: nn_hdf5, as type: Handle, into memory: UnsafeMutableRawPointer?
  ) -> herr_t {
    switch kind {
    case .attribute: h5.H5Aread(handle.id, type.id, memory)
    case .dataset:
      h5.H5Dread(
        handle.id, type.id, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), memory)
    }
  }

  /// Fields whose text ends where its padding begins, filled up with zeros instead.
  private func fields(_ bytes: [UInt8], width: Int, padding: H5T_str_t) -> Content {
    var bytes = bytes
    for start in stride(from: 0, to: bytes.count, by: width) {
      let field = bytes[start..<start + width]
      let end =
        switch padding {
        case H5T_STR_NULLTERM: field.firstIndex(of: 0) ?? field.endIndex
        case H5T_STR_SPACEPAD: field.lastIndex { $0 != 0x20 && $0 != 0 }.map { $0 + 1 } ?? start
        default: field.lastIndex { $0 != 0 }.map { $0 + 1 } ?? start
        }
      let text = field[..<end]
      guard String(validating: text, as: UTF8.self) != nil else {
        return .nothing("text that is not UTF-8")
      }
      guard !text.contains(0) else { return .nothing("text with U+0000 in it") }
      for index in end..<start + width { bytes[index] = 0 }
    }
    return .fields(byteCount: width, bytes)
  }

  /// Texts that each lie somewhere in the file; the library allocates them one by one.
  private func texts(
    count: Int, _ characters: H5T_cset_t, budget: Int
  ) throws(HDF5Error) -> Content {
    guard count > 0 else { return .texts([], ends: []) }
    let memory = try Handle(.datatype, "make a text type", at: place) { $0.H5Tcopy($0.string) }
    try Library.call("make a text type", at: place) { h5 in
      h5.H5Tset_size(memory.id, nn_hdf5_variable)
    }
    try Library.call("make a text type", at: place) { $0.H5Tset_cset(memory.id, characters) }
    var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    try Library.call("read", at: place) { h5 in
      pointers.withUnsafeMutableBytes { read(h5, as: memory, into: $0.baseAddress) }
    }
    var (bytes, ends): ([UInt8], [Int64]) = ([], [])
    var (isText, isWithin) = (true, true)
    for pointer in pointers {
      if let pointer {
        let text = UnsafeBufferPointer(start: pointer, count: strlen(pointer))
        isWithin = isWithin && text.count <= budget - bytes.count
        if isWithin {
          bytes += UnsafeRawBufferPointer(text)
          isText = isText && String(validating: bytes[Int(ends.last ?? 0)...], as: UTF8.self) != nil
        }
      }
      ends.append(Int64(bytes.count))
    }
    try Library.call("read", at: place) { h5 in
      pointers.withUnsafeMutableBytes { bytes in
        h5.H5Dvlen_reclaim(memory.id, space.id, hid_t(H5P_DEFAULT), bytes.baseAddress)
      }
    }
    guard isWithin else {
      throw HDF5Error(place, .unsupported("expected at most \(budget) bytes of text, found more"))
    }
    return isText ? .texts(bytes, ends: ends) : .nothing("text that is not UTF-8")
  }
}
