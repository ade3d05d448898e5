import Foundation
import Tensors
import Testing

@testable import Formats

@Suite("Checkpoints of PyTorch")
struct PyTorchFileTests {
  private func tensors(_ name: String) throws -> [String: Tensor] {
    let file = try PyTorchFile(path: fixture("weights/\(name)"))
    return try tensors(of: file)
  }

  private func tensors(of file: PyTorchFile) throws -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for entry in file.tree.entries(of: file.tree.root) ?? [] {
      guard case .text(let name) = entry.key, let tensor = file.tree.tensor(entry.value) else {
        continue
      }
      tensors[name] = try file.stored(tensor, named: name).tensor()
    }
    return tensors
  }

  @Test("Every type has the numbers that safetensors has of it, of protocol 4 too")
  func types() throws {
    let tensors = try tensors("types.pt")
    let file = try SafetensorsFile(path: fixture("weights/types.safetensors"))
    #expect(tensors.count == 10)
    for tensor in file.tensors { #expect(try tensors[tensor.name] == tensor.tensor()) }
    #expect(try self.tensors("protocol_4.pt") == self.tensors("mlp.pt"))
  }

  @Test("Windows onto one storage, turned and with gaps, have their own numbers")
  func views() throws {
    let tensors = try tensors("views.pt")
    func base(_ row: Int, _ column: Int) -> Double { Double((row * 6 + column) * 7 % 11 - 3) }
    let turned = (0..<6).flatMap { column in (0..<4).map { base($0, column) } }
    #expect(tensors["turned"]?.doubles() == turned && tensors["turned"]?.shape == [6, 4])
    let part = (1..<3).flatMap { row in [0, 2, 4].map { base(row, $0) } }
    #expect(tensors["part"]?.doubles() == part)
    #expect(tensors["scalar"]?.doubles() == [base(3, 5)] && tensors["scalar"]?.shape == [])
    #expect(tensors["empty"]?.shape == [0, 6])
    #expect(tensors["parameter"]?.doubles() == (0..<6).map { base(0, $0) })
    #expect(tensors["unsigned"]?.elements() == [0, 1, 2] as [UInt16])
  }

  @Test("Whatever else is in a checkpoint is plain data")
  func plainData() throws {
    let tree = try PyTorchFile(path: fixture("weights/checkpoint.pt")).tree
    func value(_ name: String) -> PickleValue? { tree.value(name, of: tree.root) }
    #expect(value("best") == .double(0.25))
    #expect(value("count") == .int(-7))
    #expect(value("large") == .int(1 << 40))
    #expect(value("negative") == .int(-300))
    #expect(value("size").flatMap { tree.elements(of: $0) } == [.int(2), .int(3)])
    #expect(value("device") == .text("cpu"))
    #expect(value("type") == .global(.type(.float16)))
    #expect(value("names").flatMap { tree.elements(of: $0) } == [.text("a")])
    #expect(value("z") == .other("a complex number"))
    #expect(value("history") == .other("an array of NumPy"))
    guard case .bytes(let place)? = value("bytes") else {
      Issue.record("bytes are \(String(describing: value("bytes")))")
      return
    }
    #expect(tree.byteStrings[place] == [0, 0xFF])
  }

  @Test("What is written is read again")
  func roundTrip() throws {
    let folder = try Folder()
    var entries: [(name: String, tensor: StoredTensor)] = []
    for type in ElementType.allCases {
      let tensor = Tensor(zeros: [2, 0, 3], elementType: type)
      entries.append(
        (
          type.rawValue,
          StoredTensor(
            name: "", shape: tensor.shape, elementType: type
          ) { tensor }
        ))
    }
    let numbers = Tensor((0..<6).map { Float($0) }, shape: [2, 3])
    entries.append(
      (
        "numbers", StoredTensor(name: "", shape: [2, 3], elementType: .float32) { numbers }
      ))
    try PyTorchWriter.write(
      .stateDictionary(entries), creating: folder.path("a.pt"), named: "a.pt")
    let file = try PyTorchFile(path: folder.path("a.pt"))
    let found = try tensors(of: file)
    #expect(found["numbers"] == numbers)
    for type in ElementType.allCases {
      #expect(found[type.rawValue]?.elementType == type)
      #expect(found[type.rawValue]?.shape == [2, 0, 3])
    }
    let value = PyTorchValue.dictionary([
      (key: .int(-5), value: .list([.none, .bool(true), .int(1 << 40), .double(-0.5)])),
      (key: .text("ä"), value: .tuple([])),
    ])
    try PyTorchWriter.write(value, creating: folder.path("b.pt"), named: "b.pt")
    let tree = try PyTorchFile(path: folder.path("b.pt")).tree
    let pairs = try #require(tree.entries(of: tree.root))
    #expect(pairs.map(\.key) == [.int(-5), .text("ä")])
    #expect(
      tree.elements(of: pairs[0].value) == [.none, .bool(true), .int(1 << 40), .double(-0.5)])
    #expect(tree.elements(of: pairs[1].value) == [])
  }

  @Test("A large tensor of a small storage is never made")
  func spread() throws {
    let file = try PyTorchFile(path: fixture("damaged/weights/spread.pt"))
    let weight = try #require(file.tree.value("weight", of: file.tree.root))
    let tensor = try #require(file.tree.tensor(weight))
    #expect(tensor.shape.count == 1 << 40)
    #expect(
      message { _ = try file.stored(tensor, named: "weight").tensor() }
        == "spread.pt: tensor 'weight': its elements share numbers; save a contiguous copy of it")
  }

  @Test("A changed or missing byte of a pickle gives an error or other data, and never more")
  func everyByte() throws {
    for name in ["mlp.pt", "checkpoint.pt", "protocol_4.pt"] {
      let archive = try ZipArchive(path: fixture("weights/\(name)"))
      let member = try #require(archive.members.first { $0.name.hasSuffix("data.pkl") })
      let file = try archive.bytes(of: member)
      let bytes = file.copy(0..<file.byteCount)
      _ = try PickleReader.tree(of: bytes)
      var changed = bytes
      for place in bytes.indices {
        for mask in [1, 2, 4, 8, 16, 32, 64, 128, 255] as [UInt8] {
          changed[place] = bytes[place] ^ mask
          do { _ = try PickleReader.tree(of: changed) } catch {}
        }
        changed[place] = bytes[place]
        #expect(throws: PickleReader.Problem.self) {
          try PickleReader.tree(of: Array(bytes.prefix(place)))
        }
      }
    }
  }
}
