import Foundation
import Layers
import Networks

/// A layer of a network.
public struct LayerReport: Encodable, Sendable {
  public let name: String
  /// The kind of layer, as in `dense`.
  public let kind: String
  /// The layer's options by name.
  public let options: [String: ConfigurationValue]
  /// The layer whose parameters it uses, where it has none of its own.
  public let sharedWith: String?
  /// The names of the inputs and layers it takes its values from.
  public let inputs: [String]
  /// The shape of its output for one row.
  public let outputShape: [Int]
  /// The number of its parameters, running statistics among them.
  public let parameterCount: Int
  /// The number of those that an optimizer changes.
  public let trainableCount: Int

  init(_ node: Node, in network: Network) {
    name = node.name
    kind = node.layer.kind
    options = LayerReport.options(of: node.layer)
    inputs = node.inputs
    outputShape = network.values[node.name]?.shape.dimensions ?? []
    // What is another layer's is counted there.
    let all = node.layer.parameters(for: node.inputs.compactMap { network.values[$0] })
    let specs = all.filter { node.ties[$0.name] == nil }
    let owner = node.ties.sorted { $0.key < $1.key }.first?.value.split(separator: "/").first
    sharedWith = specs.isEmpty ? owner.map(String.init) : nil
    parameterCount = specs.reduce(0) { $0 + $1.shape.count }
    trainableCount = specs.reduce(0) { $0 + ($1.isTrainable ? $1.shape.count : 0) }
  }

  private enum CodingKeys: String, CodingKey {
    case name, kind, options, inputs
    case sharedWith = "shared_with"
    case outputShape = "output_shape"
    case parameterCount = "parameters"
    case trainableCount = "trainable"
  }

  /// The options of a value that is stored as names and values.
  static func options(of value: some Encodable) -> [String: ConfigurationValue] {
    guard let data = try? JSONEncoder().encode(value),
      case .map(let options)? = try? JSONDecoder().decode(ConfigurationValue.self, from: data)
    else { return [:] }
    return options
  }
}

/// An input of a network.
public struct InputReport: Encodable, Sendable {
  public let name: String
  /// The shape for one row.
  public let shape: [Int]
  /// Whether it takes the numbers of categories rather than real numbers.
  public let isIndices: Bool

  init(_ input: NetworkInput) {
    name = input.name
    shape = input.shape.dimensions
    isIndices = input.isIndices
  }

  private enum CodingKeys: String, CodingKey {
    case name, shape
    case isIndices = "is_indices"
  }
}
