import Foundation
import Kernels
import ModelFiles
import Networks
import Tensors
import Testing

@testable import Converters

@Suite struct ONNXImportTests {
  /// The names of the models of Fixtures/onnx.
  static let names: [String] = {
    let files =
      (try? FileManager.default.contentsOfDirectory(atPath: ONNXFixture.folder.path)) ?? []
    return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }()

  @Test("Every graph computes what ONNX Runtime computes", arguments: names)
  func graphsComputeTheSame(name: String) throws {
    let fixture = try ONNXFixture(name)
    let (model, _) = try fixture.imported()
    let found = try fixture.run(model)
    #expect(found.count == fixture.outputs.count)
    for (mine, right) in zip(found, fixture.outputs) {
      #expect(mine.count == right.numbers.count)
      let largest = right.numbers.map(abs).max() ?? 0
      let error = zip(mine, right.numbers).map { abs($0 - $1) }.max() ?? 0
      // Both add the same float32 numbers in different orders.
      #expect(error <= 1e-5 * max(largest, 1e-30), "\(error) of \(largest)")
    }
  }

  @Test("Every node, initializer, input and output is in the report", arguments: names)
  func nothingIsSilent(name: String) throws {
    let fixture = try ONNXFixture(name)
    let (_, log) = try fixture.imported()
    let message = try ONNXFixture.message(fixture.path)
    let subjects = log.entries.map(\.subject)
    for node in message.graph.node {
      #expect(subjects.contains { $0.hasSuffix("(\(node.opType))") || $0.contains(node.name) })
    }
    for tensor in message.graph.initializer {
      #expect(subjects.contains("initializer \(tensor.name)"))
    }
    for info in message.graph.input + message.graph.output {
      #expect(
        subjects.contains("input \(info.name)") || subjects.contains("output \(info.name)")
          || subjects.contains("initializer \(info.name)"))
    }
  }

  @Test("Attention, normalisation and GELU in parts become one layer each")
  func patternsBecomeLayers() throws {
    func kinds(_ name: String) throws -> [String] {
      try ONNXFixture(name).imported().0.network.nodes.map { $0.layer.kind }
    }
    #expect(try kinds("attention") == ["multi_head_attention"])
    #expect(try kinds("torch_attention_packed") == ["multi_head_attention"])
    #expect(try kinds("layer_norm_parts") == ["layer_normalization"])
    #expect(try kinds("rms_norm_parts") == ["rms_normalization"])
    #expect(try kinds("torch_mlp") == ["dense", "activation", "dense"])
    #expect(
      try kinds("torch_group_norm") == [
        "convolution_2d", "group_normalization", "group_normalization",
      ])
    #expect(try kinds("torch_flatten") == ["convolution_2d", "activation", "flatten", "dense"])
    #expect(try kinds("channels_last_graph") == ["convolution_2d", "activation"])
  }

  @Test("A converted model is the same from its file")
  func filesKeepTheModel() throws {
    let fixture = try ONNXFixture("torch_residual")
    let (model, _) = try fixture.imported()
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("onnx-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("model.h5").path
    try model.write(to: path)
    let read = try ModelFile(reading: path).model()
    #expect(read.network == model.network)
    #expect(read.parameters == model.parameters)
  }

  @Test("Inputs take any extent only along axes from which nothing follows")
  func freeAxes() throws {
    func freeAxes(_ make: (inout ONNXSketch) -> Void) throws -> Set<Int> {
      var sketch = ONNXSketch()
      var info = ONNXSketch.info("x", [nil, nil, 2])
      info.type.tensorType.shape.dim[0].dimParam = "batch"
      info.type.tensorType.shape.dim[1].dimParam = "time"
      sketch.message.graph.input = [info]
      make(&sketch)
      let folder = try ONNXFolder()
      return try folder.read(folder.write(sketch.bytes())).network.inputs[0].freeAxes
    }
    #expect(try freeAxes { $0.add("Relu", ["x"], ["y"]) } == [0])
    // A last step less than there are: the network would keep the number.
    #expect(
      try freeAxes {
        $0.add("Constant", [], ["axis"], lists: ["value_ints": [1]])
        $0.add("Constant", [], ["first"], lists: ["value_ints": [0]])
        $0.add("Constant", [], ["last"], lists: ["value_ints": [-1]])
        $0.add("Slice", ["x", "first", "last", "axis"], ["y"])
      } == [])
  }
}
