/// Text as it is stored: UTF-8, then zeros up to the size of its field.
package enum StoredText {
  /// The bytes of a text. An empty text is one zero, since HDF5 has no field of no bytes.
  package static func bytes(of text: String, at place: Place) throws(HDF5Error) -> [UInt8] {
    let bytes = Array(text.utf8)
    guard !bytes.contains(0) else {
      throw HDF5Error(place, .wrongType(expected: "text", found: "text with U+0000 in it"))
    }
    return bytes.isEmpty ? [0] : bytes
  }

  /// The text of a field.
  ///
  /// - Throws: ``HDF5Error/Reason/damaged(_:)`` when the bytes are not UTF-8, or go on after a
  ///   zero.
  static func text(of field: ArraySlice<UInt8>, at place: Place) throws(HDF5Error) -> String {
    let end = field.firstIndex(of: 0) ?? field.endIndex
    guard field[end...].allSatisfy({ $0 == 0 }) else {
      throw HDF5Error(place, .damaged("text goes on after its end"))
    }
    guard let text = String(validating: field[..<end], as: UTF8.self) else {
      throw HDF5Error(place, .damaged("text is not valid UTF-8"))
    }
    return text
  }
}
