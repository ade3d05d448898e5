import Foundation
import Formats
import HDF5
import Layers
import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Converters

/// A folder for the files of one test, taken away behind it.
final class KerasWritingFolder {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("keras-writing-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes a model as an archive.
  func write(
    _ model: Model, to name: String = "model.keras", allowsLoss: Bool = false
  ) throws -> ConversionLog {
    var log = ConversionLog(file: name, allowsLoss: allowsLoss)
    let exporter: any ModelExporter.Type =
      name.hasSuffix(".keras") ? KerasArchiveExporter.self : KerasHDF5Exporter.self
    try exporter.write(model, to: path(name), log: &log)
    return log
  }

  /// The configuration in an archive.
  func configuration(_ name: String = "model.keras") throws -> [String: Any] {
    let archive = try ZipArchive(path: path(name))
    let member = try #require(archive["config.json"])
    let bytes = try archive.bytes(of: member)
    let value = try JSONSerialization.jsonObject(with: Data(bytes.copy(0..<bytes.byteCount)))
    return try #require(value as? [String: Any])
  }

  /// The weights in an archive, as a file that can be opened.
  func weights(_ name: String = "model.keras") throws -> HDF5.File {
    let archive = try ZipArchive(path: path(name))
    let member = try #require(archive["model.weights.h5"])
    let bytes = try archive.bytes(of: member)
    let path = path(name + ".h5")
    try Data(bytes.copy(0..<bytes.byteCount)).write(to: URL(fileURLWithPath: path))
    return try HDF5.File(reading: path)
  }
}

/// A model that was not trained, of weights that a seed decides.
func kerasModel(_ network: Network, links: [Link] = [.identity]) throws -> Model {
  Model(
    network: network, snapshot: TrainingSnapshot(try Parameters(for: network, seed: 3)),
    link: links[0], furtherLinks: Array(links.dropFirst()))
}

extension HDF5.File {
  /// The numbers of a dataset.
  func floats(_ path: String) throws -> [Float] {
    try floats(root.dataset(at: path).read(budget: 1 << 20))
  }

  private func floats(_ bytes: [UInt8]) -> [Float] {
    stride(from: 0, to: bytes.count, by: 4).map { start in
      let word = bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return Float(bitPattern: word)
    }
  }
}

@Suite("What is written for Keras")
struct KerasWritingTests {
  @Test("Every kind of layer has a counterpart in Keras")
  func catalogue() {
    for kind in LayerCatalog.standard.entries {
      #expect(kind.defaults is any KerasWritable, "\(kind.kind)")
    }
  }

  @Test("Every optimizer and every loss has a counterpart in Keras")
  func training() {
    for kind in OptimizerCatalog.standard.entries {
      #expect(kind.defaults is any KerasWritableOptimizer, "\(kind.kind)")
    }
    for kind in LossCatalog.standard.entries {
      #expect(kind.defaults is any KerasWritableLoss, "\(kind.kind)")
    }
  }

  /// What tools/fixtures/keras_orders.py has recorded.
  private struct Orders: Decodable {
    struct Graph: Decodable {
      struct Value: Decodable {
        var layer: String
        var from: [Int]
      }
      var values: [Value]
      var inputs: Int
      var outputs: [Int]
      var order: [String]
    }
    var names: [String: String]
    var graphs: [Graph]
  }

  private func orders() throws -> Orders {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Fixtures/keras_writing/orders.json")
    return try JSONDecoder().decode(Orders.self, from: Data(contentsOf: file))
  }

  @Test("Layers are in the order of Keras, which decides where it looks for their weights")
  func order() throws {
    let graphs = try orders().graphs
    #expect(graphs.count == 24)
    for (number, recorded) in graphs.enumerated() {
      var graph = WrittenKerasGraph(reserving: [], log: ConversionLog(file: "a.keras"))
      var tensors: [WrittenKerasTensor] = []
      for (index, value) in recorded.values.enumerated() {
        if index < recorded.inputs {
          graph.addInput(value.layer, shape: [2], elementType: "float32")
          tensors.append(graph.inputs[index])
          continue
        }
        let taken = value.from.map { WrittenKerasArgument.tensor(tensors[$0]) }
        let layer = WrittenKerasLayer(name: value.layer, className: "Layer", options: [])
        tensors.append(graph.add(layer, WrittenKerasCall(arguments: taken), shape: [2]))
      }
      graph.outputs = recorded.outputs.map { tensors[$0] }
      #expect(graph.order.map { graph.layers[$0].name } == recorded.order, "graph \(number)")
    }
  }

