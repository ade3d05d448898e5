import Testing

@testable import HDF5

@Suite("Bad files are refused in clear words")
struct RefusalTests {
  @Test(
    "What is no HDF5 file is called what it is",
    arguments: [
      ([UInt8](), "an empty file"),
      (Array("a,b,c\n1,2,3\n".utf8), "text"),
      ([0x50, 0x4b, 0x03, 0x04, 0x14], "a zip archive"),
      ([0x1f, 0x8b, 0x08], "gzip-compressed bytes"),
      ([0x89, 0x48, 0x44], "only the first 3 bytes of one"),
      ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "other bytes"),
    ])
  func otherFormats(bytes: [UInt8], found: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, to: "a.h5")
    #expect(words { _ = try File(reading: path) } == "expected an HDF5 file, found \(found)")
    #expect(words { _ = try NativeFile(reading: path) } == "expected an HDF5 file, found \(found)")
  }

  @Test("A missing file, a folder and a device are told apart")
  func noFile() throws {
    let folder = try TemporaryFolder()
    for (path, message) in [
      (folder.file("none.h5"), "no such file"),
      (folder.path, "expected an HDF5 file, found a folder"),
      ("/dev/null", "expected an HDF5 file, found no regular file"),
    ] {
      #expect(words { _ = try File(reading: path) } == message)
      #expect(words { _ = try NativeFile(reading: path) } == message)
    }
  }

  @Test("A file is created neither over another nor in a folder that is not there")
  func creation() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1], to: "a.h5")
    #expect(
      words { _ = try File(creating: path) } == "cannot create the file: it exists already")
    #expect(
      words { _ = try File(creating: folder.file("b/c.h5")) }
        == "cannot create the file: no such file or directory")
    #expect(try contents(of: path) == [1])
  }

  @Test("A file cut short anywhere is refused or lacks nothing that is read")
  func truncation() throws {
    let folder = try TemporaryFolder()
    try writeSample(to: folder.file("a.h5"))
    let bytes = try contents(of: folder.file("a.h5"))
    for count in [8, 9, 47, 48, 100, 500, bytes.count / 2, bytes.count - 1] {
      let path = try folder.write(Array(bytes.prefix(count)), to: "cut\(count).h5")
      #expect(words { _ = try File(reading: path) }.hasPrefix("cannot open the file: "))
    }
  }

  @Test(
    "Storage outside the file, other types and other links are refused",
    arguments: [
      ("soft_link.h5", "/kernel: expected a dataset, found a soft link"),
      ("external_link.h5", "/kernel: expected a dataset, found an external link"),
      ("external_storage.h5", "/kernel: expected data in this file, found external storage"),
      ("virtual_dataset.h5", "/kernel: expected data in this file, found a virtual dataset"),
      ("unknown_filter.h5", "/kernel: expected deflate, shuffle or fletcher32, found filter 32000"),
      (
        "variable_length.h5",
        "/kernel: expected numbers or fixed-length text, found variable-length text"
      ),
      ("compound.h5", "/kernel: expected numbers or fixed-length text, found compound values"),
      ("big_endian.h5", "/kernel: expected numbers or fixed-length text, found big-endian numbers"),
      ("huge.h5", "/kernel: expected at most 1000000 bytes, found 4398046511104"),
      ("cycle.h5", "/: expected 'kernel', found 'a'"),
    ])
  func attacks(name: String, message: String) throws {
    let file = try File(reading: damagedFixture(name))
    #expect(words { _ = try file.root.dataset("kernel").read(budget: 1_000_000) } == message)
  }

  @Test("A file that begins after a block of its user's own is refused")
  func userBlock() {
    #expect(
      words { _ = try File(reading: damagedFixture("user_block.h5")) }
        == "expected an HDF5 file, found other bytes")
  }

  @Test("An attribute of variable length is refused")
  func variableAttribute() throws {
    let file = try File(reading: damagedFixture("attribute_of_any_length.h5"))
    #expect(
      words { _ = try file.root.dataset("kernel").attribute("note") }
        == "/kernel: expected numbers or fixed-length text, found variable-length text")
  }

  @Test("More bytes than the file has are refused whatever the budget")
  func declaredSize() throws {
    let file = try File(reading: damagedFixture("huge.h5"))
    #expect(
      words { _ = try file.root.dataset("kernel").read(budget: .max) }
        == "/kernel: the file is damaged: 4398046511104 bytes are declared, "
        + "which the file is too short for")
  }

  @Test(
    "A name is one name: paths and dots are refused", arguments: ["", ".", "..", "a/b", "a\0b"])
  func names(name: String) throws {
    let folder = try TemporaryFolder()
    let file = try File(creating: folder.file("a.h5"))
    #expect(throws: HDF5Error.self) { try file.root.createGroup(name) }
    #expect(throws: HDF5Error.self) { try file.root.createText(name, "text") }
    #expect(throws: HDF5Error.self) { try file.root.group(name) }
  }

  @Test("A child that is missing or of another kind is said to be so")
  func children() throws {
    let folder = try TemporaryFolder()
    try writeSample(to: folder.file("a.h5"))
    let file = try File(reading: folder.file("a.h5"))
    #expect(
      words { _ = try file.root.group("graph") } == "/graph: expected a group, found a dataset")
    #expect(
      words { _ = try file.root.dataset("weight") }
        == "/: expected 'weight', found 'graph', 'weights'")
    #expect(
      words { _ = try file.root.dataset("graph").readText(budget: 3) }
        == "/graph: expected at most 3 bytes, found 26")
    #expect(try file.root.kind(of: "weights") == .group)
  }

  @Test("Text with a zero in it is not written")
  func zeroInText() throws {
    let folder = try TemporaryFolder()
    let file = try File(creating: folder.file("a.h5"))
    #expect(
      words { try file.root.createText("t", "a\0b") }
        == "/t: expected text, found text with U+0000 in it")
  }
}
