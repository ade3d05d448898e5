import Foundation
import ModelFiles
import Testing

@testable import Converters
@testable import Formats

/// Files made to do harm: each gets one line that says what is wrong.
@Suite struct ONNXHostileTests {
  @Test("A file that is cut off anywhere is refused, and never ends the program")
  func truncation() throws {
    let folder = try ONNXFolder()
    let whole = try [UInt8](
      Data(contentsOf: ONNXFixture.folder.appendingPathComponent("mlp.onnx")))
    for length in 1..<whole.count {
      let path = try folder.write(Array(whole[..<length]))
      #expect(throws: (any Error).self) { try folder.read(path) }
    }
  }

  @Test("A file with any byte changed is read or refused, and never ends the program")
  func changedBytes() throws {
    let folder = try ONNXFolder()
    for name in ["attention_causal", "lstm_last", "conv_groups", "slices", "shapes"] {
      let whole = try [UInt8](
        Data(contentsOf: ONNXFixture.folder.appendingPathComponent("\(name).onnx")))
      for place in stride(from: 0, to: whole.count, by: 3) {
        var changed = whole
        changed[place] ^= UInt8(truncatingIfNeeded: 1 << (place % 8) | 0x80)
        _ = try? folder.read(folder.write(changed))
      }
    }
  }

