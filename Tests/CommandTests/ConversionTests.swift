import Foundation
import Testing

@Suite("convert, as it is run")
struct ConversionTests {
  private let tool: Tool

  init() throws { tool = try Tool() }

  private var model: String { fixtures.appendingPathComponent("models/finished.h5").path }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: tool.folder.appendingPathComponent(name))
  }

  @Test(
    "There and back again predicts the same, and says how near",
    arguments: [
      "onnx", "keras", "hdf5", "safetensors",
    ])
  func roundTrip(_ ending: String) throws {
    let out = try tool.run("convert", model, "a.\(ending)", "--allow-loss", "--json")
    #expect(out.status == 0, "\(out.errors)")
    let report = try out.json()
    let outputs = (report["proof"] as? [String: Any])?["outputs"] as? [[String: Any]]
    #expect(outputs?.count == 1)
    for output in outputs ?? [] {
      #expect((output["largest_error"] as? Double ?? 1) < 1e-5)
      #expect((output["largest_value"] as? Double ?? 0) > 0)
    }
    let entries = report["entries"] as? [[String: Any]] ?? []
    #expect(entries.contains { $0["fate"] as? String == "mapped" })
    let back = try tool.run("convert", "a.\(ending)", "back.h5")
    #expect(back.status == 0, "\(back.errors)")
    #expect(try tool.run("verify", "back.h5").status == 0)
    // What the conversion has met is kept in the file.
    let origin = try tool.run("inspect", "back.h5", "--json").json()["provenance"] as? [String: Any]
    let kept = origin?["conversion"] as? [String: Any]
    #expect((kept?["entries"] as? [Any])?.isEmpty == false)
    #expect(try tool.run("diff", model, "back.h5", "--only", "parameters").status == 0)
  }

  @Test("Weights go onto a model, and onto a configuration's network")
  func onto() throws {
    #expect(try tool.run("convert", model, "a.pt", "--allow-loss").status == 0)
    #expect(try tool.run("convert", "a.pt", "b.h5", "--onto", model).status == 0)
    #expect(try tool.run("diff", model, "b.h5", "--only", "parameters").status == 0)
    let missing = try tool.run("convert", "a.pt", "c.h5")
    #expect(missing.status == 2 && missing.errors.contains("--onto names a model"))

    let weights = fixtures.appendingPathComponent("weights/mlp.pt").path
    let shapes =
      try tool.run("inspect", weights, "--json").json()["tensors"] as? [[String: Any]] ?? []
    let kernels = shapes.compactMap { $0["shape"] as? [Int] }.filter { $0.count == 2 }
    #expect(kernels.count == 2)
    try write(
      """
      input:
        x: {columns: a..z, shape: \(kernels[0][1])}
      network:
        - dense: {units: \(kernels[0][0]), activation: relu}
        - dense: \(kernels[1][0])
      """, to: "net.yaml")
    let described = try tool.run("convert", weights, "d.h5", "--onto", "net.yaml")
    #expect(described.status == 0, "\(described.errors)")
    try write("network:\n  - dense: 3\n", to: "no_input.yaml")
    let refused = try tool.run("convert", weights, "e.h5", "--onto", "no_input.yaml")
    #expect(refused.status != 0 && refused.errorLines.first?.contains("names no input") == true)
  }

  @Test(
    "What is no model is refused in one line that says what it is",
    arguments: [
      ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n", "a.onnx", "Git LFS"),
      ("", "a.keras", "is empty"),
      ("hello", "a.h5", "is of no known kind"),
      ("\u{80}\u{2}", "a.txt", "is of no known kind"),
    ])
  func refusals(text: String, name: String, words: String) throws {
    try write(text, to: name)
    let outcome = try tool.run("convert", name, "out.h5")
    #expect(outcome.status == 2 && outcome.errorLines.count == 1)
    #expect(
      outcome.errors.contains("\(name): ") && outcome.errors.contains(words), "\(outcome.errors)")
    #expect(
      !FileManager.default.fileExists(atPath: tool.folder.appendingPathComponent("out.h5").path))
    if words == "Git LFS" {
      for command in ["inspect", "diff"] {
        let other = try tool.run([command, name] + (command == "diff" ? [model] : []))
        #expect(other.status == 2 && other.errors.contains(words), "\(other.errors)")
      }
    }
  }

  @Test("Files that would take the place of what is read, and names that say nothing")
  func places() throws {
    let path = tool.folder.appendingPathComponent("m.h5")
    try FileManager.default.copyItem(atPath: model, toPath: path.path)
    let before = try Data(contentsOf: path)
    let same = try tool.run("convert", "m.h5", "m.h5")
    #expect(same.status == 2 && same.errors.contains("would be replaced"))
    #expect(try Data(contentsOf: path) == before)
    let nameless = try tool.run("convert", "m.h5", "model")
    #expect(nameless.status == 2 && nameless.errors.contains("--to"))
    #expect(try tool.run("convert", "m.h5", "model", "--to", "onnx", "--allow-loss").status == 0)
  }
}
