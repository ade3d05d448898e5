import Foundation
import NNModelKit
import Testing

@Suite("nnmodel diff")
struct DiffTests {
  /// A tool with `model.h5`, and `tuned.h5` that comes from it.
  private func tuned() throws -> Tool {
    let tool = try Tool()
    try tool.trainIris()
    let tuning = try tool.run("finetune", "iris.csv", "--epochs", "2", "--quiet")
    #expect(tuning.status == 0, "\(tuning.errors)")
    return tool
  }

  @Test("The same model gives one sentence and exit code 0")
  func same() throws {
    let tool = try Tool()
    try tool.trainIris()
    let outcome = try tool.run("diff", "model.h5", "model.h5")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.lines.first == "the same model")
    let json = try tool.run("diff", "model.h5", "model.h5", "--json")
    #expect(json.status == 0)
    let report = try json.json()
    #expect(report["is_same"] as? Bool == true && report["differences"] as? Int == 0)
    #expect(report["schema"] as? Int == 1)
  }

  @Test("Another model gives the verdict first, no line beyond 80 columns, and exit code 1")
  func different() throws {
    let tool = try tuned()
    let outcome = try tool.run("diff", "model.h5", "tuned.h5", "--data", "iris.csv")
    #expect(outcome.status == 1 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(outcome.lines.first?.hasPrefix("same architecture; ") == true)
    #expect(outcome.lines.first?.contains(" changed, largest ") == true)
    #expect(outcome.lines.allSatisfy { $0.count <= 80 }, "\(outcome.output)")
    #expect(outcome.output.contains("new started from old; trained on the same rows"))
    for title in ["Parameters", "Behaviour", "Training", "Optimizer", "History", "Provenance"] {
      #expect(outcome.lines.contains(title))
    }
    #expect(outcome.output.contains("the same: architecture, preprocessing"))
    let report = try tool.run("diff", "model.h5", "tuned.h5", "--json").json()
    #expect(report["is_same"] as? Bool == false)
    let parameters = try #require(report["parameters"] as? [String: Any])
    let tensors = try #require(parameters["tensors"] as? [String: Any])
    #expect((tensors["changes"] as? [Any])?.isEmpty == false)
    let lineage = try #require(report["lineage"] as? [String: Any])
    #expect(lineage["relation"] as? String == "old_is_ancestor" && lineage["steps"] as? Int == 1)
  }

  @Test("What is ignored or not asked for does not count")
  func ignored() throws {
    let tool = try tuned()
    let some = try tool.run(
      "diff", "model.h5", "tuned.h5", "--only", "architecture,preprocessing")
    #expect(
      some.status == 0 && some.lines.first == "no difference in architecture and preprocessing")
    let none = try tool.run(
      "diff", "model.h5", "tuned.h5", "--only", "parameters", "--ignore", "*/kernel", "--ignore",
      "*/bias")
    #expect(none.status == 0 && none.output.contains("not counted: "))
    let near = try tool.run(
      "diff", "model.h5", "tuned.h5", "--only", "parameters", "--tolerance", "10")
    #expect(near.status == 0 && near.lines.first?.contains("within the tolerance") == true)
  }

  @Test("Trouble is one line with exit code 2, wrong usage 64")
  func trouble() throws {
    let tool = try Tool()
    try tool.trainIris()
    try tool.write("a,b\n1,2\n", to: "table.csv")
    for (arguments, status) in [
      (["diff", "model.h5", "none.h5"], 2), (["diff", "model.h5", "table.csv"], 2),
      (["diff", "model.h5", "model.h5", "--data", "table.csv"], 2),
      (["diff", "model.h5", "model.h5", "--data", "none.csv"], 2),
      (["diff", "model.h5"], 64), (["diff", "model.h5", "model.h5", "--only", "colour"], 64),
      (["diff", "model.h5", "model.h5", "--tolerance", "-1"], 64),
    ] as [([String], Int32)] {
      let outcome = try tool.run(arguments)
      #expect(outcome.status == status && outcome.output.isEmpty, "\(arguments)")
      #expect(outcome.errorLines.count == (status == 64 ? 2 : 1), "\(outcome.errors)")
    }
  }
}
