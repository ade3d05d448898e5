import Foundation
import NNModelKit
import Testing

@Suite(.serialized) struct ReadmeTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test("The README's example learns exclusive or, saves, loads and predicts")
  func exampleRuns() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("readme-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let before = FileManager.default.currentDirectoryPath
    #expect(FileManager.default.changeCurrentDirectoryPath(folder.path))
    defer {
      _ = FileManager.default.changeCurrentDirectoryPath(before)
      try? FileManager.default.removeItem(at: folder)
    }
    let probabilities = try readmeExample().elements(as: Float.self)
    #expect(probabilities.count == 8)
    for (row, expected) in [0, 1, 1, 0].enumerated() {
      #expect(probabilities[2 * row + expected] > 0.9)
    }
  }

  @Test("The README shows the example that the tests run")
  func exampleIsShown() throws {
    let source = try String(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("ReadmeExample.swift"), encoding: .utf8)
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    let marks = lines.indices.filter { lines[$0].contains("[example]") }
    let example = lines[(marks[0] + 1)..<marks[1]].map { $0.dropFirst(2) }
      .joined(separator: "\n")
    let readme = try String(
      contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
    #expect(readme.contains(example))
  }

  @Test("The guide to networks shows the examples that the tests run, and they run")
  func networkExamples() throws {
    let source = try String(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("NetworkExamples.swift"), encoding: .utf8)
    let guide = try String(
      contentsOf: Self.root.appendingPathComponent(
        "Sources/NNModelKit/NNModelKit.docc/BuildingNetworks.md"),
      encoding: .utf8)
    for name in ["sequential", "graph", "shared", "outputs"] {
      let parts = source.components(separatedBy: "  // [\(name)]\n")
      #expect(parts.count == 3)
      let example = parts[1].split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.dropFirst(2) }.joined(separator: "\n")
      #expect(guide.contains(example), "\(name)")
    }
    #expect(try sequentialExample().outputs.count == 1)
    #expect(try graphExample().inputs[0].isIndices)
    let shared = try sharedExample()
    #expect(shared.nodes.first { $0.name == "other" }?.ties.isEmpty == false)
    let predictions = try outputsExample()
    #expect(predictions["sum"]?.shape == [64, 1] && predictions["kind"]?.shape == [64, 2])
    // The sum of the last row is 1.75, and its two numbers are equal.
    let sums = try #require(predictions["sum"]).elements(as: Float.self)
    #expect(abs(sums[63] - 1.75) < 0.2)
  }
}
