import Foundation
import Kernels
import ModelFiles
import Networks
import Tensors

@testable import Converters
@testable import Formats

/// A model of Fixtures/onnx, made by tools/fixtures/onnx_models.py, with inputs and outputs of a batch.
struct ONNXFixture: Decodable {
  /// A tensor of a record.
  struct Values: Decodable {
    let type: String
    let shape: [Int]
    let numbers: [Double]
  }

  let inputs: [String: Values]
  let outputs: [Values]
  private(set) var path = ""

  private enum CodingKeys: String, CodingKey { case inputs, outputs }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Fixtures/onnx").standardizedFileURL

  init(_ name: String) throws {
    let file = ONNXFixture.folder.appendingPathComponent("\(name).json")
    self = try JSONDecoder().decode(ONNXFixture.self, from: Data(contentsOf: file))
    path = ONNXFixture.folder.appendingPathComponent("\(name).onnx").path
  }

  /// The message of a file.
  static func message(_ path: String) throws -> ONNXModel {
    try ONNXModel(FileBytes(path: path))
  }

  /// The model, and what became of everything.
  func imported() throws -> (Model, ConversionLog) {
    var log = ConversionLog(file: path)
    let model = try ONNXImporter.model(reading: path, log: &log)
    return (model, log)
  }

  /// The numbers of every output for the inputs of the record.
  func run(_ model: Model) throws -> [[Double]] {
    let fed = model.network.inputs.map { inputs[$0.name] }
    let shapes = fed.map { Shape($0?.shape.dropFirst() ?? []) }
    let network = try model.network.withInputs(shaped: shapes)
    let count = fed.first??.shape.first ?? 1
    let plan = try Plan(network, mode: .inference, capacity: count)
    let session = Session(plan, parameters: LiveParameters(model.parameters))
    for (index, values) in fed.enumerated() {
      guard let values else { continue }
      let view = session.input(index, count: count)
      for (place, number) in values.numbers.enumerated() {
        if values.type == "int32" {
          view.setElement(place, to: Int32(number))
        } else {
          view.setElement(place, to: Float(number))
        }
      }
    }
    session.forward(count: count)
    return network.outputs.indices.map { session.output($0, count: count).doubles() }
  }
}
