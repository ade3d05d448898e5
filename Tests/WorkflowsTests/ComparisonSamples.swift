import Foundation
import Layers
import ModelFiles
import Networks
import Tensors
import Training

@testable import Workflows

/// A chain of layers, each with the name that it is given.
func chain(_ layers: [(name: String, layer: any Layer)], input: Int = 4) throws -> Network {
  var last = "features"
  let nodes = layers.map { name, layer in
    defer { last = name }
    return Node(name, layer, inputs: [last])
  }
  return try Network(
    inputs: [NetworkInput("features", shape: [input])], nodes: nodes, outputs: [last])
}

/// A model with first weights of a seed.
func untrained(_ network: Network, seed: UInt64 = 1, link: Link = .identity) throws -> Model {
  Model(
    network: network, snapshot: TrainingSnapshot(try Parameters(for: network, seed: seed)),
    link: link)
}

extension Model {
  /// The model with one parameter changed.
  func changing(_ path: String, _ change: (inout [Float]) -> Void) -> Model {
    var model = self
    guard let tensor = parameters[path] else { return self }
    var elements = tensor.elements(as: Float.self)
    change(&elements)
    model.snapshot.parameters[path] = Tensor(elements, shape: tensor.shape)
    return model
  }

  /// The model with another network, and the weights of this one under new names; other weights are
  /// drawn.
  func moved(to network: Network, names: [String: String], seed: UInt64 = 99) throws -> Model {
    var model = try untrained(network, seed: seed, link: link)
    for entry in parameters.layout.entries {
      guard let name = names[entry.node] else { continue }
      model.snapshot.parameters["\(name)/\(entry.spec.name)"] = parameters[entry.path]
    }
    return model
  }
}

extension TemporaryFolder {
  /// What differs between two models.
  func compare(
    _ old: Model, _ new: Model, _ change: (inout Comparison.Options) -> Void = { _ in }
  ) throws -> ComparisonReport {
    let (one, two) = (path("old.h5"), path("new.h5"))
    try old.write(to: one)
    try new.write(to: two)
    var options = Comparison.Options(old: one, new: two)
    change(&options)
    return try Comparison.run(options)
  }
}

extension ComparisonReport {
  /// The differences of a part, as `changed architecture/dense/units`.
  func changes(_ part: ComparisonPart) -> [String] {
    (self.part(part)?.changes ?? []).map { "\($0.kind.rawValue) \($0.path)" }
  }

  /// What became of the tensors of a part, as `changed weights/dense/kernel`.
  func tensors(_ part: ComparisonPart = .parameters) -> [String] {
    (self.part(part)?.tensors?.changes ?? []).map { "\($0.fate.rawValue) \($0.path)" }
  }
}
