import Testing

@testable import HDF5

/// Everything that one object of a file is, whoever read it.
private struct Seen: Hashable {
  var attributes: [String: Attribute] = [:]
  var childNames: [String] = []
  var type: Datatype?
  var shape: [Int] = []
  var offset: UInt64?
  var bytes: [UInt8] = []
}

/// All objects of a file by their path, as the native reader sees them.
private func seenNatively(_ path: String) throws -> [String: Seen] {
  var seen: [String: Seen] = [:]
  func visit(_ group: NativeGroup) throws {
    seen[group.place.path] = Seen(attributes: group.attributes, childNames: group.childNames)
    for name in group.childNames {
      switch group.child(name) {
      case .group(let child): try visit(child)
      case .dataset(let child):
        seen[child.place.path] = Seen(
          attributes: child.attributes, type: child.type, shape: child.shape,
          offset: child.range.isEmpty ? nil : UInt64(child.range.lowerBound),
          bytes: child.bytes())
      case nil: Issue.record("\(name) is listed and not there")
      }
    }
  }
  let file = try NativeFile(reading: path)
  try visit(file.root)
  return seen
}

/// All objects of a file by their path, as the HDF5 library sees them.
private func seenByLibrary(_ path: String) throws -> [String: Seen] {
  var seen: [String: Seen] = [:]
  func visit(_ group: Group) throws {
    var one = Seen(childNames: try group.childNames())
    for name in try group.attributeNames() { one.attributes[name] = try group.attribute(name) }
    seen[group.place.path] = one
    for name in one.childNames {
      guard try group.kind(of: name) == .dataset else {
        try visit(group.group(name))
        continue
      }
      let dataset = try group.dataset(name)
      var one = Seen(
        type: dataset.type, shape: dataset.shape, offset: try dataset.offset(),
        bytes: try dataset.read(budget: 1 << 24))
      for name in try dataset.attributeNames() {
        one.attributes[name] = try dataset.attribute(name)
      }
      seen[dataset.place.path] = one
    }
  }
  try visit(File(reading: path).root)
  return seen
}

@Suite("Native files are read without the HDF5 library")
struct NativeFileTests {
  @Test("The native reader sees what the HDF5 library sees", arguments: [0, 1, 7, 8, 9, 300])
  func oracle(childCount: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    let file = try File(creating: path, metadataBlockSize: childCount == 7 ? 2048 : 64 << 10)
    let values: [Attribute] = [
      .text("ää"), .text(""), .texts(["a", "", "longer"]), .texts([]), .integer(.min),
      .integers([1, 2, 3]), .number(-0.1), .numbers([1.5, .infinity]),
    ]
    for (index, value) in values.enumerated() { try file.root.setAttribute("\(index)ö", value) }
    let group = try file.root.createGroup("gewichte größer")
    for index in 0..<childCount {
      let type = Datatype.numbers[index % Datatype.numbers.count]
      let shape = Array([3, 1, 2, 0, 1, 3, 2, 1].prefix(index % 9))
      let bytes = pattern(shape.reduce(type.byteCount, *), seed: index)
      // Names of different lengths, so that a part of a header ends in a gap now and then.
      let name = String(repeating: "n", count: index * 7 % 40) + "\(index)"
      let dataset = try group.createDataset(
        name, type: type, shape: shape, bytes: bytes.span.bytes)
      if index % 5 == 0 {
        for (index, value) in values.enumerated() { try dataset.setAttribute("a\(index)", value) }
      }
    }
    var deep = try file.root.createGroup("deep")
    for level in 0..<20 { deep = try deep.createGroup("level \(level)") }
    try deep.createText("text", String(repeating: "größer ", count: 20000))
    try file.close()

    let native = try seenNatively(path)
    #expect(try native == seenByLibrary(path))
    #expect(native["/"]?.attributes["0ö"] == .text("ää"))
    #expect(native["/gewichte größer"]?.childNames.count == childCount)
  }

