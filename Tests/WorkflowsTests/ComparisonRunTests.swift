import Foundation
import ModelFiles
import Testing
import Training

@testable import Workflows

@Suite("Comparison of runs")
struct ComparisonRunTests {
  private func compare(
    _ old: String, _ new: String, _ change: (inout Comparison.Options) -> Void = { _ in }
  ) throws -> ComparisonReport {
    var options = Comparison.Options(old: old, new: new)
    change(&options)
    return try Comparison.run(options)
  }

  @Test("A run that goes on: weights, optimizer, position and history differ, all else does not")
  func goingOn() throws {
    let run = try StatefulRun([
      ("schedule", .text("constant")), ("learning_rate", .text("0.01")),
    ])
    try run.train(until: 20)
    let path = run.options.output
    let copy = run.folder.path("early.h5")
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    _ = try Resumption.run(.init(model: path))
    let report = try compare(copy, path)
    #expect(report.part(.architecture)?.isSame == true)
    #expect(report.part(.preprocessing)?.isSame == true)
    #expect(report.part(.parameters)?.isSame == false)
    #expect(report.part(.provenance)?.isSame == true && report.lineage?.hasSameData == true)
    #expect(report.changes(.history).contains("changed history/epochs"))
    #expect(report.commonEpochCount == 2)
    #expect(report.changes(.schedule).contains("changed schedule/position/step"))
    #expect(report.changes(.optimizer).contains("changed optimizer/steps"))
    #expect(
      report.tensors(.optimizer).contains { $0.hasPrefix("changed optimizer/first_moment/") })
    // An unfinished run has the weights of its last step beside the best ones.
    #expect(report.tensors(.optimizer).contains { $0.hasPrefix("removed training/live/weights/") })
  }

  @Test("Options of optimizer, schedule and training are told each in their part")
  func options() throws {
    let one = try StatefulRun()
    try one.train()
    let two = try StatefulRun([
      ("optimizer", .text("adam")), ("learning_rate", .text("0.01")), ("schedule", .text("cosine")),
      ("batch_size", .text("8")), ("validation_split", .text("0.3")),
    ])
    try two.train()
    let report = try compare(one.options.output, two.options.output)
    #expect(report.changes(.optimizer).contains("changed optimizer/kind"))
    #expect(report.changes(.optimizer).contains("changed optimizer/learning_rate"))
    #expect(report.changes(.schedule).contains("changed schedule/kind"))
    #expect(report.changes(.training).contains("changed training/batch_size"))
    #expect(
      report.changes(.training).contains("changed training/configuration/validation_split"))
    #expect(!report.changes(.training).contains { $0.contains("learning_rate") })
  }

  @Test("Columns and classes that came, went or are scaled otherwise are named")
  func preprocessing() throws {
    let folder = try TemporaryFolder()
    func train(_ text: String, _ name: String, scaling: String = "standard") throws -> String {
      var configuration = Configuration()
      try configuration.set([
        ("target", .text("kind")), ("hidden", .text("4")), ("epochs", .text("1")),
        ("scaling", .text(scaling)),
      ])
      let rows = try folder.write(text, to: name + ".csv")
      let output = folder.path(name + ".h5")
      _ = try ModelTraining.run(.init(table: rows, configuration: configuration, output: output))
      return output
    }
    func rows(_ header: String, _ row: (Int) -> String) -> String {
      header + "\n" + (0..<60).map { row($0) + "\n" }.joined()
    }
    let old = try train(
      rows("a,colour,kind") { "\($0 % 7).5,\(["red", "blue"][$0 % 2]),\(["x", "y"][$0 % 2])" },
      "old")
    let new = try train(
      rows("a,colour,b,kind") {
        "\($0 % 7).5,\(["red", "green"][$0 % 2]),\($0 % 5).5,\(["x", "y", "z"][$0 % 3])"
      }, "new", scaling: "min-max")
    let changes = try compare(old, new).changes(.preprocessing)
    for expected in [
      "changed preprocessing/a/scaling", "removed preprocessing/colour/categories/blue",
      "added preprocessing/colour/categories/green", "added preprocessing/b",
      "added preprocessing/kind/classes/z",
    ] {
      #expect(changes.contains(expected), "\(expected) in \(changes)")
    }
  }

  @Test("A tuned model is known by its parent, and a grandchild by the model between them")
  func lineage() throws {
    let run = try StatefulRun()
    try run.train()
    let (first, second, third) = (
      run.options.output, run.folder.path("second.h5"), run.folder.path("third.h5")
    )
    for (from, to) in [(first, second), (second, third)] {
      _ = try FineTuning.run(
        .init(
          table: table("iris"), model: from, output: to, overrides: [("epochs", .text("1"))]))
    }
    #expect(try compare(first, second).lineage?.relation == .oldIsAncestor)
    let back = try compare(second, first).lineage
    #expect(back?.relation == .newIsAncestor && back?.steps == 1)
    #expect(try compare(first, third).lineage?.relation == .unknown)
    let known = try compare(first, third) { $0.lineage = [second] }.lineage
    #expect(known?.relation == .oldIsAncestor && known?.steps == 2)
    #expect(known?.hasSameData == true)
  }

  @Test("Answers to rows: which classes flip, by how much, and what both score")
  func behaviour() throws {
    let one = try StatefulRun()
    try one.train(until: 9)
    let two = try StatefulRun([("seed", .text("4"))])
    try two.train()
    let report = try compare(one.options.output, two.options.output) { $0.data = table("iris") }
    let behaviour = try #require(report.behaviour)
    #expect(behaviour.rowCount == 150 && !behaviour.isSame)
    let output = try #require(behaviour.outputs.first)
    #expect(output.target == "species" && output.kind == .classes)
    #expect(output.flippedCount >= output.flips.count && output.flips.count <= 10)
    #expect(output.largestChange > 0 && output.largestChange <= 1)
    let scores = try [one, two].map { run in
      try Evaluation.run(.init(model: run.options.output, table: table("iris"))).targets[0]
    }
    #expect(output.oldScores == scores[0] && output.newScores == scores[1])
    // Every flip is what the models predict.
    for (run, answer) in [(one, \BehaviourReport.Flip.old), (two, \.new)] {
      let predictions = run.folder.path("predictions.csv")
      _ = try Prediction.run(
        .init(model: run.options.output, input: table("iris"), output: predictions))
      let lines = try run.folder.text("predictions.csv").split(separator: "\n").dropFirst()
      for flip in output.flips {
        let words = lines[lines.startIndex + flip.row - 1].split(separator: ",")
        #expect(String(words[0]) == flip[keyPath: answer])
      }
    }
    let same = try compare(one.options.output, one.options.output) { $0.data = table("iris") }
    #expect(same.isSame && same.behaviour?.isSame == true)
  }
}
