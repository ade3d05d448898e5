import Foundation
import Layers
import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Workflows

@Suite("Comparison of answers")
struct ComparisonBehaviourTests {
  @Test("A model that knows no columns takes those of the other one")
  func lentColumns() throws {
    let run = try StatefulRun()
    try run.train()
    let path = run.options.output
    var model = try ModelFile(reading: path).model()
    model.preprocessing = nil
    let bare = run.folder.path("bare.h5")
    try model.write(to: bare)
    for (old, new) in [(path, bare), (bare, path)] {
      let report = try Comparison.run(.init(old: old, new: new, data: table("iris")))
      #expect(report.behaviour?.isSame == true && report.behaviour?.rowCount == 150)
      #expect(report.behaviour?.outputs.first?.oldScores != nil)
      #expect(report.changes(.preprocessing).count == 1 && !report.isSame)
    }
  }

  @Test("Numbers are compared in the unit of the target")
  func numbers() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<80).map { "\($0 % 9).5,\(1000 + 100 * ($0 % 9))" }
    let data = try folder.write(
      "size,price\n" + rows.joined(separator: "\n") + "\n", to: "rows.csv")
    func train(_ seed: String) throws -> String {
      var configuration = Configuration()
      try configuration.set([
        ("target", .text("price")), ("hidden", .text("4")), ("epochs", .text("1")),
        ("seed", .text(seed)), ("task", .text("regression")),
      ])
      let output = folder.path("model\(seed).h5")
      _ = try ModelTraining.run(.init(table: data, configuration: configuration, output: output))
      return output
    }
    let (one, two) = (try train("1"), try train("2"))
    let report = try Comparison.run(.init(old: one, new: two, data: data))
    let output = try #require(report.behaviour?.outputs.first)
    #expect(output.kind == .numbers && output.flippedCount == 0 && !output.isSame)
    let first = try #require(output.largest.first)
    // The network's own unit is one deviation, of some 250.
    #expect(output.largestChange > 20)
    #expect(abs(abs(first.old - first.new) - output.largestChange) < 1e-9)
    #expect(output.largest.count == 10 && output.meanChange < output.largestChange)
    #expect(output.oldScores?.regression != nil && output.newScores?.regression != nil)
    let near = try Comparison.run(
      .init(old: one, new: two, parts: [.behaviour], tolerance: 10, data: data))
    #expect(near.isSame)
  }

  @Test("Arrays are answered to by models without columns")
  func arrays() throws {
    let folder = try TemporaryFolder()
    let model = try untrained(chain([("dense", Dense(3))]), link: .softmax)
    let other = model.changing("dense/bias") { $0[1] = 100 }
    let random = RandomStream(seed: 3, stream: 1)
    let inputs = Tensor((0..<80).map { Float(random.uniform(at: $0)) }, shape: [20, 4])
    let data = try folder.write([("features", inputs)], to: "rows.npz")
    let report = try folder.compare(model, other) { $0.data = data }
    let output = try #require(report.behaviour?.outputs.first)
    #expect(output.kind == .classes && output.flippedCount > 0)
    #expect(output.flips.allSatisfy { $0.new == "1" && $0.newProbability > 0.99 })
    #expect(output.oldScores == nil)
    let same = try folder.compare(model, model) { $0.data = data }
    #expect(same.isSame && same.behaviour?.rowCount == 20)
  }

  @Test("Rows that do not fit a model are one error that names what is missing")
  func misfit() throws {
    let run = try StatefulRun()
    try run.train(until: 2)
    let path = run.options.output
    let data = try run.folder.write("a,b\n1,2\n", to: "rows.csv")
    let words = problem(in: run.folder) {
      _ = try Comparison.run(.init(old: path, new: path, data: data))
    }
    #expect(words.contains("rows.csv") && words.contains("sepal") && !words.contains("\n"))
  }
}
