import Foundation
import Testing

/// Whole models, described in words, learn from tables what they should.
///
/// tools/benchmarks/learning.py compares the same models with PyTorch over several seeds.
@Suite("Models in words learn")
struct LearningTests {
  /// The share of the rows of a table that a model gets right.
  private func accuracy(of model: String, on table: String, in tool: Tool) throws -> Double {
    let outcome = try tool.run("evaluate", table, "-m", model, "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let scores = try outcome.json()["classification"] as? [String: Any]
    return scores?["accuracy"] as? Double ?? 0
  }

  private func train(_ table: String, _ configuration: String, in tool: Tool) throws {
    try Data(configuration.utf8).write(to: tool.folder.appendingPathComponent("options.yaml"))
    let outcome = try tool.run("train", table, "--config", "options.yaml", "--quiet")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test("A convolutional network reads held-out digits")
  func digits() throws {
    let tool = try Tool()
    let all = try String(
      contentsOf: fixtures.appendingPathComponent("tables/digits.csv"), encoding: .utf8)
    let lines = all.split(separator: "\n")
    // Every fifth row is kept from training.
    let rows = lines.dropFirst().enumerated()
    for (name, isTest) in [("train.csv", false), ("test.csv", true)] {
      let part = rows.filter { ($0.offset % 5 == 0) == isTest }.map { $0.element }
      try Data(([lines[0]] + part).joined(separator: "\n").utf8)
        .write(to: tool.folder.appendingPathComponent(name))
    }
    try train(
      "train.csv",
      """
      target: digit
      task: classification
      input: {image: {columns: pixel_0_0..pixel_7_7, shape: 8x8x1, scaling: min-max}}
      network:
        - convolution_2d: {filters: 32, kernel_size: 3, padding: same, activation: relu}
        - convolution_2d: {filters: 64, kernel_size: 3, activation: relu}
        - max_pooling_2d: 2
        - dropout: 0.25
        - flatten
        - dense: {units: 128, activation: relu}
        - dropout: 0.5
        - output
      epochs: 15
      batch_size: 32
      learning_rate: 0.002
      validation_split: 0

      """, in: tool)
    #expect(try accuracy(of: "model.h5", on: "test.csv", in: tool) >= 0.98)
  }

  /// Rows that a seed decides: a little generator, so that every run has the same.
  private struct Draws {
    var state: UInt64 = 88_172_645_463_325_252
    mutating func below(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
  }

  @Test("A recurrent network finds what stands behind a mark, in sequences of any length")
  func marks() throws {
    let tool = try Tool()
    var draws = Draws()
    for (name, count) in [("train.csv", 1500), ("test.csv", 500)] {
      var lines = ["signal,class"]
      for _ in 0..<count {
        var row = (0..<8 + draws.below(8)).map { _ in draws.below(2) * 2 - 1 }
        let place = draws.below(row.count - 1)
        row[place] = 3
        lines.append(
          row.map { "\($0)" }.joined(separator: " ") + (row[place + 1] > 0 ? ",up" : ",down"))
      }
      try Data(lines.joined(separator: "\n").utf8)
        .write(to: tool.folder.appendingPathComponent(name))
    }
    try train(
      "train.csv",
      """
      target: class
      columns: {signal: {kind: sequence, length: 16, mask: true, scaling: none}}
      network:
        - lstm: {units: 32, is_masked: true, from: [signal, signal_mask]}
        - output
      epochs: 25
      batch_size: 32
      learning_rate: 0.005

      """, in: tool)
    #expect(try accuracy(of: "model.h5", on: "test.csv", in: tool) >= 0.99)
  }

  @Test("A transformer tells which of two words comes first")
  func words() throws {
    let tool = try Tool()
    var draws = Draws()
    let words = ["red", "blue", "dog", "cat", "sun", "moon", "tree", "rock"]
    for (name, count) in [("train.csv", 1500), ("test.csv", 500)] {
      var lines = ["text,label"]
      for _ in 0..<count {
        let row = (0..<4 + draws.below(7)).map { _ in words[draws.below(words.count)] }
        let first = row.first { $0 == "red" || $0 == "blue" }
        lines.append(row.joined(separator: " ") + (first == "red" ? ",yes" : ",no"))
      }
      try Data(lines.joined(separator: "\n").utf8)
        .write(to: tool.folder.appendingPathComponent(name))
    }
    try train(
      "train.csv",
      """
      target: label
      columns: {text: {kind: text, length: 10}}
      network:
        - sequence_mask: {from: text, name: mask}
        - embedding: {dimension: 32, from: text}
        - positional_embedding: {length: 10, name: words}
        - transformer_encoder: {heads: 4, units: 64, from: [words, mask], name: first}
        - masked_average: {from: [first, mask]}
        - output
      epochs: 25
      batch_size: 32
      learning_rate: 0.002

      """, in: tool)
    #expect(try accuracy(of: "model.h5", on: "test.csv", in: tool) >= 0.99)
  }

  @Test(
    "What init-config writes for a kind of network is a configuration that a table can follow",
    arguments: ["mlp", "mnist-cnn", "lstm", "transformer"])
  func examples(kind: String) throws {
    let tool = try Tool()
    let example = try tool.run("init-config", "--like", kind)
    #expect(example.status == 0)
    let pixels = (0..<784).map { "pixel\($0)" }.joined(separator: ",")
    let header = [
      "mlp": "a,b,class", "mnist-cnn": "label,\(pixels)", "lstm": "signal,class",
      "transformer": "text,label",
    ]
    var draws = Draws()
    var lines = [header[kind] ?? ""]
    for row in 0..<40 {
      let side = row % 2
      switch kind {
      case "mlp": lines.append("\(draws.below(9)),\(side * 5 + draws.below(3)),\(side)")
      case "mnist-cnn":
        lines.append(
          "\(side),"
            + (0..<784).map { "\($0 % 2 == side ? 200 : draws.below(50))" }
            .joined(separator: ","))
      case "lstm": lines.append("\(side) \(draws.below(5)) 1.5 -2,\(side == 0 ? "low" : "high")")
      default: lines.append("some words \(side == 0 ? "here" : "there"),\(side)")
      }
    }
    try Data(lines.joined(separator: "\n").utf8)
      .write(to: tool.folder.appendingPathComponent("table.csv"))
    try Data(example.output.utf8).write(to: tool.folder.appendingPathComponent("options.yaml"))
    let outcome = try tool.run(
      "train", "table.csv", "--config", "options.yaml", "--epochs", "2", "--quiet")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let predicted = try tool.run("predict", "table.csv")
    #expect(predicted.status == 0 && predicted.lines.count == 41, "\(predicted.errors)")
  }
}
