import Foundation
import Tensors
import Testing

@testable import Formats

@Suite("Safetensors")
struct SafetensorsTests {
  /// The types of `Fixtures/weights/types.safetensors`.
  private static let types: [String: ElementType] = [
    "f64": .float64, "f32": .float32, "f16": .float16, "bf16": .bfloat16, "i64": .int64,
    "i32": .int32, "i16": .int16, "i8": .int8, "u8": .uint8, "bool": .bool,
  ]

  @Test("Every type has the numbers that PyTorch wrote")
  func types() throws {
    let file = try SafetensorsFile(path: fixture("weights/types.safetensors"))
    #expect(file.tensors.count == SafetensorsTests.types.count)
    for tensor in file.tensors {
      #expect(tensor.elementType == SafetensorsTests.types[tensor.name])
      #expect(tensor.shape == [2, 3])
      let steps = (0..<6).map { Double($0 * 7 % 11) }
      let expected =
        switch tensor.elementType {
        case .bool: steps.map { $0.truncatingRemainder(dividingBy: 2) == 0 ? 1.0 : 0 }
        case .uint8: steps
        default: steps.map { $0 - 3 }
        }
      #expect(try tensor.tensor().doubles() == expected, "\(tensor.name)")
    }
  }

  @Test("An index puts files together")
  func index() throws {
    let whole = try SafetensorsFile(path: fixture("weights/mlp.safetensors"))
    let parts = try SafetensorsFile(path: fixture("weights/mlp.safetensors.index.json"))
    #expect(whole.metadata == ["format": "pt"])
    #expect(parts.tensors.count == 4)
    for tensor in whole.tensors {
      let part = try #require(parts.tensors.first { $0.name == tensor.name })
      #expect(try part.tensor() == tensor.tensor())
    }
  }

  @Test("What is written has the very bytes that safetensors writes")
  func sameBytes() throws {
    let folder = try Folder()
    for name in ["mlp", "types"] {
      let path = fixture("weights/\(name).safetensors")
      let file = try SafetensorsFile(path: path)
      try SafetensorsWriter.write(
        file.tensors, metadata: file.metadata, creating: folder.path(name), named: name)
      let again = try SafetensorsFile(path: folder.path(name))
      #expect(again.metadata == file.metadata)
      #expect(Set(again.tensors.map(\.name)) == Set(file.tensors.map(\.name)))
      for tensor in file.tensors {
        let other = try #require(again.tensors.first { $0.name == tensor.name })
        #expect(try other.tensor() == tensor.tensor())
      }
      if name == "mlp" {
        let expected = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(try folder.bytes(name) == expected)
      }
    }
  }

  @Test("Names and metadata may be any text, and tensors may be empty or single numbers")
  func anyText() throws {
    let folder = try Folder()
    let names = ["", "a\"b\\c", "line\nfeed\u{1}", "ä𝄞", "__proto__"]
    let tensors = names.enumerated().map { index, name in
      let tensor = Tensor(zeros: index == 0 ? [] : [index - 1, 3], elementType: .float16)
      return StoredTensor(name: name, shape: tensor.shape, elementType: .float16) { tensor }
    }
    let metadata = ["\u{7}key\t": "𝄞 \"text\""]
    try SafetensorsWriter.write(
      tensors, metadata: metadata, creating: folder.path("a"), named: "a")
    let file = try SafetensorsFile(path: folder.path("a"))
    #expect(file.metadata == metadata)
    #expect(Set(file.tensors.map(\.name)) == Set(names))
    let bytes = try folder.bytes("a")
    #expect(bytes[0] % 8 == 0)
  }

  @Test("Escapes of JSON become characters")
  func escapes() throws {
    var scanner = JSONScanner(Array(#""\u00e9\ud834\udd1e\/\b\f\n\r\t\"\\""#.utf8))
    #expect(try scanner.string() == "é𝄞/\u{8}\u{C}\n\r\t\"\\")
    for text in [#""\ud834""#, #""\ud834\u0041""#, #""\udd1e""#, #""\x""#, #""\u12""#, #""a"#] {
      var scanner = JSONScanner(Array(text.utf8))
      #expect(throws: JSONScanner.Problem.self) { try scanner.string() }
    }
  }

  @Test("Any value of JSON can be passed over, and what is none cannot")
  func skipping() throws {
    for text in ["1.5e-3", "[]", "{}", "[[], {}, [1, {\"a\": [null]}], \"]\"]", " true "] {
      var scanner = JSONScanner(Array(text.utf8))
      try scanner.skip()
      try scanner.finish()
    }
    let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    for text in ["", "[", "[1,]", "{1: 2}", "{\"a\" 1}", "nul", "[1 2]", "]", "{\"a\":}", deep] {
      var scanner = JSONScanner(Array(text.utf8))
      #expect(throws: JSONScanner.Problem.self) {
        try scanner.skip()
        try scanner.finish()
      }
    }
  }

  @Test("A changed byte or a cut gives an error or other numbers, and never more")
  func everyByte() throws {
    let path = fixture("weights/mlp.safetensors")
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    var changed = bytes
    for place in bytes.indices {
      for mask in [1, 2, 8, 32, 128, 255] as [UInt8] {
        changed[place] = bytes[place] ^ mask
        do {
          for tensor in try SafetensorsFile(FileBytes(changed, file: "a")).tensors {
            _ = try tensor.tensor()
          }
        } catch is FormatError {}
      }
      changed[place] = bytes[place]
      #expect(throws: FormatError.self) {
        try SafetensorsFile(FileBytes(bytes.prefix(place), file: "a"))
      }
    }
  }
}
