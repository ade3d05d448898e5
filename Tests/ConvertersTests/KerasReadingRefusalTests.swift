import Foundation
import ModelFiles
import Testing

@testable import Converters
@testable import Formats

@Suite struct KerasReadingRefusalTests {
  /// A description of a model, and the words in which it is refused.
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let config: String
    let words: String
    var testDescription: String { name }
  }

  /// A chain of the given layers behind an input of 4 numbers.
  static func chain(_ layers: String..., input: String = "[null, 4]") -> String {
    let all =
      [#"{"class_name": "InputLayer", "config": {"name": "x", "batch_shape": \#(input)}}"#]
      + layers
    return #"{"class_name": "Sequential", "config": {"name": "m", "layers": ["#
      + all.joined(separator: ", ") + "]}}"
  }

  static func layer(_ className: String, _ options: String = "") -> String {
    #"{"class_name": "\#(className)", "registered_name": null, "config": {"name": "l", "#
      + #""trainable": true\#(options)}}"#
  }

  static func graph(_ layers: String, outputs: String = #"["a", 0, 0]"#) -> String {
    #"{"class_name": "Functional", "config": {"name": "m", "layers": ["#
      + #"{"class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": "#
      + #"{"name": "x", "batch_shape": [null, 4]}}, \#(layers)], "#
      + #""input_layers": ["x", 0, 0], "output_layers": \#(outputs)}}"#
  }

  static func node(_ name: String, of source: String) -> String {
    #"{"class_name": "Dense", "name": "\#(name)", "config": {"name": "\#(name)", "units": 2}, "#
      + #""inbound_nodes": [[["\#(source)", 0, 0, {}]]]}"#
  }

  static let cases: [Case] = [
    Case(
      name: "lambda",
      config: chain(layer("Lambda", #", "function": {"class_name": "__lambda__"}"#)),
      words: "layer l: a layer of class 'Lambda' is a program, which is never run"),
    Case(
      name: "lambda as activation",
      config: chain(
        layer("Dense", #", "units": 2, "activation": {"class_name": "__lambda__", "config": {}}"#)),
      words: "layer l: activation: a lambda is a program, which is never run"),
    Case(
      name: "unknown class", config: chain(layer("Densee", #", "units": 2"#)),
      words: "class 'Densee' has no counterpart or is not of Keras itself; did you mean 'Dense'?"),
    Case(
      name: "function of Python", config: chain(layer("system", #", "command": "ls""#)),
      words: "class 'system' has no counterpart or is not of Keras itself"),
    Case(
      name: "custom class",
      config: chain(
        #"{"class_name": "Gate", "registered_name": "mine>Gate", "config": {"name": "gate"}}"#),
      words: "layer gate: class 'mine>Gate' is not of Keras itself"),
    Case(
      name: "subclassed model", config: #"{"class_name": "MyModel", "config": {}}"#,
      words: "class 'MyModel' is not of Keras itself; expected Sequential or Functional"),
    Case(
      name: "model of TensorFlow", config: chain(layer("TFSMLayer", #", "filepath": "/etc""#)),
      words: "a layer of class 'TFSMLayer' is another program's model"),
    Case(
      name: "unknown activation",
      config: chain(layer("Dense", #", "units": 2, "activation": "frelu""#)),
      words: "activation: the function 'frelu' has no counterpart"),
    Case(
      name: "unknown layer in a graph", config: graph(node("a", of: "b")),
      words: "layer a: there is no layer 'b' in its model"),
    Case(
      name: "cycle", config: graph(node("a", of: "b") + ", " + node("b", of: "a")),
      words: "model: it takes 'a', which is not computed before it"),
    Case(
      name: "two of a name", config: graph(node("a", of: "x") + ", " + node("a", of: "x")),
      words: "layer a: two layers have this name"),
    Case(
      name: "no outputs", config: graph(node("a", of: "x"), outputs: "[]"),
      words: "model: it has no outputs"),
    Case(
      name: "other shape", config: chain(layer("Dense", #", "units": 7"#)),
      words: "expected the shape [4, 7] of 'kernel' of layer 'l', found [4, 5]"),
    Case(
      name: "far too large", config: chain(layer("Dense", #", "units": 999999999999"#)),
      words: "layer l: "),
    Case(
      name: "no units", config: chain(layer("Dense")),
      words: "layer l: units: expected a whole number, found nothing"),
    Case(
      name: "units of another type", config: chain(layer("Dense", #", "units": "many""#)),
      words: "layer l: units: expected a whole number, found 'many'"),
    Case(
      name: "stride beyond all",
      config: chain(
        layer(
          "Conv1DTranspose",
          #", "filters": 1, "kernel_size": 9223372036854775807, "dilation_rate": 9223372036854775807"#
        ), input: "[null, 4, 2]"),
      words: "layer l: kernel_size: expected 1 number(s), found 9223372036854775807"),
    Case(
      name: "lowest integer",
      config: chain(layer("Dense", #", "units": -9223372036854775808"#)),
      words: "layer l: units: expected a whole number, found -9223372036854775808"),
    Case(
      name: "no groups",
      config: chain(
        layer("Conv1D", #", "filters": 1, "kernel_size": 1, "groups": 0"#), input: "[null, 4, 2]"),
      words: "layer l: groups: "),
    Case(
      name: "hard sigmoid in a gate",
      config: chain(
        layer(
          "LSTM", #", "units": 2, "activation": "tanh", "recurrent_activation": "hard_sigmoid""#),
        input: "[null, 4, 2]"),
      words: "layer l recurrent_activation: 'hard_sigmoid' has no counterpart"),
    Case(
      name: "no shape", config: chain(layer("Dense", #", "units": 2"#), input: "null"),
      words: "input x: expected a shape, found none"),
    Case(
      name: "an extent of nothing",
      config: chain(layer("Dense", #", "units": 2"#), input: "[null, 0]"),
      words: "input x: expected extents of 1 or more, found 0"),
    Case(name: "no model", config: "[]", words: "expected a description of a model, found []"),
    Case(
      name: "no JSON", config: #"{"class_name": "Sequential""#,
      words: "config.json: not JSON at byte 27: expected ',' or '}', found the end"),
    Case(
      name: "a name twice", config: #"{"a": 1, "a": 2}"#,
      words: "config.json: not JSON at byte 9: expected each name once in an object"),
    Case(
      name: "too deep", config: String(repeating: "[", count: 100_000),
      words: "expected at most 128 lists and objects in each other"),
    Case(
      name: "quantised",
      config: chain(
        layer("Dense", #", "units": 5, "quantization_config": {"mode": "int8"}"#)),
      words: "layer l: quantization_config: layers of quantised numbers are not read"),
  ]

  @Test("Models that call each other again and again are refused in time")
  func doublingModels() throws {
    let input =
      #"{"class_name": "InputLayer", "name": "x", "config": "#
      + #"{"name": "x", "batch_shape": [null, 4]}, "inbound_nodes": []}"#
    func model(_ name: String, calls: String, of inside: String, output: Int) -> String {
      let last = #"["\#(inside.isEmpty ? "x" : "m")", \#(output), 0]"#
      let layers = inside.isEmpty ? input : "\(input), \(inside)"
      return #"{"class_name": "Functional", "name": "m", "inbound_nodes": \#(calls), "#
        + #""config": {"name": "m", "layers": [\#(layers)], "input_layers": [["x", 0, 0]], "#
        + #""output_layers": [\#(last)]}}"#
    }
    let calls =
      #"[[["x", 0, 0, {}]], "#
      + (0..<9).map { #"[["m", \#($0), 0, {}]]"# }.joined(separator: ", ") + "]"
    var config = model("m", calls: calls, of: "", output: 0)
    for _ in 0..<12 { config = model("m", calls: calls, of: config, output: 9) }
    let folder = try TemporaryFolder()
    let path = try archive(config, in: folder)
    let error = #expect(throws: ConversionError.self) { try kerasModel(path) }
    #expect(error?.problem.hasPrefix("expected at most 32768 calls of layers") == true)
  }

  /// An archive with weights of a small model and a description.
  private func archive(_ config: String, in folder: TemporaryFolder) throws -> String {
    let path = folder.path("hostile.keras")
    let weights = try Data(contentsOf: URL(fileURLWithPath: KerasRecords.path("mlp.weights.h5")))
    let writer = try ZipWriter(creating: path, named: path)
    try writer.add(
      "metadata.json", FileBytes(Array(#"{"keras_version": "3.15.1"}"#.utf8), file: path))
    try writer.add("config.json", FileBytes(Array(config.utf8), file: path))
    try writer.add("model.weights.h5", FileBytes(Array(weights), file: path))
    try writer.close()
    return path
  }

  @Test("What is not of Keras, or does not fit, is refused in one line", arguments: cases)
  func refused(_ wrong: Case) throws {
    let folder = try TemporaryFolder()
    let path = try archive(wrong.config, in: folder)
    do {
      _ = try kerasModel(path)
      Issue.record("was read")
    } catch {
      #expect("\(error)".contains(wrong.words), "\(error)")
      #expect("\(error)".hasPrefix(path))
      #expect(!"\(error)".contains("\n"))
    }
  }

  @Test("An optimizer without a counterpart is refused, and left out where that is allowed")
  func unknownOptimizer() throws {
    let folder = try TemporaryFolder()
    let config = """
      {"class_name": "Sequential", "config": {"name": "m", "layers": [
      {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4]}},
      {"class_name": "Dense", "config": {"name": "hidden", "units": 5, "activation": "tanh"}}]},
      "compile_config": {"loss": "mse", "optimizer": {"class_name": "Nadam", "config": {}}}}
      """
    let path = try archive(config, in: folder)
    let error = #expect(throws: ConversionError.self) { try kerasModel(path) }
    #expect(error?.problem.hasSuffix("--allow-loss leaves it out") == true)
    let (model, log) = try kerasModel(path, onto: nil, true)
    #expect(model.training == nil)
    #expect(log.entries.contains { $0.fate == .lost && $0.subject == "optimizer Nadam" })
  }

  @Test("HDF5 under the name of an archive is read")
  func nameDoesNotMatter() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: KerasRecords.path("nested.h5"), toPath: folder.path("nested.keras"))
    let model = try kerasModel(folder.path("nested.keras")).model
    #expect(model.network.outputs == ["first", "second"])
  }

  @Test("Weights that do not fit an architecture load nothing, and both sides are listed")
  func partialWeights() throws {
    let path = KerasRecords.path("mlp.weights.h5")
    let architecture = try kerasModel(KerasRecords.path("nested.keras")).model
    var log = ConversionLog(file: path)
    let error = #expect(throws: ConversionError.self) {
      try KerasWeightsImporter.model(
        reading: path, onto: architecture, matching: WeightOptions(), log: &log)
    }
    #expect(error?.problem.contains("layers without weights: ") == true)
    #expect(error?.problem.contains("weights without a layer: ") == true)
  }
}
