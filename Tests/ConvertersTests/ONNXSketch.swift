import Foundation
import ModelFiles

@testable import Converters
@testable import Formats

/// An ONNX model under construction: x of [N, 2] in, y out, where nothing else is said.
struct ONNXSketch {
  var message = ONNXModel()

  init(opset: Int64 = 17) {
    message.irVersion = 8
    var set = ONNXOperatorSet()
    set.version = opset
    message.opsetImport = [set]
    message.graph.input = [ONNXSketch.info("x", [nil, 2])]
    outputs = ["y"]
  }

  var outputs: [String] {
    get { message.graph.output.map(\.name) }
    set { message.graph.output = newValue.map { ONNXSketch.info($0, [nil, 2]) } }
  }

  static func info(_ name: String, _ extents: [Int64?]) -> ONNXValueInfo {
    var info = ONNXValueInfo()
    info.name = name
    info.type.tensorType.elemType = 1
    info.type.tensorType.shape.dim = extents.map { extent in
      var dimension = ONNXDimension()
      if let extent { dimension.dimValue = extent } else { dimension.dimParam = "N" }
      return dimension
    }
    return info
  }

  mutating func weights(_ name: String, _ dims: [Int64]) {
    var tensor = ONNXTensorData()
    tensor.name = name
    tensor.dims = dims
    tensor.dataType = 1
    tensor.rawData = Data(repeating: 0, count: 4 * Int(dims.reduce(1, *)))
    message.graph.initializer.append(tensor)
  }

  mutating func add(
    _ kind: String, _ inputs: [String], _ outputs: [String], name: String = "",
    domain: String = "", integers: [String: Int64] = [:], lists: [String: [Int64]] = [:]
  ) {
    var node = ONNXGraphNode()
    node.opType = kind
    node.input = inputs
    node.output = outputs
    node.name = name
    node.domain = domain
    node.attribute = integers.sorted { $0.key < $1.key }.map {
      var attribute = ONNXNodeAttribute()
      attribute.name = $0.key
      attribute.type = .int
      attribute.i = $0.value
      return attribute
    }
    for (name, numbers) in lists {
      var attribute = ONNXNodeAttribute()
      attribute.name = name
      attribute.type = .ints
      attribute.ints = numbers
      node.attribute.append(attribute)
    }
    message.graph.node.append(node)
  }

  func bytes() throws -> [UInt8] { try message.serialized(file: "model.onnx") }

  /// The message of the error that a model must give, without the name of the file.
  static func message(
    allowsLoss: Bool = false, _ make: (inout ONNXSketch) -> Void
  ) -> String {
    var sketch = ONNXSketch()
    make(&sketch)
    do {
      let text = try ONNXFolder().message(sketch.bytes(), allowsLoss: allowsLoss)
      return text.hasPrefix("model.onnx: ") ? String(text.dropFirst("model.onnx: ".count)) : text
    } catch {
      return "\(error)"
    }
  }
}

/// A folder for models that is gone when the test is over.
final class ONNXFolder {
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("onnx-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  @discardableResult
  func write(_ bytes: [UInt8], named name: String = "model.onnx") throws -> String {
    try Data(bytes).write(to: url.appendingPathComponent(name))
    return path(name)
  }

  @discardableResult
  func read(_ path: String, allowsLoss: Bool = false) throws -> Model {
    var log = ConversionLog(file: path, allowsLoss: allowsLoss)
    return try ONNXImporter.model(reading: path, log: &log)
  }

  /// The message of the error that bytes must give, without the folder; "no error" where they are read.
  func message(_ bytes: [UInt8], allowsLoss: Bool = false) -> String {
    do {
      try read(write(bytes), allowsLoss: allowsLoss)
      return "no error"
    } catch {
      return "\(error)".replacing(url.path + "/", with: "")
    }
  }

  /// A field of a message: its tag, its length and its bytes.
  static func field(_ tag: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var length = bytes.count
    var head: [UInt8] = [tag]
    while length >= 128 {
      head.append(UInt8(length & 127) | 128)
      length >>= 7
    }
    return head + [UInt8(length)] + bytes
  }
}
