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

  /// An empty network.
  public init() {}

  /// Adds an input.
  public func input(_ name: String, shape: Shape, isIndices: Bool = false) -> Value {
    inputs.append(NetworkInput(name, shape: shape, isIndices: isIndices))
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

  /// The finished network.
  ///
  /// - Throws: ``NetworkError`` when it is not one.
  public func network(outputs: Value...) throws -> Network {
    try Network(inputs: inputs, nodes: nodes, outputs: outputs.map { $0.name })
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
