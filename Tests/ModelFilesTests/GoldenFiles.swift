import Datasets
import Foundation
import HDF5
import Layers
import Networks
import Tensors
import Testing
import Training

@testable import ModelFiles

/// The models that `Fixtures/models` keeps for ever, as version 1.0 of the format wrote them.
enum GoldenFiles {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Fixtures/models").standardizedFileURL.path

  static let names = [
    "untrained", "running", "finished", "regression", "shared", "float64", "float16", "bfloat16",
    "extended",
  ]

  /// What was recorded of a file when it was made.
  struct Record: Codable {
    var identity: String
    var weightsIdentity: String
    /// The predictions for ``inputs(of:)``.
    var predictions: [Double]
  }

  static func path(_ name: String) -> String { "\(folder)/\(name).h5" }

  static func records() throws -> [String: Record] {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/golden.json"))
    return try JSONDecoder().decode([String: Record].self, from: data)
  }

  /// Five rows for a network, a function of the network alone.
  static func inputs(of network: Network) -> [Tensor] {
    network.inputs.enumerated().map { index, input in
      let shape = input.shape.prepending(5)
      let random = RandomStream(seed: 4, stream: UInt32(index))
      return input.isIndices
        ? Tensor((0..<shape.count).map { Int32(random.integer(below: 5, at: $0)) }, shape: shape)
        : Tensor((0..<shape.count).map { Float(2 * random.uniform(at: $0) - 1) }, shape: shape)
    }
  }

  static func predictions(of file: ModelFile) throws -> [Double] {
    let evaluator = try Evaluator(
      file.network, parameters: file.liveParameters(as: .float32))
    return try evaluator.predict(inputs(of: file.network), link: file.link).doubles()
  }

  /// Writes a file anew.
  static func make(_ name: String, to path: String) throws {
    switch name {
    case "untrained": try untrainedModel().write(to: path)
    case "running":
      var run = try SampleRun()
      run.options.schedule = ReduceOnPlateau(factor: 0.5, patience: 0, threshold: 0.5)
      run.options.scheduleUnit = .epoch
      try run.model(after: 11).write(to: path)
    case "finished": try SampleRun(optimizer: Momentum(learningRate: 0.05)).model().write(to: path)
    case "regression": try regression().write(to: path)
    case "shared": try shared().write(to: path)
    case "extended":
      var model = try untrainedModel()
      model.extensions = [ExtensionTests.sample]
      try model.write(to: path)
    default:
      // As another program might store the weights, with an index of its own.
      guard let type = ElementType(rawValue: name) else { return }
      let plain = path + ".plain"
      try untrainedModel().write(to: plain)
      defer { try? FileManager.default.removeItem(atPath: plain) }
      try copyFile(
        plain, to: path, keeps: { !$0.hasPrefix("/index") },
        converting: { path, tensor in
          path.hasPrefix("/weights/") ? tensor.converted(to: type) : tensor
        })
    }
  }

  private static func regression() throws -> Model {
    let preprocessing = try Preprocessing(fitting: sampleTable, target: "age")
    let encoded = try preprocessing.encode(sampleTable)
    let network = try Network.sequential(
      input: [preprocessing.inputs[0].width], named: Preprocessing.featuresInput
    ) {
      Dense(5)
      LayerNormalization()
      Activation(.gelu)
      Dense(1)
    }
    let options = TrainingOptions(
      loss: Huber(), optimizer: RMSProp(learningRate: 0.01, momentum: 0.5), schedule: Cyclical(),
      epochs: 2, batchSize: 16, l2: 0.001, clipValue: 0.5, seed: 5)
    let targets = try #require(encoded.targets?[0])
    let trainer = try Trainer(
      network, options: options,
      data: TrainingData(encoded.inputs[0].tensor, targets: targets))
    try trainer.run()
    return Model(
      network: network, options: options, state: trainer.state(), preprocessing: preprocessing)
  }

  /// A network with what only a graph can have: two inputs, a free axis, layers used twice, a table
  /// that is an output's kernel.
  private static func shared() throws -> Model {
    let builder = NetworkBuilder()
    let words = builder.input("words", shape: [3], freeAxes: [0], isIndices: true)
    let bias = builder.input("bias", shape: [3, 5], freeAxes: [0])
    let table = builder.add(Embedding(vocabularySize: 5, dimension: 5), named: "table", to: words)
    let dense = builder.add(Dense(5), named: "dense", to: table)
    let sum = builder.add(Add(), to: dense, builder.reuse(dense, on: bias))
    let output = builder.add(Dense(5, usesBias: false), named: "output", to: sum)
    builder.tie(output, "kernel", to: "table/kernel")
    let network = try builder.network(outputs: output)
    return Model(
      network: network, snapshot: TrainingSnapshot(try Parameters(for: network, seed: 6)),
      link: .identity)
  }
}

@Suite("Files of version 1.0")
struct GoldenFileTests {
  /// The maker: `tools/fixtures/models` asks for it. It changes what the format has promised, and
  /// is run once for every version.
  @Test(
    "Making them anew",
    .enabled(if: ProcessInfo.processInfo.environment["NNMODEL_MAKE_MODELS"] != nil, "not asked"))
  func make() throws {
    var records: [String: GoldenFiles.Record] = [:]
    for name in GoldenFiles.names {
      let path = GoldenFiles.path(name)
      try? FileManager.default.removeItem(atPath: path)
      try GoldenFiles.make(name, to: path)
      let file = try ModelFile(reading: path)
      records[name] = try GoldenFiles.Record(
        identity: file.identity, weightsIdentity: file.weightsIdentity,
        predictions: GoldenFiles.predictions(of: file))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try encoder.encode(records).write(
      to: URL(fileURLWithPath: "\(GoldenFiles.folder)/golden.json"))
  }

  @Test("They verify, are what they were, and predict what they did", arguments: GoldenFiles.names)
  func reading(name: String) throws {
    let file = try ModelFile(reading: GoldenFiles.path(name))
    let record = try #require(try GoldenFiles.records()[name])
    #expect(file.version == FormatVersion(major: 1, minor: 0))
    // The files in other types have no index: a program that is not nnmodel wrote them.
    #expect(file.verify().allSatisfy { $0.isTolerated })
    #expect(file.verify().isEmpty == (ElementType(rawValue: name) == nil))
    #expect(file.identity == record.identity)
    #expect(file.weightsIdentity == record.weightsIdentity)
    let predictions = try GoldenFiles.predictions(of: file)
    #expect(predictions.count == record.predictions.count)
    for (found, expected) in zip(predictions, record.predictions) {
      // Sums are taken in another order by other processors.
      #expect(abs(found - expected) <= 1e-5 * max(1, abs(expected)))
    }
  }

  @Test("They are written again as they were, but for weights of other types")
  func writing() throws {
    let folder = try TemporaryFolder()
    for name in GoldenFiles.names where ElementType(rawValue: name) == nil {
      try ModelFile(reading: GoldenFiles.path(name)).model().write(to: folder.file("again.h5"))
      let again = try ModelFile(reading: folder.file("again.h5"))
      #expect(again.identity == (try GoldenFiles.records()[name]?.identity), "\(name)")
    }
  }

  @Test("A run that stopped then goes on now")
  func resuming() throws {
    let file = try ModelFile(reading: GoldenFiles.path("running"))
    #expect(file.isResumable)
    let model = try file.model()
    let run = try SampleRun()
    let trainer = try Trainer(
      model.network, options: try #require(model.training).options, data: run.data,
      validation: run.validation, scoring: .classes(count: 2),
      from: try #require(model.trainingState))
    #expect(try trainer.run() == .finished)
  }
}
