import Layers
import Tensors

/// A neural network as data: an acyclic graph of layers between named inputs and outputs.
///
/// A network holds no weights and runs nothing. ``Parameters`` hold its weights, a ``Plan`` says
/// how it runs, a ``Session`` runs it. A network that exists is valid: every constructor checks it.
public struct Network: Hashable, Sendable {
  /// Where data enters, in the order in which they are fed.
  public let inputs: [NetworkInput]

  /// The operations, each after all of its inputs.
  public let nodes: [Node]

  /// The names of the values that leave the network.
  public let outputs: [String]

  /// What flows out of every input and node, by name.
  public let values: [String: ValueSpec]

  /// A network of the given parts; nodes may come in any order.
  ///
  /// - Throws: ``NetworkError`` naming the node, when names collide or are unknown, the graph has
  ///   a cycle or a node that leads nowhere, or shapes do not fit.
  public init(inputs: [NetworkInput], nodes: [Node], outputs: [String]) throws {
    let ordered = try Network.checkedOrder(inputs: inputs, nodes: nodes, outputs: outputs)
    self.inputs = inputs
    self.nodes = ordered
    self.outputs = outputs
    values = try Network.inferredValues(inputs: inputs, nodes: ordered)
    try Network.checkTies(of: ordered, values: values)
  }
}

/// A named input of a network.
public struct NetworkInput: Hashable, Sendable {
  /// The name, by which data is bound to the input.
  public var name: String

  /// The usual shape of one example, without the batch axis.
  public var shape: Shape

  /// The axes of ``shape`` whose extent may be another one from batch to batch, such as time,
  /// height and width; the outermost is 0. See ``Network/withInputs(shaped:)``.
  public var freeAxes: Set<Int>

  /// Whether the elements are indices (`Int32`) rather than real numbers.
  public var isIndices: Bool

  /// An input of the given shape.
  public init(
    _ name: String, shape: Shape, freeAxes: Set<Int> = [], isIndices: Bool = false
  ) {
    self.name = name
    self.shape = shape
    self.freeAxes = freeAxes
    self.isIndices = isIndices
  }

  /// Whether examples of a shape can be fed.
  public func accepts(_ other: Shape) -> Bool {
    other.rank == shape.rank
      && (0..<shape.rank).allSatisfy { axis in
        other[axis] == shape[axis] || freeAxes.contains(axis) && other[axis] > 0
      }
  }
}

/// One operation in a network: a layer, its name, and where its inputs come from.
public struct Node: Sendable {
  /// The name, unique in the network; it begins the path of the node's parameters.
  public var name: String

  /// What is done.
  public var layer: any Layer

  /// The names of the inputs or nodes whose values the layer takes, in order.
  public var inputs: [String]

  /// Parameters that are another node's: by name the path of the one that is used in their place,
  /// as in `["kernel": "embedding_1/kernel"]`.
  public var ties: [String: String]

  /// A node of a network.
  public init(
    _ name: String, _ layer: any Layer, inputs: [String], ties: [String: String] = [:]
  ) {
    self.name = name
    self.layer = layer
    self.inputs = inputs
    self.ties = ties
  }
}

extension Node: Hashable {
  public static func == (left: Node, right: Node) -> Bool {
    left.name == right.name && left.inputs == right.inputs && left.ties == right.ties
      && AnyHashable(left.layer) == AnyHashable(right.layer)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(inputs)
    hasher.combine(ties)
    hasher.combine(AnyHashable(layer))
  }
}