  @Test func emptyAndOtherFilesAreNoModels() throws {
    let folder = try ONNXFolder()
    #expect(folder.message([]) == "model.onnx: is no ONNX model: it has no graph")
    #expect(
      folder.message(Array("not a model at all".utf8))
        == "model.onnx: is no ONNX model, or is cut off: its bytes are not a protobuf message")
  }

  @Test func nestedMessagesAreRefused() throws {
    // A graph in an attribute in a node in a graph, a thousand times.
    var inner: [UInt8] = []
    for _ in 0..<1000 {
      for tag: UInt8 in [0x32, 0x2A, 0x0A] { inner = ONNXFolder.field(tag, inner) }
    }
    let folder = try ONNXFolder()
    #expect(
      folder.message(ONNXFolder.field(0x3A, inner))
        == "model.onnx: is nested deeper than any ONNX model; expected messages of few levels")
  }

  @Test func cyclesAreRefused() throws {
    let problem = ONNXSketch.message {
      $0.add("Relu", ["b"], ["a"])
      $0.add("Relu", ["a"], ["b"])
      $0.outputs = ["b"]
    }
    #expect(problem == "node b (Relu): waits for itself: the graph has a cycle")
  }

  @Test func missingInitializersAreRefused() throws {
    let problem = ONNXSketch.message { $0.add("MatMul", ["x", "w"], ["y"]) }
    #expect(
      problem == "node y (MatMul): takes 'w', which no node gives and no initializer holds")
  }

  @Test(arguments: ["If", "Loop", "Scan"])
  func subgraphsAreRefused(kind: String) throws {
    let problem = ONNXSketch.message { $0.add(kind, ["x"], ["y"]) }
    #expect(problem == "node y (\(kind)): holds graphs of its own, which have no counterpart")
  }

  @Test func unknownOperatorsAreRefusedByName() throws {
    #expect(
      ONNXSketch.message { $0.add("Einsum", ["x"], ["y"], name: "mix") }
        == "node mix (Einsum): has no counterpart")
    #expect(
      ONNXSketch.message { $0.add("FusedThing", ["x"], ["y"], domain: "com.example") }
        == "node y (FusedThing): belongs to the operators 'com.example', which have no counterpart")
  }

  @Test func attributesOfAnotherTypeAreRefused() throws {
    let problem = ONNXSketch.message {
      $0.add("LeakyRelu", ["x"], ["y"])
      var attribute = ONNXNodeAttribute()
      attribute.name = "alpha"
      attribute.type = .string
      attribute.s = Data("0.1".utf8)
      $0.message.graph.node[0].attribute = [attribute]
    }
    #expect(problem == "node y (LeakyRelu): attribute 'alpha': expected a real number, found text")
  }

  @Test func unknownAttributesAreLostOnly() throws {
    let make: (inout ONNXSketch) -> Void = {
      $0.add("Relu", ["x"], ["y"])
      var attribute = ONNXNodeAttribute()
      attribute.name = "beta"
      attribute.type = .int
      attribute.i = 1
      $0.message.graph.node[0].attribute = [attribute]
    }
    #expect(
      ONNXSketch.message(make)
        == "node y (Relu): its attribute 'beta' is not known; --allow-loss leaves it out")
    #expect(ONNXSketch.message(allowsLoss: true, make) == "no error")
  }

  @Test func partsThatAreNotReadAreLostOnly() throws {
    let folder = try ONNXFolder()
    var sketch = ONNXSketch()
    sketch.add("Relu", ["x"], ["y"])
    // Field 20 of a model, training_info, and field 15 of a graph, sparse_initializer.
    let training = try sketch.bytes() + [0xA2, 0x01, 0x00]
    #expect(
      folder.message(training)
        == "model.onnx: training_info: graphs of training and their state have no counterpart; "
        + "--allow-loss leaves it out")
    #expect(folder.message(training, allowsLoss: true) == "no error")
  }

  @Test func namesThatAreGivenTwiceAreRefused() throws {
    #expect(
      ONNXSketch.message {
        $0.add("Relu", ["x"], ["y"])
        $0.add("Tanh", ["x"], ["y"])
      } == "node y (Tanh): gives 'y', which something else gives already")
    #expect(
      ONNXSketch.message {
        $0.weights("w", [2, 2])
        $0.weights("w", [2, 2])
        $0.add("MatMul", ["x", "w"], ["y"])
      } == "two initializers are named 'w'")
  }

  @Test func graphsThatDependOnNothingAreRefused() throws {
    #expect(
      ONNXSketch.message {
        $0.weights("w", [2, 2])
        $0.add("Relu", ["w"], ["y"])
      } == "no output depends on an input; expected a network")
    #expect(ONNXSketch.message { _ in } == "output 'y' is given by no node")
  }

  @Test func functionsThatCallThemselvesAreRefused() throws {
    let problem = ONNXSketch.message { sketch in
      sketch.add("Loops", ["x"], ["y"], domain: "own")
      var function = ONNXFunction()
      function.name = "Loops"
      function.domain = "own"
      function.input = ["a"]
      function.output = ["b"]
      function.node = sketch.message.graph.node
      function.node[0].input = ["a"]
      function.node[0].output = ["b"]
      sketch.message.functions = [function]
    }
    #expect(problem.hasSuffix("is a function that calls itself, or too many in a row"))
  }

  @Test func functionsThatGrowWithoutEndAreRefused() throws {
    let problem = ONNXSketch.message { sketch in
      sketch.add("F15", ["x"], ["y"], domain: "own")
      for level in 0..<16 {
        var function = ONNXFunction()
        function.name = "F\(level)"
        function.domain = "own"
        function.input = ["a"]
        function.output = ["b3"]
        var inner = ONNXSketch()
        for step in 0..<4 {
          inner.add(
            level == 0 ? "Relu" : "F\(level - 1)", [step == 0 ? "a" : "b\(step - 1)"],
            ["b\(step)"], domain: level == 0 ? "" : "own")
        }
        function.node = inner.message.graph.node
        sketch.message.functions.append(function)
      }
    }
    #expect(problem.hasSuffix("its functions become more than 65536 nodes"))
  }

  @Test func longChainsAreNoTrouble() throws {
    let problem = ONNXSketch.message { sketch in
      var last = "x"
      for step in 0..<20_000 {
        sketch.add("Relu", [last], ["r\(step)"])
        last = "r\(step)"
      }
      sketch.outputs = [last]
    }
    #expect(problem == "no error")
  }

  @Test(
    "Dimensions that are negative or huge make no memory",
    arguments: [
      ([-3, 4], "tensor 'w': expected extents of 0 or more, found -3"),
      (
        [1 << 40, 1 << 40],
        "tensor 'w': expected at most 2^41 elements, found [1099511627776, "
          + "1099511627776]"
      ),
      ([1 << 38, 4], "tensor 'w': expected 4398046511104 bytes of numbers, found 16"),
      ([1, 1, 1, 1, 1, 1, 1, 1, 1], "tensor 'w': expected at most 8 axes, found 9"),
    ] as [([Int64], String)])
  func dimensions(dims: [Int64], problem: String) throws {
    let found = ONNXSketch.message {
      $0.weights("w", [2, 2])
      $0.message.graph.initializer[0].dims = dims
      $0.add("MatMul", ["x", "w"], ["y"])
    }
    #expect(found == problem)
  }

  @Test func inputsOfHugeExtentsMakeNoMemory() throws {
    let problem = ONNXSketch.message {
      $0.message.graph.input[0] = ONNXSketch.info("x", [2, 1 << 40, 1 << 40])
      $0.add("Relu", ["x"], ["y"])
    }
    #expect(
      problem == "input x: expected at most 2^41 elements, found [2, 1099511627776, 1099511627776]")
  }

  @Test func constantsThatGrowWithoutEndAreRefused() throws {
    let problem = ONNXSketch.message {
      $0.weights("w", [16])
      var last = "w"
      for step in 0..<40 {
        $0.add("Concat", [last, last], ["c\(step)"], integers: ["axis": 0])
        last = "c\(step)"
      }
      $0.add("Add", ["x", last], ["y"])
    }
    #expect(problem.hasSuffix("(Concat): constants are computed from constants without end"))
  }

  @Test func tensorsOfOtherTypesAreRefused() throws {
    let problem = ONNXSketch.message {
      $0.weights("w", [2, 2])
      $0.message.graph.initializer[0].dataType = 8
      $0.add("MatMul", ["x", "w"], ["y"])
    }
    #expect(
      problem == "tensor 'w': holds string, which is not read; expected numbers of 8 to 64 bits")
  }

  @Test(
    "Numbers of another file come from beside the model only",
    arguments: [
      ("../secret", "external data: expected a file beside the model, found '../secret'"),
      ("/etc/passwd", "external data: expected a file beside the model, found '/etc/passwd'"),
      ("a/../../b", "external data: expected a file beside the model, found 'a/../../b'"),
      ("", "external data: expected a file beside the model, found ''"),
      ("absent.bin", "external data: 'absent.bin' cannot be opened: no such file or directory"),
      ("link.bin", "external data: 'link.bin' is reached through a link, which is not followed"),
      (
        "folder/data.bin",
        "external data: 'folder/data.bin' is reached through a link, which is not "
          + "followed"
      ),
    ])
  func externalPaths(location: String, problem: String) throws {
    let folder = try ONNXFolder()
    try folder.write([0], named: "real.bin")
    let manager = FileManager.default
    try manager.createSymbolicLink(
      atPath: folder.path("link.bin"), withDestinationPath: folder.path("real.bin"))
    try manager.createSymbolicLink(
      atPath: folder.path("folder"), withDestinationPath: "/tmp")
    let found = try folder.message(externalModel(["location": location]))
    #expect(found == "model.onnx: tensor 'w': \(problem)")
  }

  @Test func externalNumbersBehindTheEndAreRefused() throws {
    let folder = try ONNXFolder()
    try folder.write(Array(repeating: 0, count: 20), named: "data.bin")
    #expect(
      try folder.message(
        externalModel(["location": "data.bin", "offset": "8", "length": "16"]))
        == "model.onnx: tensor 'w': external data: expected 16 bytes from 8, found a file 'data.bin' "
        + "of 20")
    #expect(
      try folder.message(externalModel(["location": "data.bin", "length": "8"]))
        == "model.onnx: tensor 'w': expected 16 bytes of numbers, found 8")
    #expect(
      try folder.message(externalModel(["location": "data.bin", "offset": "-4"]))
        == "model.onnx: tensor 'w': external data: offset: expected a number of bytes, found '-4'")
    #expect(
      try folder.message(
        externalModel(["location": "data.bin", "offset": "4", "length": "16"])) == "no error")
  }

  private func externalModel(_ entries: [String: String]) throws -> [UInt8] {
    var sketch = ONNXSketch()
    sketch.weights("w", [2, 2])
    sketch.message.graph.initializer[0].clearRawData()
    sketch.message.graph.initializer[0].dataLocation = 1
    sketch.message.graph.initializer[0].externalData = entries.sorted { $0.key < $1.key }.map {
      var entry = ONNXStringEntry()
      entry.key = $0.key
      entry.value = $0.value
      return entry
    }
    sketch.add("MatMul", ["x", "w"], ["y"])
    return try sketch.bytes()
  }
}
