import Foundation
import Formats
import Layers
import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Converters

@Suite("What is written as ONNX")
struct ONNXWritingTests {
  private func model(_ network: Network, link: Link = .identity) throws -> Model {
    Model(
      network: network, snapshot: TrainingSnapshot(try Parameters(for: network, seed: 3)),
      link: link)
  }

  private func graph(_ network: Network, link: Link = .identity) throws -> ONNXGraph {
    var log = ConversionLog(file: "model.onnx")
    return try ONNXNetworkWriter.graph(of: model(network, link: link), log: &log)
  }

  @Test("Every layer of the catalogue can be written", arguments: LayerCatalog.standard.names)
  func catalogue(name: String) throws {
    let kind = try LayerCatalog.standard.entry(named: name)
    #expect(kind is any ONNXWritable.Type, "'\(name)' has no counterpart in ONNX yet")
  }

  @Test("A layer without a counterpart is refused by name")
  func unknownLayer() throws {
    let network = try Network.sequential(input: [3]) { Doubling() }
    let error = #expect(throws: ConversionError.self) { try graph(network) }
    #expect(
      error?.description
        == "model.onnx: layer doubling_1: 'doubling' cannot be written in operators of ONNX")
  }

  @Test("Weights that a file cannot hold are refused before they are looked at")
  func largeWeights() throws {
    let network = try Network.sequential(input: [1024]) { Dense(1024) }
    var log = ConversionLog(file: "model.onnx")
    let error = #expect(throws: ConversionError.self) {
      try ONNXNetworkWriter.graph(of: model(network), mostBytes: 4 << 20, log: &log)
    }
    #expect(
      error?.description
        == "model.onnx: the weights take 4 MiB, and an ONNX file that holds them has less than 5; write "
        + "safetensors in its place")
  }

  @Test("What a layer claims without weights takes no room in the file")
  func claims() throws {
    let network = try Network.sequential(input: [1 << 20, 1 << 18]) {
      LayerNormalization(usesScale: false, usesShift: false)
      PositionalEncoding()
    }
    let graph = try graph(network)
    let byteCount = graph.initializer.reduce(0) { $0 + $1.rawData.count }
    // The frequencies of the waves and their phases, in 64 bits.
    #expect(byteCount < 2 * 8 * (1 << 18) + 1000)
  }

  @Test("The same model gives the same bytes")
  func determinism() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("onnx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let network = try Network.sequential(input: [8, 8, 3]) {
      Convolution2D(4)
      BatchNormalization()
      Activation(.gelu)
      MaxPooling2D()
      Flatten()
      Dense(3)
    }
    var files: [Data] = []
    for name in ["a.onnx", "b.onnx"] {
      var log = ConversionLog(file: name)
      let path = folder.appendingPathComponent(name).path
      try ONNXExporter.write(model(network, link: .softmax), to: path, log: &log)
      files.append(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
    #expect(files[0] == files[1])
    #expect(files[0].count > 1000 && files[0].first == 0x08)
  }

  @Test("A chain with channels last is turned at its ends only, and that is said")
  func turning() throws {
    let network = try Network.sequential(input: [9, 9, 2]) {
      Convolution2D(4)
      BatchNormalization()
      Activation(.relu)
      MaxPooling2D()
      ZeroPadding2D()
      Convolution2D(3)
      Flatten()
    }
    var log = ConversionLog(file: "model.onnx")
    let graph = try ONNXNetworkWriter.graph(of: model(network), log: &log)
    #expect(
      log.entries.filter { $0.subject.hasPrefix("value ") }.map(\.subject)
        == ["value features", "value convolution_2d_2"])
    #expect(
      graph.node.map(\.opType) == [
        "Transpose", "Conv", "BatchNormalization", "Relu", "MaxPool", "Pad", "Conv", "Transpose",
        "Flatten",
      ])
    #expect(graph.node.last?.output == ["flatten_1"])
  }

  @Test("A layer that is used twice has its weights once")
  func sharing() throws {
    let builder = NetworkBuilder()
    let left = builder.input("left", shape: [5, 2])
    let right = builder.input("right", shape: [5, 2])
    let tower = builder.add(LSTM(3), named: "tower", to: left)
    let other = builder.reuse(tower, named: "other", on: right)
    let graph = try graph(builder.network(outputs: builder.add(Subtract(), to: tower, other)))
    let names = graph.initializer.map(\.name).filter { !$0.hasPrefix("/") }
    #expect(names == ["tower/kernel", "tower/recurrent_kernel", "tower/bias"])
    let cells = graph.node.filter { $0.opType == "LSTM" }
    #expect(cells.count == 2)
    #expect(cells.allSatisfy { Array($0.input[1...3]) == names })
  }

  @Test("Gates of an LSTM stand in the order of ONNX, with the input's columns as rows")
  func gates() throws {
    let graph = try graph(Network.sequential(input: [4, 1]) { LSTM(1, usesBias: false) })
    let network = try Network.sequential(input: [4, 1]) { LSTM(1, usesBias: false) }
    let kernel = try #require(
      try Parameters(for: network, seed: 3)["lstm_1/kernel"]
    ).elements(as: Float.self)
    let written = try #require(graph.initializer.first { $0.name == "lstm_1/kernel" })
    #expect(written.dims == [1, 4, 1])
    // i, f, g, o become i, o, f, g.
    let expected = [kernel[0], kernel[3], kernel[1], kernel[2]]
    #expect(written.rawData == expected.withUnsafeBytes { Data($0) })
  }

  @Test("The batch and free axes have names, other axes their extents")
  func extents() throws {
    let builder = NetworkBuilder()
    let x = builder.input("image", shape: [8, 6, 3], freeAxes: [0, 1])
    let y = builder.add(Convolution2D(4, padding: .same), named: "out", to: x)
    let graph = try graph(builder.network(outputs: y))
    func axes(_ value: ONNXValueInfo?) -> [String] {
      value?.type.tensorType.shape.dim.map { dimension in
        dimension.dimParam.isEmpty ? "\(dimension.dimValue)" : dimension.dimParam
      } ?? []
    }
    #expect(axes(graph.input.first) == ["N", "image_height", "image_width", "3"])
    #expect(axes(graph.output.first) == ["N", "out_axis0", "out_axis1", "4"])
  }

  @Test("A free axis that other extents cannot have is fixed, and that is said")
  func fixedAxis() throws {
    let builder = NetworkBuilder()
    let x = builder.input("x", shape: [4, 2], freeAxes: [0])
    let network = try builder.network(outputs: builder.add(Reshape([8]), named: "out", to: x))
    var log = ConversionLog(file: "model.onnx")
    let graph = try ONNXNetworkWriter.graph(of: model(network), log: &log)
    #expect(graph.input[0].type.tensorType.shape.dim.map(\.dimValue) == [0, 4, 2])
    #expect(log.entries.contains { $0.fate == .changed && $0.subject == "input x" })
  }

  @Test("Every layer, every weight and all of the training has a fate")
  func report() throws {
    let network = try Network.sequential(input: [3]) {
      Dense(4)
      Activation(.silu)
      Dropout(0.5)
      Dense(2)
    }
    var log = ConversionLog(file: "model.onnx")
    _ = try ONNXNetworkWriter.graph(of: model(network, link: .softmax), log: &log)
    let fates = Dictionary(
      log.entries.map { ($0.subject, $0.fate) }, uniquingKeysWith: { _, last in last })
    #expect(fates["layer dense_1"] == .mapped)
    #expect(fates["layer activation_1"] == .changed)
    #expect(fates["layer dropout_1"] == .ignored)
    #expect(fates["weights dense_2/kernel"] == .mapped)
    #expect(fates["output dense_2"] == .changed)
    #expect(log.entries.allSatisfy { !$0.note.isEmpty })
  }

  @Test("Two outputs that are one value, and an output that is an input, each have their name")
  func aliases() throws {
    let builder = NetworkBuilder()
    let x = builder.input("x", shape: [3])
    let dense = builder.add(Dense(2), named: "dense", to: x)
    let dropped = builder.add(Dropout(0.5), named: "dropped", to: dense)
    let graph = try graph(builder.network(outputs: dense, dropped, x))
    #expect(graph.output.map(\.name) == ["dense", "dropped", "x_output"])
    #expect(graph.node.map(\.opType) == ["Gemm", "Identity", "Identity"])
  }
}

/// A layer that nobody else knows.
private struct Doubling: Layer {
  static let kind = "doubling"
  static var defaults: Doubling { Doubling() }
  func output(for inputs: [ValueSpec]) throws -> ValueSpec { inputs[0] }
  func forward(_ pass: ForwardPass) {}
  func backward(_ pass: BackwardPass) {}
}