  @Test("Names of classes become names of attributes as in Keras")
  func names() throws {
    for (name, expected) in try orders().names {
      #expect(KerasArchiveExporter.snakeCase(name) == expected)
    }
  }

  @Test("A chain is Sequential, with weights under the paths of attributes")
  func chain() throws {
    let folder = try KerasWritingFolder()
    let network = try Network.sequential(input: [5, 3]) {
      GRU(2, returnsSequence: true)
      LSTM(4)
      Dense(3)
      Dense(2)
    }
    let model = try kerasModel(network, links: [.softmax])
    let log = try folder.write(model)
    let configuration = try folder.configuration()
    #expect(configuration["class_name"] as? String == "Sequential")
    let inner = try #require(configuration["config"] as? [String: Any])
    let layers = try #require(inner["layers"] as? [[String: Any]])
    #expect(
      layers.map { $0["class_name"] as? String }
        == ["InputLayer", "GRU", "LSTM", "Dense", "Dense", "Activation"])
    let weights = try folder.weights()
    #expect(
      try weights.floats("layers/gru/cell/vars/2")
        == (model.parameters["gru_1/bias"]?.elements() ?? [])
        + (model.parameters["gru_1/recurrent_bias"]?.elements() ?? []))
    #expect(try weights.root.dataset(at: "layers/gru/cell/vars/2").shape == [2, 6])
    #expect(
      try weights.floats("layers/dense_1/vars/0") == model.parameters["dense_2/kernel"]?.elements())
    #expect(log.entries.contains { $0.fate == .changed && $0.subject == "link of output dense_2" })
  }

  @Test(
    "A layer that is used twice is one layer of two nodes; several inputs and outputs keep names")
  func shared() throws {
    let folder = try KerasWritingFolder()
    let builder = NetworkBuilder()
    let (left, right) = (
      builder.input("left", shape: [4], freeAxes: []), builder.input("right", shape: [4])
    )
    let tower = builder.add(Dense(3), named: "tower", to: left)
    let other = builder.reuse(tower, named: "other", on: right)
    let network = try builder.network(
      outputs: builder.add(Subtract(), named: "difference", to: tower, other), other)
    let log = try folder.write(try kerasModel(network, links: [.identity, .sigmoid]))
    let configuration = try folder.configuration()
    #expect(configuration["class_name"] as? String == "Functional")
    let inner = try #require(configuration["config"] as? [String: Any])
    let layers = try #require(inner["layers"] as? [[String: Any]])
    let node = try #require(layers.first { $0["name"] as? String == "tower" })
    #expect((node["inbound_nodes"] as? [Any])?.count == 2)
    #expect(!layers.contains { $0["name"] as? String == "other" })
    #expect(inner["input_layers"] as? [[AnyHashable]] == [["left", 0, 0], ["right", 0, 0]])
    #expect(
      inner["output_layers"] as? [[AnyHashable]] == [
        ["difference", 0, 0], ["other_sigmoid", 0, 0],
      ])
    #expect(log.entries.contains { $0.fate == .changed && $0.subject == "layer other" })
  }

  @Test("Axes that may change are open in Keras, and what needs them fixed is refused")
  func freeAxes() throws {
    let folder = try KerasWritingFolder()
    func network(_ layer: any Layer) throws -> Network {
      let builder = NetworkBuilder()
      let input = builder.input("x", shape: [6, 2], freeAxes: [0])
      let value = builder.add(layer, named: "it", to: input)
      return try builder.network(outputs: builder.add(GlobalAveragePooling(), to: value))
    }
    _ = try folder.write(try kerasModel(try network(Slice(axis: 0, start: 1, stop: -2))))
    let inner = try #require(try folder.configuration()["config"] as? [String: Any])
    let layers = try #require(inner["layers"] as? [[String: Any]])
    let shape = (layers[0]["config"] as? [String: Any])?["batch_shape"] as? [Any]
    #expect(shape?.count == 3 && shape?[1] is NSNull && shape?[2] as? Int == 2)
    #expect((layers[1]["config"] as? [String: Any])?["cropping"] as? [Int] == [1, 2])
    let error = #expect(throws: ConversionError.self) {
      try folder.write(try kerasModel(try network(PositionalEncoding())))
    }
    #expect(
      error?.description
        == "model.keras: layer it: a positional encoding needs extents that do not change; fix the "
        + "input's axes")
  }

  @Test(
    "What Keras does not have is refused by the layer's name",
    arguments: [
      (
        TransposedConvolution1D(2, stride: [2], dilation: [2]) as any Layer,
        "Keras' Conv1DTranspose cannot have a stride and a dilation of more than 1 together"
      ),
      (
        TransposedConvolution1D(2, groups: 2),
        "Keras' Conv1DTranspose has no groups; expected 1, found 2"
      ),
      (
        Normalization(epsilon: 0.1),
        "the least deviation is 1e-7 in Keras, and 0.1 here; --allow-loss leaves it out"
      ),
    ])
  func refusals(layer: any Layer, problem: String) throws {
    let folder = try KerasWritingFolder()
    let builder = NetworkBuilder()
    let input = builder.input("x", shape: [8, 4])
    let network = try builder.network(outputs: builder.add(layer, named: "it", to: input))
    let error = #expect(throws: ConversionError.self) {
      try folder.write(try kerasModel(network))
    }
    #expect(error?.description == "model.keras: layer it: \(problem)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("model.keras")))
  }

  @Test("A padding of given cells is Keras' own where that is the same, and else a layer before")
  func paddings() throws {
    let folder = try KerasWritingFolder()
    for (cells, classes) in [
      ([1, 1], ["InputLayer", "Conv1D", "MaxPooling1D"]),
      ([2, 0], ["InputLayer", "ZeroPadding1D", "Conv1D", "MaxPooling1D"]),
    ] {
      let network = try Network.sequential(input: [8, 2]) {
        Convolution1D(3, kernelSize: [3], padding: .explicit([cells]))
        MaxPooling1D(size: [3], stride: [1], padding: .explicit([[1, 1]]))
      }
      _ = try folder.write(try kerasModel(network))
      let inner = try #require(try folder.configuration()["config"] as? [String: Any])
      let layers = try #require(inner["layers"] as? [[String: Any]])
      #expect(layers.map { $0["class_name"] as? String } == classes)
    }
  }

  @Test("A parameter in common with another kind of layer is written twice when losses are allowed")
  func ties() throws {
    let folder = try KerasWritingFolder()
    let builder = NetworkBuilder()
    let first = builder.add(Dense(4), named: "first", to: builder.input("x", shape: [4]))
    let second = builder.add(Dense(4), named: "second", to: first)
    builder.tie(second, "kernel", to: "first/kernel")
    let model = try kerasModel(try builder.network(outputs: second))
    let error = #expect(throws: ConversionError.self) { try folder.write(model) }
    #expect(error?.subject == "weights second/kernel")
    let log = try folder.write(model, allowsLoss: true)
    #expect(log.entries.contains { $0.fate == .lost && $0.subject == "weights second/kernel" })
    let weights = try folder.weights()
    #expect(
      try weights.floats("layers/dense/vars/0") == weights.floats("layers/dense_1/vars/0"))
  }

  @Test("The same model gives the same bytes, and takes the place of a file only when it is whole")
  func bytes() throws {
    let folder = try KerasWritingFolder()
    let model = try kerasModel(try Network.sequential(input: [3]) { Dense(2) })
    for name in ["a.keras", "b.keras", "a.hdf5", "b.hdf5"] {
      _ = try folder.write(model, to: name)
      _ = try folder.write(model, to: name)
    }
    for end in ["keras", "hdf5"] {
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: folder.path("a.\(end)")))
          == Data(contentsOf: URL(fileURLWithPath: folder.path("b.\(end)"))))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 4)
    let archive = try ZipArchive(path: folder.path("a.keras"))
    #expect(archive.members.map(\.name) == ["metadata.json", "config.json", "model.weights.h5"])
    #expect(archive.members.allSatisfy { $0.byteCount == $0.packedByteCount })
  }

  @Test("JSON says what Python's reads")
  func json() {
    let value: WrittenKerasValue = [
      "a\"\\\n\u{1}é": [nil, true, 1, 0.1, "ü"], "n": .number(.infinity), "z": [:],
    ]
    #expect(
      value.json
        == "{\"a\\\"\\\\\\n\\u0001é\": [null, true, 1, 0.1, \"ü\"], \"n\": Infinity, \"z\": {}}")
  }
}
