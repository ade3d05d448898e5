import Foundation
import Kernels
import Tensors
import Testing

@testable import Datasets

/// Several targets, and targets of several labels.
@Suite("Targets of several values")
struct TargetTests {
  static let text = #"""
    x,tags,red,big,price
    1,red;big,1,0,3
    2, big | red,0,1,5
    3,,0,0,4
    4,"small,""odd""",yes,no,8

    """#

  static func fitted(
    _ names: [String], task: LearningTask? = nil
  ) throws -> (preprocessing: Preprocessing, table: Table) {
    var options = PreprocessingOptions()
    options.task = task
    options.targetScaling = .none
    let kinds: [String: ColumnKind] = task == .labels ? ["red": .boolean, "big": .boolean] : [:]
    let table = try table(text, TableOptions(kinds: kinds))
    return (try Preprocessing(fitting: table, targets: names, options: options), table)
  }

  @Test("A column of lists becomes a yes or no for every label, in blocks as in a table")
  func lists() throws {
    let (fitted, table) = try TargetTests.fitted(["tags"], task: .labels)
    guard case .labels(let target) = fitted.target else {
      Issue.record("no labels")
      return
    }
    #expect(target.labels == ["\"odd\"", "big", "red", "small"])
    #expect(target.counts == [1, 2, 2, 1])
    let expected: [Float] = [0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1]
    let encoded = try #require(try fitted.encode(table).targets?[0])
    #expect(encoded.shape == [4, 4] && encoded.elements(as: Float.self) == expected)
    let found = try encodeByBlocks(TargetTests.text, with: fitted, blockByteCount: 33)
    #expect(found.targets == expected.map { Double($0) })
    let data = try JSONEncoder().encode(fitted)
    #expect(try JSONDecoder().decode(Preprocessing.self, from: data) == fitted)
  }

  @Test("Columns of yes and no are one target together")
  func columns() throws {
    let (fitted, table) = try TargetTests.fitted(["red", "big"], task: .labels)
    #expect(fitted.targets.count == 1 && fitted.target.name == "labels")
    #expect(fitted.target.names == ["red", "big"])
    let expected: [Float] = [1, 0, 0, 1, 0, 0, 1, 0]
    #expect(try fitted.encode(table).targets?[0].elements(as: Float.self) == expected)
    let found = try encodeByBlocks(TargetTests.text, with: fitted, blockByteCount: 1 << 16)
    #expect(found.targets == expected.map { Double($0) })
    // They are no inputs.
    #expect(fitted.features.map(\.name) == ["x", "tags", "price"])
  }

  @Test("Several targets are encoded each by itself")
  func several() throws {
    let (fitted, table) = try TargetTests.fitted(["price", "x"], task: .regression)
    let targets = try #require(try fitted.encode(table).targets)
    #expect(targets.map { $0.elements(as: Float.self) } == [[3, 5, 4, 8], [1, 2, 3, 4]])
    let data = try JSONEncoder().encode(fitted)
    #expect(try JSONDecoder().decode(Preprocessing.self, from: data) == fitted)
    #expect(
      message { _ = try TargetTests.fitted(["price", "price"]) }
        == "column 'price': the column is used twice")
    #expect(
      message { _ = try TargetTests.fitted(["price", "cost"]) }?
        .hasPrefix("column 'cost': the target column is not there") == true)
  }

  @Test("An unknown label is refused with its line, in a table and in blocks")
  func unknownLabel() throws {
    let (fitted, _) = try TargetTests.fitted(["tags"], task: .labels)
    let other = "x,tags,red,big,price\n1,red;blue,1,0,3\n"
    let expected = "line 2: column 'tags': unknown class 'blue'; known: \"odd\", big, red, small"
    #expect(message { _ = try fitted.encode(table(other)) } == expected)
    #expect(
      message { _ = try encodeByBlocks(other, with: fitted, blockByteCount: 100) }?
        .hasSuffix(expected) == true)
  }

  @Test("Predictions of several targets stand beside each other, each under its name")
  func writing() throws {
    let number = Preprocessing.Target.number(
      NumberTarget(
        name: "price", scaling: .none,
        statistics: NumberStatistics(of: [1, 2], rows: [0, 1])))
    let classes = Preprocessing.Target.classes(
      ClassTarget(name: "kind", classes: ["a", "b,c"], counts: [1, 1], hasNumberKeys: false))
    let labels = Preprocessing.Target.labels(
      LabelTarget(name: "tags", labels: ["p", "q\"r", "s"], counts: [1, 1, 1], areColumns: false))
    let outputs = Tensor(
      [1.5, 0.25, 0.75, 0.5, 0.75, 0.25, 2, 1, 0, 0, 0, 0] as [Float], shape: [2, 6])
    func printed(_ format: PredictionFormat) throws -> String {
      let writer = try PredictionWriter(targets: [number, classes, labels], format: format)
      let buffer = TextBuffer()
      buffer.append(contentsOf: writer.header)
      outputs.withView { writer.append($0, to: buffer) }
      return String(decoding: buffer.bytes(), as: UTF8.self)
    }
    let csv = try printed(.csv)
    let lines = try printed(.jsonLines)
    #expect(
      csv == #"""
        prediction_price,prediction_kind,probability_kind_a,"probability_kind_b,c",prediction_tags,\#
        probability_tags_p,"probability_tags_q""r",probability_tags_s
        1.5,"b,c",0.25,0.75,"p;q""r",0.5,0.75,0.25
        2,a,1,0,"",0,0,0

        """#)
    #expect(
      lines == #"""
        {"prediction_price":1.5,"prediction_kind":"b,c","probabilities_kind":{"a":0.25,"b,c":0.75},\#
        "prediction_tags":["p","q\"r"],"probabilities_tags":{"p":0.5,"q\"r":0.75,"s":0.25}}
        {"prediction_price":2,"prediction_kind":"a","probabilities_kind":{"a":1,"b,c":0},\#
        "prediction_tags":[],"probabilities_tags":{"p":0,"q\"r":0,"s":0}}

        """#)
  }
}
