import Foundation
import Kernels
import Tensors
import Testing

@testable import Datasets

struct PredictionWriterTests {
  private let classes = Preprocessing.Target.classes(
    ClassTarget(name: "y", classes: ["a,b", "c\"d", "é"], counts: [1, 1, 1], hasNumberKeys: false))

  private func block(_ text: String) throws -> (reader: CSVReader, block: RowBlock) {
    let folder = try Folder()
    let reader = try CSVReader(ByteSource(path: folder.file(text)))
    let block = RowBlock()
    #expect(try reader.next(into: block))
    try block.index()
    return (reader, block)
  }

  private func printed(
    _ target: Preprocessing.Target, _ format: PredictionFormat, _ outputs: Tensor,
    _ text: String = "id;note\n1;x\n", kept: [String] = [], includesProbabilities: Bool = true
  ) throws -> String {
    let (reader, block) = try block(text)
    let writer = try PredictionWriter(
      targets: [target], format: format, columns: reader.header, kept: kept,
      includesProbabilities: includesProbabilities)
    let buffer = TextBuffer()
    buffer.append(contentsOf: writer.header)
    outputs.withView { writer.append($0, block: block, to: buffer) }
    return String(decoding: buffer.bytes(), as: UTF8.self)
  }

  @Test("Classes are written with their probabilities and the kept columns as they stood")
  func csv() throws {
    let outputs = Tensor(
      rows: [[0.25, 0.5, 0.25], [1, 1e-9, 0], [0, 0.125, 0.875]] as [[Float]])
    let text = "id;note;x\n007;\"a;\"\"b\"\"\";1\n2.50;a,b;2\n;q \"q;3\r\n"
    #expect(
      try printed(classes, .csv, outputs, text, kept: ["note", "id"]) == #"""
        note,id,prediction,"probability_a,b","probability_c""d",probability_é
        "a;""b""",007,"c""d",0.25,0.5,0.25
        "a,b",2.50,"a,b",1,1e-9,0
        "q ""q",,é,0,0.125,0.875

        """#)
    #expect(
      try printed(classes, .csv, outputs, text, includesProbabilities: false)
        == "prediction\n\"c\"\"d\"\n\"a,b\"\né\n")
  }

  @Test("JSON lines are objects that a JSON reader takes")
  func json() throws {
    let outputs = Tensor(rows: [[0.25, 0.5, 0.25], [.nan, 0, 0]] as [[Float]])
    let lines = try printed(
      classes, .jsonLines, outputs, "id;note\n007;\"tab\t \"\"x\"\" \\\"\n-2.5e3;\n",
      kept: ["id", "note"])
    #expect(
      lines == #"""
        {"id":"007","note":"tab\u0009 \"x\" \\","prediction":"c\"d",\#
        "probabilities":{"a,b":0.25,"c\"d":0.5,"é":0.25}}
        {"id":-2.5e3,"note":null,"prediction":"a,b","probabilities":{"a,b":null,"c\"d":0,"é":0}}

        """#)
    for line in lines.split(separator: "\n") {
      #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
    }
  }

  @Test("Numbers come back in the units of the target")
  func regression() throws {
    let table = Table([
      TableColumn("x", numbers: [1, 2, 3]), TableColumn("y", numbers: [100.5, 200, 450.5]),
    ])
    var options = PreprocessingOptions()
    // An extent of 350 is not a power of two, yet float32 has digits enough for these three.
    options.targetScaling = .minMax
    let fitted = try Preprocessing(fitting: table, target: "y", options: options)
    let scaled = try #require(try fitted.encode(table).targets?[0])
    #expect(
      try printed(fitted.target, .csv, scaled, "x\n1\n2\n3\n") == "prediction\n100.5\n200\n450.5\n")
    guard case .number(let target) = fitted.target else { return #expect(Bool(false)) }
    #expect(scaled.elements(as: Float.self).map(target.value(ofOutput:)) == [100.5, 200, 450.5])
  }

  @Test("A kept column must be there, once, and not be called like an output")
  func kept() throws {
    func found(_ kept: [String]) -> String? {
      message {
        _ = try PredictionWriter(
          targets: [classes], format: .csv, columns: ["name", "prediction"], kept: kept)
      }
    }
    #expect(
      found(["nane"])
        == "column 'nane': no such column; did you mean 'name'?; the file has: name, prediction")
    #expect(
      found(["prediction"]) == "column 'prediction': a column of this name is written already")
    #expect(
      found(["name", "name"]) == "column 'name': a column of this name is written already")
  }
}
