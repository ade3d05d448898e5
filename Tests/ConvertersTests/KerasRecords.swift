import Foundation
import ModelFiles
import Tensors

@testable import Converters

/// What Keras makes of the files of `Fixtures/keras`.
struct KerasRecords: Decodable {
  struct Numbers: Decodable {
    let shape: [Int]
    let values: [Double]

    var tensor: Tensor { Tensor(values.map { Float($0) }, shape: Shape(shape)) }
    var indices: Tensor { Tensor(values.map { Int32($0) }, shape: Shape(shape)) }
  }

  /// A file, what goes in and what comes out, and for one with an optimizer how it goes on.
  struct Record: Decodable {
    let file: String
    let inputs: [Numbers]
    let outputs: [Numbers]
    /// The file with the graph, for one of weights.
    let onto: String?
    /// The rows of ten more steps, and what is to come out of them.
    let rows: Numbers?
    let targets: Numbers?
    let classes: [Int32]?
    let batch: Int?
    let step: Int?
    let after: [String: Numbers]?
  }

  let records: [Record]

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Fixtures/keras").standardizedFileURL

  static func all() throws -> [Record] {
    let data = try Data(contentsOf: folder.appendingPathComponent("expected.json"))
    return try JSONDecoder().decode(KerasRecords.self, from: data).records
  }

  static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
}

extension KerasRecords.Record {
  /// The model that the file becomes, and the report.
  func read(allowsLoss: Bool = false) throws -> (model: Model, log: ConversionLog) {
    try kerasModel(KerasRecords.path(file), onto: onto.map(KerasRecords.path), allowsLoss)
  }
}

/// The model that a file of Keras becomes.
func kerasModel(
  _ path: String, onto: String? = nil, _ allowsLoss: Bool = false
) throws -> (model: Model, log: ConversionLog) {
  var log = ConversionLog(file: path, allowsLoss: allowsLoss)
  let kind = try FileKind(ofFile: path)
  if let importer = Converters.importers.first(where: { $0.kind == kind }) {
    return (try importer.model(reading: path, log: &log), log)
  }
  let architecture = try kerasModel(onto ?? "").model
  return (
    try KerasWeightsImporter.model(
      reading: path, onto: architecture, matching: WeightOptions(), log: &log), log
  )
}

/// The largest difference, relative to the largest number.
func relativeError(_ found: Tensor, _ expected: Tensor) -> Double {
  guard found.count == expected.count else { return .infinity }
  let pairs = zip(found.doubles(), expected.doubles())
  let difference = pairs.map { abs($0 - $1) }.max() ?? 0
  let largest = expected.doubles().map { abs($0) }.max() ?? 0
  return difference / max(largest, 1e-12)
}
