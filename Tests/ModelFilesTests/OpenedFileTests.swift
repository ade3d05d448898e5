import Foundation
import HDF5
import Testing

@testable import ModelFiles

@Suite("An HDF5 file of another program is shown as what it is")
struct OpenedFileTests {
  @Test(
    "What it is is found from what is in it",
    arguments: [
      ("keras_legacy.h5", ForeignKind.kerasModel(version: "3.15.1")),
      ("keras_dense.h5", .kerasModel(version: "2.15.0")),
      ("keras_weights.h5", .kerasWeights(version: "3")),
      ("types.h5", .other), ("chunked.h5", .other),
    ])
  func kinds(name: String, kind: ForeignKind) throws {
    #expect(try contents(name).kind == kind)
  }

  @Test("Every object is there with its type, shape and size, each group before what is in it")
  func objects() throws {
    let contents = try contents("keras_legacy.h5")
    #expect(
      contents.objects.map(\.path) == [
        "/", "/model_weights", "/model_weights/dense", "/model_weights/dense/dense",
        "/model_weights/dense/dense/bias:0", "/model_weights/dense/dense/kernel:0",
        "/model_weights/dropout",
      ])
    let kernel = try #require(contents.objects.first { $0.path.hasSuffix("kernel:0") })
    #expect(kernel.type == "float32" && kernel.shape == [3, 4] && kernel.byteCount == 48)
    let unread = try self.contents("types.h5").objects.first { $0.path == "/compound" }
    #expect(unread?.unread == "compound values" && unread?.shape == [2])
  }

  @Test("Long attributes are shortened and say so")
  func attributes() throws {
    let root = try #require(try contents("keras_dense.h5").objects.first)
    let graph = try #require(root.attributes.first { $0.name == "model_config" })
    #expect(graph.isShortened && graph.value.count == 200 && graph.value.hasPrefix(#"{"class"#))
    let list = try #require(root.attributes.first { $0.name == "layer_names0" })
    #expect(!list.isShortened && list.value == "a, b" && list.shape == [2])
    let numbers = try #require(root.attributes.first { $0.name == "fact_39" })
    #expect(
      numbers.isShortened && numbers.value == (0..<16).map { "\($0)" }.joined(separator: ", "))
  }

  @Test(
    "A model that another program has written anew is verified as any other",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/h5repack")))
  func damage() throws {
    let folder = try TemporaryFolder()
    try SampleRun().model(after: 11).write(to: folder.file("model.h5"))
    let source = try ModelFile(reading: folder.file("model.h5"))
    let tensor = try #require(source.tensors().first { $0.path.hasPrefix("/weights/") })
    var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("model.h5")))
    bytes[tensor.offset] ^= 1
    try bytes.write(to: URL(fileURLWithPath: folder.file("changed.h5")))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/h5repack")
    process.arguments = [folder.file("changed.h5"), folder.file("packed.h5")]
    try process.run()
    process.waitUntilExit()
    let file = try ModelFile(reading: folder.file("packed.h5"))
    #expect(throws: ModelFileError.self) { try file.checkDigests() }
    #expect(file.verify().contains { $0.kind == .digest && $0.path == tensor.path })
  }

  private func contents(_ name: String) throws -> HDF5Contents {
    guard case .other(let contents) = try OpenedFile(reading: foreignFixture(name)) else {
      throw IsModel()
    }
    return contents
  }

  private struct IsModel: Error {}
}

/// A file of the repository's `Fixtures/foreign`.
func foreignFixture(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Fixtures/foreign/\(name)").standardizedFileURL.path
}
