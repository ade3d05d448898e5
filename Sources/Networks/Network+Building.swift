import Layers
import Tensors

extension Network {
  /// A chain of layers from one input to one output.
  ///
  /// ```swift
  /// let network = try Network.sequential(input: [784]) {
  ///   Dense(256)
  ///   Activation(.relu)
  ///   Dense(10)
  /// }
  /// ```
  ///
  /// Nodes are named after their kind and count: `dense_1`, `activation_1`, `dense_2`.
  ///
  /// - Parameters:
  ///   - input: the shape of one example, without the batch axis.
  ///   - name: the name of the input.
  ///   - isIndices: whether the input is indices, for an embedding, rather than numbers.
  ///   - layers: the layers, one below the other.
  /// - Throws: ``NetworkError`` when shapes do not fit.
  public static func sequential(
    input: Shape, named name: String = "features", isIndices: Bool = false,
    @LayerListBuilder _ layers: () -> [any Layer]
  ) throws -> Network {
    let builder = NetworkBuilder()
    var value = builder.input(name, shape: input, isIndices: isIndices)
    for layer in layers() { value = builder.add(layer, to: value) }
    return try builder.network(outputs: value)
  }
}

/// A network under construction, for graphs that are not a chain.
///
/// ```swift
/// let builder = NetworkBuilder()
/// let x = builder.input("features", shape: [16])
/// let h = builder.add(Activation(.relu), to: builder.add(Dense(16), to: x))
/// let sum = builder.add(Add(), to: x, h)
/// let network = try builder.network(outputs: builder.add(Dense(1), to: sum))
/// ```
public final class NetworkBuilder {
  /// A place in the graph from which further layers can take their input.
  public struct Value: Hashable, Sendable {
    /// The name of the input or node.
    public let name: String
  }

  private var inputs: [NetworkInput] = []
  private var nodes: [Node] = []
  private var counts: [String: Int] = [:]
  /// By name of a node that of the node whose parameters it uses.
  private var sharing: [String: String] = [:]

  /// An empty network.
  public init() {}

  /// Adds an input.
  ///
  /// - Parameters:
  ///   - name: the name, by which data is bound to the input.
  ///   - shape: the usual shape of one example, without the batch axis.
  ///   - freeAxes: the axes whose extent may differ from batch to batch.
  ///   - isIndices: whether elements are indices rather than real numbers.
  public func input(
    _ name: String, shape: Shape, freeAxes: Set<Int> = [], isIndices: Bool = false
  ) -> Value {
    inputs.append(NetworkInput(name, shape: shape, freeAxes: freeAxes, isIndices: isIndices))
    return Value(name: name)
  }

  /// Adds a layer behind the given values.
  ///
  /// - Parameters:
  ///   - layer: what is done.
  ///   - name: the node's name; by default its kind and count, as in `dense_1`.
  ///   - values: what the layer takes, in order.
  public func add(_ layer: any Layer, named name: String? = nil, to values: Value...)
    -> Value
  {
    add(layer, named: name, to: values)
  }

  /// Adds a layer behind the given values.
  public func add(_ layer: any Layer, named name: String? = nil, to values: [Value])
    -> Value
  {
    counts[layer.kind, default: 0] += 1
    let name = name ?? "\(layer.kind)_\(counts[layer.kind, default: 0])"
    nodes.append(Node(name, layer, inputs: values.map { $0.name }))
    return Value(name: name)
  }

  /// Adds the layer of another place once more, with the same parameters.
  ///
  /// - Parameters:
  ///   - other: the node whose layer and parameters are used again.
  ///   - name: the node's name; by default its kind and count.
  ///   - values: what the layer takes, in order.
  /// - Precondition: `other` is a node of this builder whose layer does not change its parameters
  ///   with its inputs.
  public func reuse(_ other: Value, named name: String? = nil, on values: Value...) -> Value {
    reuse(other, named: name, on: values)
  }

