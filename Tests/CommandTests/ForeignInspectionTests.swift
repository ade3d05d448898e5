import Foundation
import Testing

@Suite("inspect on files of other programs")
struct ForeignInspectionTests {
  private let tool: Tool

  init() throws { tool = try Tool() }

  /// A model of this program as another kind.
  private func written(_ name: String) throws -> String {
    let source = fixtures.appendingPathComponent("models/finished.h5").path
    let outcome = try tool.run("convert", source, name, "--allow-loss")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return name
  }

  @Test(arguments: [
    ("a.onnx", "onnx", "an ONNX model"), ("a.keras", "keras", "a .keras archive"),
    ("a.safetensors", "safetensors", "a safetensors file"),
    ("a.pt", "pytorch", "a checkpoint of PyTorch"), ("a.npz", "npz", "arrays of NumPy"),
  ])
  func everyKindIsShown(name: String, kind: String, words: String) throws {
    let path = try written(name)
    let outcome = try tool.run("inspect", path)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.lines[1].hasPrefix(words))
    #expect(outcome.lines.allSatisfy { $0.count <= 80 })
    let json = try tool.run("inspect", path, "--json").json()
    #expect(json["kind"] as? String == kind)
    let (layers, tensors) = (json["operations"] as? [Any], json["tensors"] as? [Any])
    #expect((layers?.count ?? 0) + (tensors?.count ?? 0) > 3)
    if kind == "onnx" || kind == "keras" {
      let graph = try tool.run("inspect", path, "--graph", "text")
      #expect(graph.status == 0 && graph.output.contains("dense"))
    }
  }
}
