import Foundation
import Tensors
import Testing

@testable import Formats

@Suite("Writing arrays and archives")
struct WritingTests {
  private func write(_ tensor: Tensor, in folder: Folder, as name: String) throws {
    let writer = try NumPyWriter(
      creating: folder.path(name), row: tensor.shape.droppingFirst, named: name)
    // In pieces, for the number of rows is known at the end.
    let half = tensor.shape[0] / 2
    for rows in [0..<half, half..<tensor.shape[0]] {
      try tensor.withView { try writer.append($0.rows(rows)) }
    }
    try writer.finish()
  }

  @Test("An array has the very bytes that NumPy writes", arguments: ["vector", "version_1"])
  func sameBytes(name: String) throws {
    let folder = try Folder()
    let expected = try Data(contentsOf: URL(fileURLWithPath: fixture("arrays/\(name).npy")))
    let array = try NumPyArray(path: fixture("arrays/\(name).npy"))
    try write(array.tensor(), in: folder, as: "out.npy")
    #expect(try folder.bytes("out.npy") == [UInt8](expected))
    #expect(message { try write(array.tensor(), in: folder, as: "out.npy") }.contains("exists"))
  }

  @Test("An empty array keeps its shape")
  func empty() throws {
    let folder = try Folder()
    try write(Tensor(zeros: [0, 4]), in: folder, as: "out.npy")
    #expect(
      try folder.bytes("out.npy")
        == [UInt8](Data(contentsOf: URL(fileURLWithPath: fixture("arrays/empty.npy")))))
  }

  @Test("What is written beside a file leaves none, and can be read")
  func beside() throws {
    let folder = try Folder()
    let writer = try NumPyWriter(beside: folder.path("part"), row: [2], named: "out.npz")
    try Tensor(rows: [[1, 2], [3, 4]] as [[Float]]).withView { try writer.append($0) }
    try writer.finish()
    #expect(try folder.names().isEmpty)
    #expect(try NumPyArray(writer.bytes()).tensor().doubles() == [1, 2, 3, 4])
  }

  @Test("An archive is the same whenever it is written, and reads back")
  func archive() throws {
    let folder = try Folder()
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 / 9) }
    for name in ["first.zip", "second.zip"] {
      let writer = try ZipWriter(creating: folder.path(name), named: name)
      try writer.add("stored", FileBytes(bytes, file: name))
      try writer.add("folder/däflated", FileBytes(bytes, file: name), packing: .deflated)
      try writer.add("empty", FileBytes([], file: name))
      try writer.close()
      // Times are stored in steps of two seconds.
      if name == "first.zip" { Thread.sleep(forTimeInterval: 2.1) }
    }
    #expect(try folder.bytes("first.zip") == folder.bytes("second.zip"))
    let archive = try ZipArchive(path: folder.path("first.zip"))
    #expect(archive.members.map(\.name) == ["stored", "folder/däflated", "empty"])
    let packed = try #require(archive["folder/däflated"])
    #expect(packed.byteCount == 5000 && packed.packedByteCount < 1000)
    #expect(try archive.bytes(of: packed).copy(0..<5000) == bytes)
    let stored = try #require(archive["stored"])
    #expect(try archive.bytes(of: stored).copy(0..<5000) == bytes)
    #expect(try archive.bytes(of: #require(archive["empty"])).byteCount == 0)
    #expect(archive["absent"] == nil)
    #expect(
      message { _ = try archive.bytes(of: packed, limit: 4999) }
        == "first.zip: folder/däflated: expected at most 4999 bytes, found 5000")
  }

  @Test("The arrays of an archive share one limit of memory")
  func limit() throws {
    let path = fixture("arrays/types.npz")
    func file() throws -> NumPyFile { try NumPyFile(FileBytes(path: path), limit: 700) }
    let first = try file()
    #expect(try first.array(named: "float64_big_c")?.rows == 3)
    #expect(
      message { _ = try first.array(named: "float64_little_c") }
        == "types.npz: float64_little_c.npy: expected at most 332 bytes, found 368")
    #expect(try file().array(named: "float64_little_c")?.rows == 3)
  }

  @Test("An archive that is not closed leaves no file, nor one in a place that is taken")
  func notClosed() throws {
    let folder = try Folder()
    do {
      let writer = try ZipWriter(creating: folder.path("a.zip"), named: "a.zip")
      try writer.add("a", FileBytes([1], file: "a"))
    }
    #expect(try folder.names().isEmpty)
    try folder.write([1], to: "b.zip")
    #expect(
      message { _ = try ZipWriter(creating: folder.path("b.zip"), named: "b.zip") }
        .hasPrefix("b.zip: cannot be written: "))
    #expect(try folder.bytes("b.zip") == [1])
  }
}
