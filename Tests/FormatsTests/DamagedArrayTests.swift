import Foundation
import Testing

@testable import Formats

@Suite("Arrays that are refused")
struct DamagedArrayTests {
  @Test("Every damaged or hostile file gets one clear line", arguments: messages)
  func damaged(name: String, expected: String) throws {
    let words = message {
      let file = try NumPyFile(path: fixture("damaged/arrays/\(name)"))
      for name in file.names { _ = try file.array(named: name)?.tensor() }
    }
    #expect(words == "\(name): \(expected)")
  }

  @Test("Every file of the folder is among them")
  func all() throws {
    let folder = fixture("damaged/arrays")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.contains(".np") }
    #expect(Set(names) == Set(messages.map(\.name)))
  }

  @Test("A file that is not there, a folder, an empty file and another file say so")
  func noArrays() throws {
    let folder = try Folder()
    try folder.write([], to: "empty")
    try folder.write(Array("a,b\n1,2\n".utf8), to: "table.csv")
    func words(_ name: String) -> String { message { _ = try NumPyFile(path: folder.path(name)) } }
    #expect(words("absent") == "absent: no such file")
    #expect(words("").hasSuffix(": expected a file, found a folder"))
    #expect(words("empty") == "empty: expected a zip archive, found something else")
    #expect(words("table.csv") == "table.csv: expected a zip archive, found something else")
    for name in ["absent", "", "empty", "table.csv"] {
      #expect(FileSignature(ofFile: folder.path(name)) == nil)
    }
    #expect(FileSignature(ofFile: fixture("arrays/vector.npy")) == .numPy)
    #expect(FileSignature(ofFile: fixture("arrays/types.npz")) == .zip)
  }

  @Test("A changed byte or a cut gives an error or other numbers, and never more")
  func everyByte() throws {
    for name in ["version_1.npy", "version_3.npy", "small.npz"] {
      let bytes = name == "small.npz" ? try smallArchive() : try contentsOf("arrays/\(name)")
      let whole = try contents(bytes)
      var changed = bytes
      var refused = 0
      for place in bytes.indices {
        for mask in [1, 2, 4, 8, 16, 32, 64, 128, 255] as [UInt8] {
          changed[place] = bytes[place] ^ mask
          do { _ = try contents(changed) } catch is FormatError { refused += 1 }
        }
        changed[place] = bytes[place]
        // What is cut short is never read, for an archive ends with its directory.
        #expect(throws: FormatError.self) { _ = try contents(Array(bytes.prefix(place))) }
      }
      #expect(refused > bytes.count)
      #expect(try contents(changed) == whole)
    }
  }

  /// An archive of a stored and a deflated array.
  private func smallArchive() throws -> [UInt8] {
    let folder = try Folder()
    let array = try contentsOf("arrays/vector.npy")
    let writer = try ZipWriter(creating: folder.path("a.npz"), named: "a.npz")
    try writer.add("a.npy", FileBytes(array, file: "a"))
    try writer.add("b.npy", FileBytes(array, file: "b"), packing: .deflated)
    try writer.close()
    return try folder.bytes("a.npz")
  }

  private func contentsOf(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: fixture(name))))
  }
}

/// What each file of `Fixtures/damaged/arrays` gets.
private let messages: [(name: String, expected: String)] = [
  ("absolute.npz", "/x.npy: the name of a member must not lead out of the archive"),
  ("backslash.npz", "..\\x.npy: the name of a member must not lead out of the archive"),
  ("bomb.npz", "x.npy: declares 1073741824 bytes, which its 2 packed bytes cannot hold"),
  ("bytes.npy", "expected numbers, found byte strings ('|S2')"),
  ("bzip2.npz", "x.npy: expected a member that is stored or deflated, found packing method 12"),
  ("checksum.npz", "x.npy: damaged: CRC error"),
  ("code.npy", "damaged header: expected a text in quotes at byte 10"),
  ("complex.npy", "expected numbers, found complex numbers ('<c8')"),
  (
    "cut_archive.npz",
    "cannot be read as a zip archive, it is damaged or cut short: not a zip archive"
  ),
  ("cut_in_header.npy", "cut short in its header"),
  ("cut_in_start.npy", "cut short in its header"),
  ("cut_short.npy", "expected 24 bytes for float32 [2, 3], found 23"),
  ("dates.npy", "expected numbers, found dates or durations ('<M8[s]')"),
  ("drive.npz", "C:x.npy: the name of a member must not lead out of the archive"),
  ("duplicate.npz", "x.npy: two members have this name"),
  ("encrypted.npz", "x.npy: the member is encrypted; unpack the archive with its password first"),
  ("flipped.npz", "x.npy: damaged: CRC error"),
  ("huge.npy", "expected 4398046511104 bytes for float32 [1099511627776], found 0"),
  ("key_missing.npy", "damaged header: expected 'descr', 'fortran_order' and 'shape' at byte 33"),
  ("long_double.npy", "expected numbers, found real numbers of an unusual size ('<f16')"),
  ("long_header.npy", "expected a header of at most 65536 bytes, found 70001"),
  ("more_behind.npy", "damaged header: expected the end at byte 58"),
  ("more_than_declared.npz", "x.npy: damaged: CRC error"),
  (
    "negative.npy",
    "damaged header: expected a whole number from 0 to 9223372036854775807 at byte 51"
  ),
  ("nine_axes.npy", "damaged header: expected at most 8 numbers at byte 75"),
  ("no_tuple.npy", "damaged header: expected ',' at byte 52"),
  ("object_inside.npz", "x.npy: expected numbers, found objects, which are pickled code ('|O')"),
  ("objects.npy", "expected numbers, found objects, which are pickled code ('|O')"),
  ("order_unknown.npy", "expected < or > before a type of 4 bytes, found '|f4'"),
  (
    "overflow.npy",
    "expected at most 2^41 elements, found [4611686018427387904, 4611686018427387904]"
  ),
  (
    "overlapping.npz",
    "c.npy: it and those before take more bytes than the archive has; members lie "
      + "over each other"
  ),
  ("parent.npz", "../x.npy: the name of a member must not lead out of the archive"),
  ("raw.npy", "expected numbers, found raw bytes or a structured type ('|V2')"),
  (
    "spreadsheet.npz",
    "expected arrays of NumPy, found a zip archive or a spreadsheet; save it as CSV"
  ),
  ("strings.npy", "expected numbers, found strings ('<U2')"),
  ("structured.npy", "expected numbers, found a structured type"),
  ("too_long.npy", "expected 24 bytes for float32 [2, 3], found 25"),
  (
    "twice.npy",
    "damaged header: expected each of 'descr', 'fortran_order' and 'shape' once at "
      + "byte 16"
  ),
  ("version_9.npy", "expected format version 1.0, 2.0 or 3.0 of arrays, found 9.0"),
]