  /// Adds the layer of another place once more, with the same parameters.
  public func reuse(_ other: Value, named name: String? = nil, on values: [Value]) -> Value {
    guard let node = nodes.first(where: { $0.name == other.name }) else {
      preconditionFailure("'\(other.name)' is no node that could be used again")
    }
    let value = add(node.layer, named: name, to: values)
    sharing[value.name] = sharing[node.name] ?? node.name
    return value
  }

  /// A value by its name, which may be added later.
  package func value(named name: String) -> Value { Value(name: name) }

  /// Whether there is an input or a node of a name.
  package func has(_ name: String) -> Bool {
    inputs.contains { $0.name == name } || nodes.contains { $0.name == name }
  }

  /// The shape of one example of a value, as far as its layers are there.
  ///
  /// - Throws: ``NetworkError`` when they do not fit.
  package func shape(of value: Value) throws -> Shape? {
    var wanted: Set<String> = [value.name]
    let used = nodes.reversed().filter { node in
      guard wanted.contains(node.name) else { return false }
      wanted.formUnion(node.inputs)
      return true
    }
    return try Network(
      inputs: inputs, nodes: used.reversed(), outputs: [value.name]
    ).values[value.name]?.shape
  }

  /// The nodes so far, in the order in which they were added.
  package var addedNodes: [Node] { nodes }

  /// Lets a parameter of a node be that of another: `tie(output, "kernel", to: "embedding_1/kernel")`.
  public func tie(_ value: Value, _ parameter: String, to path: String) {
    guard let index = nodes.firstIndex(where: { $0.name == value.name }) else {
      preconditionFailure("'\(value.name)' is no node that could share a parameter")
    }
    nodes[index].ties[parameter] = path
  }

  /// Adds all nodes of another network between its inputs and its outputs, in its order.
  ///
  /// - Parameters:
  ///   - network: what is added; its nodes are named with `name` and `_` in front.
  ///   - name: what tells this use of the network from others.
  ///   - values: what stands in the place of the network's inputs, in order.
  /// - Returns: the network's outputs, in order.
  /// - Precondition: as many values as the network has inputs.
  public func add(_ network: Network, named name: String, to values: Value...) -> [Value] {
    precondition(
      values.count == network.inputs.count,
      "expected \(network.inputs.count) values, found \(values.count)")
    var names: [String: String] = [:]
    for (input, value) in zip(network.inputs, values) { names[input.name] = value.name }
    for node in network.nodes { names[node.name] = "\(name)_\(node.name)" }
    func renamed(_ old: String) -> String { names[old] ?? old }
    for node in network.nodes {
      let ties = node.ties.mapValues { path in
        let parts = path.split(separator: "/", maxSplits: 1).map(String.init)
        return ([renamed(parts[0])] + parts.dropFirst()).joined(separator: "/")
      }
      nodes.append(
        Node(renamed(node.name), node.layer, inputs: node.inputs.map(renamed), ties: ties))
    }
    return network.outputs.map { Value(name: renamed($0)) }
  }

  /// The finished network.
  ///
  /// - Throws: ``NetworkError`` when it is not one.
  public func network(outputs: Value...) throws -> Network {
    try network(outputs: outputs)
  }

  /// The finished network.
  ///
  /// - Throws: ``NetworkError`` when it is not one.
  public func network(outputs: [Value]) throws -> Network {
    let names = outputs.map { $0.name }
    guard !sharing.isEmpty else { return try Network(inputs: inputs, nodes: nodes, outputs: names) }
    // The names of a layer's parameters are known when its inputs are: of the network without ties.
    let untied = try Network(inputs: inputs, nodes: nodes, outputs: names)
    let tied = untied.nodes.map { node -> Node in
      guard let owner = sharing[node.name] else { return node }
      var node = node
      for spec in node.layer.parameters(for: node.inputs.compactMap { untied.values[$0] }) {
        node.ties[spec.name] = "\(owner)/\(spec.name)"
      }
      return node
    }
    return try Network(inputs: inputs, nodes: tied, outputs: names)
  }
}

/// Collects layers written one below the other.
@resultBuilder
public enum LayerListBuilder {
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
  public static func buildEither(first: [any Layer]) -> [any Layer] { first }
  public static func buildEither(second: [any Layer]) -> [any Layer] { second }
  public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
}
