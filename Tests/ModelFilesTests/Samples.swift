import Datasets
import Foundation
import HDF5
import Layers
import Networks
import Tensors
import Testing
import Training

@testable import ModelFiles

/// A folder that is removed when the test that made it ends.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("nnmodel-files-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// Everything in the folder.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}

/// All bytes of a file.
func contents(of path: String) throws -> [UInt8] {
  try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
}

/// The words of the error that a closure throws, without the file's name in front.
func words(about file: String, _ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch let error as ModelFileError {
    let text = "\(error)"
    return text.hasPrefix(file + ": ") ? String(text.dropFirst(file.count + 2)) : text
  } catch {
    return "another error: \(error)"
  }
}

/// A small table with a number, a number with gaps, a truth and a category; every third row is
/// of class "yes".
let sampleTable: Table = {
  let random = RandomStream(seed: 6, stream: 1)
  let rows = Array(0..<40)
  let cities: [String?] = rows.map { row in
    row % 7 == 3 ? nil : ["Oslo", "Rome", "Lima"][random.integer(below: 3, at: 1000 + row)]
  }
  let ages = rows.map { 20 + 50 * random.uniform(at: $0) }
  let incomes = rows.map { row -> Double in
    row % 9 == 4 ? .nan : 1000 * random.uniform(at: 200 + row)
  }
  return Table([
    TableColumn("age", numbers: ages),
    TableColumn("income", numbers: incomes),
    TableColumn("member", booleans: rows.map { $0 % 11 == 5 ? nil : $0 % 2 == 0 }),
    TableColumn("city", categories: cities),
    TableColumn("bought", categories: rows.map { $0 % 3 == 0 ? "yes" : "no" }),
  ])
}()

/// A model in all its parts, from a run that may be unfinished.
struct SampleRun {
  var preprocessing: Preprocessing
  var network: Network
  var options: TrainingOptions
  var data: TrainingData
  var validation: TrainingData

  init(optimizer: any Optimizer = AdamW(learningRate: 0.01), epochs: Int = 4) throws {
    preprocessing = try Preprocessing(fitting: sampleTable, target: "bought")
    let encoded = try preprocessing.encode(sampleTable)
    let width = preprocessing.inputs[0].width
    network = try Network.sequential(
      input: [width], named: Preprocessing.featuresInput
    ) {
      Dense(6)
      BatchNormalization()
      Activation(.relu)
      Dropout(0.25)
      Dense(2)
    }
    options = TrainingOptions(
      loss: CrossEntropy(labelSmoothing: 0.05), optimizer: optimizer, schedule: Cosine(),
      warmUp: .share(0.05), epochs: epochs, batchSize: 8, patience: 20, clipNorm: 1, seed: 12)
    let targets = try #require(encoded.targets?[0])
    let inputs = encoded.inputs[0].tensor
    data = TrainingData(inputs.rows(0..<30), targets: targets.rows(0..<30))
    validation = TrainingData(inputs.rows(30..<40), targets: targets.rows(30..<40))
  }

  func trainer(from state: TrainingState? = nil) throws -> Trainer {
    let scoring = Scoring.classes(count: 2)
    guard let state else {
      return try Trainer(
        network, options: options, data: data, validation: validation, scoring: scoring)
    }
    return try Trainer(
      network, options: options, data: data, validation: validation, scoring: scoring,
      from: state)
  }

  /// The model after some steps; nil: after all.
  func model(after steps: Int? = nil) throws -> Model {
    let trainer = try trainer()
    if let steps {
      try trainer.run(until: { trainer.progress.step >= steps })
    } else {
      try trainer.run()
    }
    return Model(
      network: network, options: options, state: trainer.state(), preprocessing: preprocessing,
      configuration: #"{"epochs":4}"#,
      provenance: Provenance(
        commandLine: ["nnmodel", "train", "größer als π.csv"],
        data: DataFingerprint(path: "a.csv", sha256: "00ff", byteCount: 12, rowCount: 40),
        parent: Parent(name: "old.h5", identity: "aa")))
  }
}

/// A model that was never trained.
func untrainedModel() throws -> Model {
  let network = try Network.sequential(input: [3]) {
    Dense(4)
    Activation(.tanh)
    Dense(1)
  }
  return Model(
    network: network, snapshot: TrainingSnapshot(try Parameters(for: network, seed: 3)),
    link: .identity)
}

/// Writes the objects of a file to a new one, as another program might.
///
/// - Parameters:
///   - metadataBlockSize: other than the original's, so that data moves.
///   - keeps: whether a group or dataset of a path is taken over.
///   - renaming: another name for what has a path; nil for its own.
///   - converting: the numbers of a path as they are to be.
///   - changing: what a text of a path is to be.
func copyFile(
  _ source: String, to target: String, metadataBlockSize: Int = 16 << 10,
  keeps: (String) -> Bool = { _ in true }, renaming: (String) -> String? = { _ in nil },
  converting: (String, Tensor) -> Tensor = { $1 }, changing: (String, String) -> String = { $1 }
) throws {
  let original = try NativeFile(reading: source)
  let copy = try HDF5.File(creating: target, metadataBlockSize: metadataBlockSize)
  func copyDataset(_ source: NativeDataset, _ name: String, _ target: Group) throws {
    let path = source.place.path
    if case .text = source.type, source.shape.isEmpty {
      try target.createText(name, changing(path, source.text()))
      return
    }
    let made: Dataset
    if case .text = source.type {
      made = try target.createDataset(
        name, type: source.type, shape: source.shape, bytes: source.bytes().span.bytes)
    } else {
      let tensor = converting(path, try source.tensor())
      made = try tensor.withView { view in
        try view.withRawSpan { span in
          try target.createDataset(
            name, type: Datatype(tensor.elementType), shape: source.shape, bytes: span)
        }
      }
    }
    for (name, value) in source.attributes.sorted(by: { $0.key < $1.key }) {
      try made.setAttribute(name, value)
    }
  }
  func copyGroup(_ source: NativeGroup, _ target: Group) throws {
    for (name, value) in source.attributes.sorted(by: { $0.key < $1.key }) {
      try target.setAttribute(name, value)
    }
    for name in source.childNames {
      switch source.child(name) {
      case .group(let group)? where keeps(group.place.path):
        try copyGroup(group, target.createGroup(renaming(group.place.path) ?? name))
      case .dataset(let dataset)? where keeps(dataset.place.path):
        try copyDataset(dataset, renaming(dataset.place.path) ?? name, target)
      default: break
      }
    }
  }
  try copyGroup(original.root, copy.root)
  try copy.close()
}
