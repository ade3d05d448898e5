import Foundation
import Testing

@testable import HDF5

@Suite("A file of another program is read right, whatever its layout")
struct ForeignFileTests {
  @Test("A model of Keras: graph, lists of names, weights by their paths")
  func keras() throws {
    let file = try ForeignFile(reading: foreignFixture("keras_legacy.h5"))
    #expect(try file.root.attributes.text("keras_version") == "3.15.1")
    #expect(
      try file.root.attributes.text("model_config")?.hasPrefix(#"{"class_name": "Seq"#) == true)
    #expect(try file.root.attributes.text("training_config") == nil)
    let weights = try file.root.group("model_weights")
    #expect(try weights.attributes.texts("layer_names") == ["dense", "dropout"])
    let dense = try weights.group("dense")
    let names = try #require(try dense.attributes.texts("weight_names"))
    #expect(names == ["dense/kernel:0", "dense/bias:0"])
    let kernel = try dense.dataset(at: names[0]).value
    #expect(kernel.shape == [3, 4])
    #expect(try floats(kernel) == (0..<12).map { Float($0) / 8 })
    #expect(try floats(try dense.dataset(at: names[1]).value) == [1, -1, 0.5, 0])
    // Stored as no numbers.
    #expect(try weights.group("dropout").attributes.texts("weight_names") == [])
  }

  @Test("Many and large attributes, and lists that are cut into several")
  func denseAttributes() throws {
    let root = try ForeignFile(reading: foreignFixture("keras_dense.h5")).root
    #expect(try root.attributes.text("model_config")?.filter { $0 == "ü" }.count == 50_000)
    #expect(try root.attributes.texts("layer_names") == ["a", "b", "c"])
    #expect(root.attributes.names.count == 44)
    #expect(
      try root.attributes["fact_39"]?.attribute() == .integers((0..<39).map { Int64($0) }))
  }

  @Test("Numbers of every size and byte order are the same numbers")
  func numbers() throws {
    let root = try ForeignFile(reading: foreignFixture("types.h5")).root
    let kinds: [(String, Datatype)] = [
      ("f2", .float16), ("f4", .float32), ("f8", .float64), ("i1", .int8), ("i2", .int16),
      ("i4", .int32), ("i8", .int64), ("u1", .uint8), ("u2", .uint16), ("u4", .uint32),
      ("u8", .uint64),
    ]
    for (kind, type) in kinds {
      let little = try root.dataset(at: "little/\(kind)").value
      let big = try root.dataset(at: "big/\(kind)").value
      #expect(little.elementType == type && big.elementType == type)
      #expect(little.shape == [2, 3] && big.shape == [2, 3])
      #expect(try little.numbers().bytes() == big.numbers().bytes())
      let first = try little.first(6)
      #expect(
        first == .integers([1, 2, 3, 4, 5, 100]) || first == .numbers([1, 2, 3, 4, 5, 100]))
    }
    #expect(try root.dataset(at: "bool").value.first(3) == .integers([1, 0, 1]))
    #expect(try root.dataset(at: "bool").value.elementType == .bool)
    #expect(try root.dataset(at: "enumeration").value.first(2) == .integers([300, 1]))
    #expect(try root.dataset(at: "scalar").value.attribute() == .number(2.5))
    #expect(try root.dataset(at: "none").value.shape == [0, 3])
    #expect(try root.attributes["half"]?.first(2) == .numbers([0.5, 1.5]))
  }

  @Test("Texts of fixed and of any length, padded in every way")
  func texts() throws {
    let root = try ForeignFile(reading: foreignFixture("types.h5")).root
    #expect(try root.dataset(at: "texts").value.texts() == ["a", "größer", ""])
    #expect(try root.dataset(at: "text").value.text() == "one")
    #expect(try root.dataset(at: "fixed").value.texts() == ["ab", "abcd"])
    #expect(try root.dataset(at: "spaces").value.texts() == ["ab"])
    let long = try root.dataset(at: "long").value
    #expect(
      try long.texts() == [String(repeating: "x", count: 5000)] + Array(repeating: "", count: 200))
  }

  @Test("Elements without a meaning are said to be so, and asking for them is an error")
  func unread() throws {
    let root = try ForeignFile(reading: foreignFixture("types.h5")).root
    for (name, reason) in [
      ("compound", "compound values"), ("latin", "text that is not UTF-8"),
      ("empty", "an empty dataspace"),
    ] {
      let value = try root.dataset(at: name).value
      #expect(value.reasonForNothing == reason)
      #expect(words { _ = try value.numbers() } == "/\(name): expected numbers, found \(reason)")
      #expect(words { _ = try value.texts() } == "/\(name): expected text, found \(reason)")
    }
    #expect(
      words { _ = try root.dataset(at: "type") } == "/type: expected a dataset, found a named type")
    #expect(
      words { _ = try root.dataset(at: "scalar").value.texts() }
        == "/scalar: expected text, found float64 []")
  }

  @Test(
    "Packed, shuffled and checked chunks are unpacked; what was never written has its fill value")
  func chunks() throws {
    let root = try ForeignFile(reading: foreignFixture("chunked.h5")).root
    let packed = try root.dataset(at: "packed").value
    #expect(packed.type == "big-endian int32")
    #expect(try packed.first(1200) == .integers((0..<1200).map { Int64($0) }))
    let sparse = try floats(try root.dataset(at: "sparse").value)
    #expect(sparse == (0..<1600).map { $0 < 80 ? 1 : 3 })
  }

  @Test("What the process reads is what the library reads in this one")
  func oracle() throws {
    let folder = try TemporaryFolder()
    try writeSample(to: folder.file("a.h5"))
    let native = try NativeFile(reading: folder.file("a.h5")).root
    let foreign = try ForeignFile(reading: folder.file("a.h5"))
    #expect(foreign.root.childNames == native.childNames)
    let translated = try foreign.native()
    #expect(translated.isTranslated && translated.root.attributes == native.attributes)
    let weights = try native.group("weights")
    for name in weights.childNames {
      let (one, other) = (
        try weights.dataset(name), try translated.root.group("weights").dataset(name)
      )
      #expect(one.type == other.type && one.shape == other.shape && one.bytes() == other.bytes())
      #expect(one.attributes == other.attributes && one.place == other.place)
    }
  }

  private func floats(_ value: ForeignValue) throws -> [Float] {
    let dataset = try value.numbers()
    guard dataset.type == .float32 else { return [] }
    return dataset.withBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }
}

/// A file of the repository's `Fixtures/foreign`.
func foreignFixture(_ name: String) -> String { damagedFixture("../foreign/\(name)") }
