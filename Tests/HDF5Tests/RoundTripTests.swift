import Testing

@testable import HDF5

@Suite("Written files are read back")
struct RoundTripTests {
  @Test("Every number type of every rank comes back bit for bit", arguments: Datatype.numbers)
  func numbers(type: Datatype) throws {
    let folder = try TemporaryFolder()
    let extents = [3, 1, 2, 2, 1, 3, 2, 1]
    let file = try File(creating: folder.file("a.h5"))
    for rank in 0...8 {
      let shape = Array(extents.prefix(rank))
      let bytes = pattern(shape.reduce(type.byteCount, *), seed: rank)
      try file.root.createDataset("r\(rank)", type: type, shape: shape, bytes: bytes.span.bytes)
    }
    try file.close()

    let read = try File(reading: folder.file("a.h5"))
    #expect(try read.root.childNames() == (0...8).map { "r\($0)" })
    for rank in 0...8 {
      let dataset = try read.root.dataset("r\(rank)")
      #expect(dataset.type == type)
      #expect(dataset.shape == Array(extents.prefix(rank)))
      #expect(try dataset.read(budget: 1 << 20) == pattern(dataset.byteCount, seed: rank))
      #expect(try dataset.offset().map { $0 % 64 } == 0)
    }
    try read.close()
  }

  @Test(
    "A dataset without elements has a shape and no place in the file",
    arguments: [
      [0], [0, 3], [4, 0, 2],
    ])
  func empty(shape: [Int]) throws {
    let folder = try TemporaryFolder()
    let file = try File(creating: folder.file("a.h5"))
    try file.root.createDataset(
      "none", type: .float32, shape: shape, bytes: [UInt8]().span.bytes)
    try file.close()
    let dataset = try File(reading: folder.file("a.h5")).root.dataset("none")
    #expect(dataset.shape == shape)
    #expect(try dataset.offset() == nil)
    #expect(try dataset.read(budget: 0) == [])
  }

  @Test(
    "Text comes back as it was",
    arguments: [
      "", "a", "größer als π", "日本語 🦜", "{\"a\":[1,2]}\n", String(repeating: "é", count: 70000),
    ])
  func text(_ text: String) throws {
    let folder = try TemporaryFolder()
    let file = try File(creating: folder.file("a.h5"))
    try file.root.createText("graph", text)
    try file.close()
    let read = try File(reading: folder.file("a.h5"))
    #expect(try read.root.dataset("graph").readText(budget: 1 << 20) == text)
  }

  @Test(
    "Attributes come back with their type",
    arguments: [
      Attribute.text("ää"), .text(""), .texts(["a", "", "longer"]), .texts([]),
      .integer(-3), .integer(.max), .integers([1, 2, 3]), .integers([]),
      .number(0.1), .number(.infinity), .numbers([1.5, -2]),
    ])
  func attributes(value: Attribute) throws {
    let folder = try TemporaryFolder()
    let file = try File(creating: folder.file("a.h5"))
    try file.root.setAttribute("ä", value)
    let group = try file.root.createGroup("g")
    try group.setAttribute("x", value)
    try file.close()
    let read = try File(reading: folder.file("a.h5"))
    #expect(try read.root.attribute("ä") == value)
    #expect(try read.root.group("g").attribute("x") == value)
    #expect(try read.root.attributeNames() == ["ä"])
    #expect(throws: HDF5Error.self) { try read.root.attribute("absent") }
  }

  @Test("An object takes eight attributes and refuses a ninth")
  func attributeCount() throws {
    let folder = try TemporaryFolder()
    let file = try File(creating: folder.file("a.h5"))
    for index in 0..<8 { try file.root.setAttribute("a\(index)", .integer(Int64(index))) }
    #expect(
      words { try file.root.setAttribute("a8", .integer(8)) }
        == "/: expected at most 8 attributes")
  }

  @Test("A group of a thousand children keeps their order")
  func manyChildren() throws {
    let folder = try TemporaryFolder()
    let names = (0..<1000).map { "tensor_\($0 * 7919 % 1000)" }
    let file = try File(creating: folder.file("a.h5"))
    let group = try file.root.createGroup(
      "weights", expectedCount: names.count, expectedNameLength: 10)
    for name in names {
      try group.createDataset(name, type: .uint8, shape: [3], bytes: pattern(3).span.bytes)
    }
    try file.close()
    let read = try File(reading: folder.file("a.h5")).root.group("weights")
    #expect(try read.childNames() == names)
    #expect(try read.dataset("tensor_7").read(budget: 3) == pattern(3))
  }

  @Test("The same content written twice is the same file, byte for byte")
  func sameBytes() throws {
    let folder = try TemporaryFolder()
    try writeSample(to: folder.file("a.h5"))
    try writeSample(to: folder.file("b.h5"))
    let bytes = try contents(of: folder.file("a.h5"))
    #expect(try contents(of: folder.file("b.h5")) == bytes)
    try writeSample(to: folder.file("c.h5"), note: "kleiner")
    #expect(try contents(of: folder.file("c.h5")) != bytes)
  }

  @Test("Files are written and read on many threads at once")
  func threads() async throws {
    let folder = try TemporaryFolder()
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<16 {
        let path = folder.file("\(index).h5")
        group.addTask {
          try writeSample(to: path)
          let file = try File(reading: path)
          let bytes = try file.root.dataset(at: "weights/float32").read(budget: 1000)
          #expect(throws: HDF5Error.self) { try file.root.dataset("absent") }
          return bytes == pattern(60, seed: 2)
        }
      }
      for try await isSame in group { #expect(isSame) }
    }
  }

  @Test("Closing a file writes it out though its groups are still in use")
  func closing() throws {
    let folder = try TemporaryFolder()
    let file = try File(creating: folder.file("a.h5"))
    let group = try file.root.createGroup("g")
    try group.createText("t", "here")
    try file.close()
    try file.close()
    let text = try File(reading: folder.file("a.h5")).root.dataset(at: "g/t")
    #expect(try text.readText(budget: 10) == "here")
    #expect(throws: HDF5Error.self) { try group.createText("u", "too late") }
  }
}
