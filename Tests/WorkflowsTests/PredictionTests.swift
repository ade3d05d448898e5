import Foundation
import Testing

@testable import Workflows

@Suite struct PredictionTests {
  /// A small model of a table with numbers, a category, a boolean and missing values.
  private func trained(
    in folder: TemporaryFolder, _ values: [(name: String, value: ConfigurationValue)] = []
  ) throws -> String {
    var text = "size,colour,is_new,price\n"
    for row in 0..<120 {
      let size = row % 11 == 0 ? "" : "\(row % 7).5"
      let colour = ["red", "green", "blue"][row % 3]
      text += "\(size),\(colour),\(row % 2 == 0 ? "yes" : "no"),\(row % 3 + row % 2)\n"
    }
    let rows = try folder.write(text, to: "rows.csv")
    var configuration = Configuration()
    try configuration.set(
      [
        ("target", .text("price")), ("task", .text("regression")), ("hidden", .text("8")),
        ("epochs", .text("3")),
      ] + values)
    let model = folder.path("model.h5")
    _ = try ModelTraining.run(.init(table: rows, configuration: configuration, output: model))
    return model
  }

  private func predict(
    _ text: String, with model: String, in folder: TemporaryFolder,
    keep: [String] = [], threads: Int = 1
  ) throws -> (text: String, notes: [String]) {
    let input = try folder.write(text, to: "input.csv")
    let result = try Prediction.run(
      .init(
        model: model, input: input, output: folder.path("out.csv"), keep: keep, threads: threads))
    return (try folder.text("out.csv"), result.notes)
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test("Empty lines are left out and named by number")
  func emptyLines() throws {
    let folder = try TemporaryFolder()
    let model = try trained(in: folder)
    let found = try predict(
      "size,colour,is_new\n1.5,red,yes\n\n2.5,blue,no\n", with: model, in: folder)
    #expect(found.text.split(separator: "\n").count == 3)
    #expect(found.notes == ["empty line 3 left out"])
  }

  @Test("Columns are found by name, whatever their order; others are named and not used")
  func byName() throws {
    let folder = try TemporaryFolder()
    let model = try trained(in: folder)
    let usual = try predict(
      "size,colour,is_new\n1.5,red,yes\n2.5,blue,no\n", with: model, in: folder)
    let shuffled = try predict(
      "is_new;id;colour;size\r\nyes;7;red;1.5\r\nno;8;blue;2.5\r\n", with: model, in: folder)
    #expect(usual.text == shuffled.text)
    #expect(usual.notes == [])
    #expect(shuffled.notes == ["not used by the model: id"])
    let kept = try predict(
      "is_new,id,colour,size\nyes,\"a,b\",red,1.5\n", with: model, in: folder, keep: ["id"])
    #expect(kept.text.hasPrefix("id,prediction\n\"a,b\","))
    #expect(kept.notes == [])
  }

  @Test("Missing values and unknown categories are filled as stated, and said")
  func filled() throws {
    let folder = try TemporaryFolder()
    let model = try trained(in: folder)
    let result = try predict("size,colour,is_new\n,mauve,\n", with: model, in: folder)
    #expect(result.text.split(separator: "\n").count == 2)
    #expect(result.notes.count == 3)
    let strict = try trained(in: folder, [("unknown", .text("error"))])
    #expect(
      message { _ = try predict("size,colour,is_new\n1,mauve,yes\n", with: strict, in: folder) }
        .contains("mauve"))
  }

  @Test("A missing column is an error that names it, unless it may be missing")
  func missingColumn() throws {
    let folder = try TemporaryFolder()
    let model = try trained(in: folder)
    let words = message { _ = try predict("size,is_new\n1,yes\n", with: model, in: folder) }
    #expect(words.contains("colour") && words.contains("is_new"))
    let lenient = try trained(in: folder, [("missing_column", .text("missing"))])
    let result = try predict("size,is_new\n1,yes\n", with: lenient, in: folder)
    #expect(result.notes.contains { $0.contains("colour") })
  }

  @Test("Rows come out in their order and alike, whatever the number of threads")
  func threads() throws {
    let folder = try TemporaryFolder()
    let model = try trained(in: folder)
    var text = "id,size,colour,is_new\n"
    for row in 0..<60_000 {
      text +=
        "\(row),\(row % 13).25,\(["red", "green", "blue"][row % 3]),\(row % 5 == 0 ? "yes" : "no")\n"
    }
    let one = try predict(text, with: model, in: folder, keep: ["id"], threads: 1)
    let three = try predict(text, with: model, in: folder, keep: ["id"], threads: 3)
    #expect(one.text == three.text)
    let ids = one.text.split(separator: "\n").dropFirst().map { $0.prefix { $0 != "," } }
    #expect(ids.count == 60_000 && ids.enumerated().allSatisfy { "\($0.offset)" == $0.element })
    // A row alone gets the bits that it gets among others.
    let alone = try predict(
      "id,size,colour,is_new\n77,12.25,blue,no\n", with: model, in: folder, keep: ["id"])
    #expect(one.text.contains(alone.text.split(separator: "\n")[1] + "\n"))
  }

  @Test("An error deep in the table names its line and leaves the old output")
  func errorDeepInside() throws {
    let folder = try TemporaryFolder()
    let model = try trained(in: folder)
    _ = try folder.write("old", to: "out.csv")
    var text = "size,colour,is_new\n"
    for row in 0..<40_000 { text += row == 39_000 ? "1e99,red,yes\n" : "1.5,red,yes\n" }
    let words = message { _ = try predict(text, with: model, in: folder, threads: 3) }
    #expect(words.contains("line 39002") && words.contains("1e99"))
    #expect(try folder.text("out.csv") == "old")
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(!left.contains { $0.hasSuffix(".tmp") })
  }
}
