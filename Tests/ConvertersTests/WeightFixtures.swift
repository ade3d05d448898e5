import Foundation
import Layers
import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Converters

/// A file of `Fixtures`.
func weightFixture(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Fixtures/\(name)").standardizedFileURL.path
}

/// A folder that is gone when the test is over.
final class WeightFolder {
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("weights-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
  }
}

extension Model {
  /// A model that nobody has trained; statistics and biases are drawn too.
  static func random(_ network: Network, link: Link = .identity) throws -> Model {
    var parameters = try Parameters(for: network, seed: 5)
    for (index, entry) in parameters.layout.entries.enumerated() {
      let random = RandomStream(seed: 6, stream: 1, step: UInt64(index))
      let numbers = (0..<entry.spec.shape.count).map { Float(random.uniform(at: $0)) - 0.5 }
      parameters[entry.path] = Tensor(numbers, shape: entry.spec.shape)
    }
    return Model(network: network, snapshot: TrainingSnapshot(parameters), link: link)
  }

  /// The same graph with no weights.
  var emptied: Model {
    var model = self
    model.snapshot = TrainingSnapshot(Parameters(zeros: parameters.layout))
    return model
  }

  /// The network of the fixtures, 4-6-3.
  static func perceptron() throws -> Model {
    let network = try Network.sequential(input: [4]) {
      Dense(6)
      Activation(.tanh)
      Dense(3)
    }
    return try random(network).emptied
  }
}

/// The message of an error that a closure must throw, without folders.
func weightMessage(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    return "\(error)".replacing(weightFixture("damaged/weights") + "/", with: "")
      .replacing(weightFixture("weights") + "/", with: "")
  }
}

/// A model of a file of PyTorch, and what became of everything.
func pyTorchModel(
  _ path: String, onto architecture: Model, _ options: WeightOptions = WeightOptions(),
  allowsLoss: Bool = false
) throws -> (model: Model, log: ConversionLog) {
  var log = ConversionLog(file: path, allowsLoss: allowsLoss)
  let model = try PyTorchConverter.model(
    reading: path, onto: architecture, matching: options, log: &log)
  return (model, log)
}
