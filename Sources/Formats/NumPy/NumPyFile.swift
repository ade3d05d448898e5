import Tensors

/// The arrays of a `.npz` archive by name, or the one array of a `.npy` file, whatever the file is
/// called.
package final class NumPyFile {
  /// The file as it was named, for messages.
  package let file: String

  /// The names of the arrays in the order of the file; none for a `.npy` file, whose array has none.
  package let names: [String]

  /// The members of an archive that are no arrays.
  package let others: [String]

  private let archive: ZipArchive?
  /// How many bytes may still be unpacked.
  private var room: Int
  private let single: NumPyArray?

  /// Opens a file; "-" is standard input, where that is a file. Numbers are read when an array is
  /// asked for.
  ///
  /// - Throws: ``FormatError``.
  package convenience init(path: String) throws(FormatError) {
    try self.init(FileBytes(path: path))
  }

  /// The same for bytes that are at hand.
  ///
  /// - Parameter limit: how many bytes of an archive may be unpacked, of all arrays together.
  package init(
    _ bytes: FileBytes, limit: Int = ZipArchive.usualLimit
  ) throws(FormatError) {
    room = limit
    file = bytes.file
    if FileSignature(of: bytes.copy(0..<min(bytes.byteCount, 6))) == .numPy {
      single = try NumPyArray(bytes)
      archive = nil
      names = []
      others = []
      return
    }
    let archive = try ZipArchive(bytes)
    self.archive = archive
    single = nil
    let members = archive.members.filter { !$0.isFolder }.map(\.name)
    names = members.filter { $0.hasSuffix(NumPyFile.suffix) }
      .map { String($0.dropLast(NumPyFile.suffix.count)) }
    others = members.filter { !$0.hasSuffix(NumPyFile.suffix) }
    guard !names.isEmpty || others.isEmpty else {
      throw bytes.error(
        "expected arrays of NumPy, found a zip archive or a spreadsheet; save it as CSV")
    }
  }

  /// What the name of an array has behind it in an archive.
  private static let suffix = ".npy"

  /// The member of an archive that holds the array of a name.
  package static func member(ofArray name: String) -> String { name + suffix }

  /// The array of a `.npy` file, which has no name; nil for an archive.
  package var onlyArray: NumPyArray? { single }

  /// The array of a name, unpacked into memory; nil when the file has none of that name.
  ///
  /// - Throws: ``FormatError`` when it is damaged, too large or no array of numbers.
  package func array(named name: String) throws(FormatError) -> NumPyArray? {
    guard let archive, let member = archive[NumPyFile.member(ofArray: name)] else { return nil }
    let bytes = try archive.bytes(of: member, limit: room)
    room -= bytes.byteCount
    return try NumPyArray(bytes)
  }
}