  @Test("A group of three thousand children keeps their order")
  func manyChildren() throws {
    let folder = try TemporaryFolder()
    let names = (0..<3_000).map { "tensor_\($0 * 7919 % 3_000)" }
    let file = try File(creating: folder.file("a.h5"))
    let group = try file.root.createGroup(
      "weights", expectedCount: names.count, expectedNameLength: 10)
    for name in names {
      try group.createDataset(name, type: .uint8, shape: [3], bytes: pattern(3).span.bytes)
    }
    try file.close()
    let read = try NativeFile(reading: folder.file("a.h5")).root.group("weights")
    #expect(read.childNames == names)
    #expect(try read.dataset("tensor_7").bytes() == pattern(3))
  }

  @Test("Data is where it is mapped, and outlives the file object")
  func mapping() throws {
    let folder = try TemporaryFolder()
    try writeSample(to: folder.file("a.h5"))
    let dataset = try NativeFile(reading: folder.file("a.h5")).root.dataset(at: "weights/float32")
    #expect(dataset.range.lowerBound % 64 == 0)
    #expect(dataset.type == .float32 && dataset.shape == [3, 5] && dataset.byteCount == 60)
    #expect(dataset.bytes() == pattern(60, seed: 2))
    #expect(try dataset.attribute("layout") == .text("in,out"))
  }

  @Test("A child that is missing or of another kind is said to be so")
  func children() throws {
    let folder = try TemporaryFolder()
    try writeSample(to: folder.file("a.h5"))
    let root = try NativeFile(reading: folder.file("a.h5")).root
    #expect(try root.dataset("graph").text() == #"{"name":"größer als π"}"#)
    #expect(words { _ = try root.group("graph") } == "/graph: expected a group, found a dataset")
    #expect(
      words { _ = try root.dataset("weights") } == "/weights: expected a dataset, found a group")
    #expect(
      words { _ = try root.dataset("weight") }
        == "/: expected 'weight', found 'graph', 'weights'")
    #expect(
      words { _ = try root.attribute("writer") }
        == "/: expected an attribute 'writer', found none of that name")
    #expect(
      words { _ = try root.dataset(at: "weights/float32").text() }
        == "/weights/float32: expected one text, found float32 [3, 5]")
  }

  @Test(
    "Files of another making are refused, and said to be that",
    arguments: [
      ("soft_link.h5", "/: expected hard links, found a soft link"),
      ("external_link.h5", "/: expected hard links, found an external link"),
      (
        "external_storage.h5",
        "/kernel: expected a plain group or dataset, found external storage"
      ),
      ("virtual_dataset.h5", "/kernel: expected data in one piece, found another layout"),
      ("unknown_filter.h5", "/kernel: expected a plain group or dataset, found a filter"),
      ("variable_length.h5", "/kernel: expected numbers or fixed-length text, found another type"),
      (
        "attribute_of_any_length.h5",
        "/kernel: expected numbers or fixed-length text, found another type"
      ),
      ("compound.h5", "/kernel: expected numbers or fixed-length text, found another type"),
      ("big_endian.h5", "/kernel: expected numbers or fixed-length text, found another type"),
      ("huge.h5", "/kernel: expected data, found none yet"),
      ("cycle.h5", "/: expected a plain group or dataset, found a second hard link"),
      ("old_header.h5", "/kernel: expected an object header of version 2, found 1"),
      ("user_block.h5", "expected an HDF5 file, found other bytes"),
    ])
  func otherMaking(name: String, message: String) {
    #expect(words { _ = try NativeFile(reading: damagedFixture(name)) } == message)
  }
}

@Suite("The checksum of metadata")
struct Lookup3Tests {
  @Test(
    "Its values are those its author published",
    arguments: [
      ("", 0xdead_beef), ("Four score and seven years ago", 0x1777_0551),
    ] as [(String, UInt32)])
  func published(text: String, checksum: UInt32) {
    #expect(Array(text.utf8).withUnsafeBytes { Lookup3.checksum($0) } == checksum)
  }
}
