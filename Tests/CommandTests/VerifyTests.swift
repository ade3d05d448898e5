import Foundation
import NNModelKit
import Testing

@Suite("nnmodel verify")
struct VerifyTests {
  /// Changes one bit of a weight of `model.h5`, which nothing but its digest can tell.
  private func damageWeight(_ tool: Tool) throws -> String {
    let place = tool.folder.appendingPathComponent("model.h5")
    let kernel = try #require(
      try ModelFile(reading: place.path).tensors().first { $0.path.hasPrefix("/weights/") })
    var bytes = try tool.contents("model.h5")
    bytes[kernel.offset] ^= 1
    try bytes.write(to: place)
    return kernel.path
  }

  @Test("A whole file gives its identity and exit code 0")
  func whole() throws {
    let tool = try Tool()
    try tool.trainIris()
    let outcome = try tool.run("verify")
    #expect(outcome.status == 0 && outcome.errors.isEmpty && outcome.lines.count == 1)
    let report = try tool.run("verify", "model.h5", "--json").json()
    let identity = try #require(report["identity"] as? String)
    #expect(identity.count == 64 && outcome.output.contains(identity))
    #expect(report["is_whole"] as? Bool == true && (report["problems"] as? [Any])?.isEmpty == true)
    #expect(try tool.run("inspect").output.contains("identity \(identity)"))
    // The same rows and seed make the same model, and what is tuned from it names it.
    let tuning = try tool.run("finetune", "iris.csv", "--epochs", "1", "--quiet")
    #expect(tuning.status == 0, "\(tuning.errors)")
    let origin = try tool.run("inspect", "tuned.h5", "--json").json()["provenance"]
    let parent = (origin as? [String: Any])?["parent"] as? [String: Any]
    #expect(parent?["identity"] as? String == identity)
  }

  @Test("A changed bit of a weight is named with exit code 2, and training refuses the file")
  func damaged() throws {
    let tool = try Tool()
    try tool.trainIris()
    let path = try damageWeight(tool)
    let outcome = try tool.run("verify")
    #expect(outcome.status == 2 && outcome.errors.isEmpty)
    #expect(outcome.lines.count == 1 && outcome.output.hasPrefix("model.h5: \(path): expected"))
    let json = try tool.run("verify", "--json")
    #expect(json.status == 2)
    let problems = try #require(try json.json()["problems"] as? [[String: Any]])
    #expect(problems.map { $0["kind"] as? String } == ["digest"])
    #expect(problems.map { $0["path"] as? String } == [path])
    // A look at it stays possible; what must be able to trust it says no.
    #expect(try tool.run("predict", "iris.csv").status == 0)
    for arguments in [
      ["predict", "iris.csv", "--verify"], ["inspect", "--verify"], ["finetune", "iris.csv"],
      ["resume"],
    ] {
      let refused = try tool.finish(tool.start(arguments))
      #expect(refused.status == 2 && refused.output.isEmpty)
      #expect(refused.errorLines.count == 1)
      #expect(refused.errors.hasPrefix("nnmodel: model.h5: \(path): expected bytes"))
    }
  }

  @Test("What is no model file is a problem as well")
  func otherFiles() throws {
    let tool = try Tool()
    try tool.write("a,b\n1,2\n", to: "table.csv")
    for (name, words) in [("table.csv", "found text"), ("none.h5", "no such file")] {
      let outcome = try tool.run("verify", name)
      #expect(outcome.status == 2 && outcome.output.contains(words))
      let report = try tool.run("verify", name, "--json").json()
      #expect(report["is_whole"] as? Bool == false)
    }
  }
}
