import Networks

/// What is connected with what in a network, of whatever program.
public struct GraphReport: Encodable, Sendable {
  /// One input, operation or output.
  public struct Node: Encodable, Sendable {
    /// The name, unique in the graph.
    public let name: String
    /// What is done, as `dense`; `input` where data enters.
    public let kind: String
    /// What says most about it, as `64` or `3 × 3`, in few words.
    public let details: [String]
    /// The shape of what it gives, for one row; nil where that is not known.
    public let shape: [Int]?
    /// The number of its own parameters.
    public let parameterCount: Int
    /// The names of the nodes whose values it takes, in order.
    public let inputs: [String]
    /// Whether data enters here.
    public let isInput: Bool
    /// Whether what it gives leaves the network.
    public let isOutput: Bool

    /// A node.
    public init(
      name: String, kind: String, details: [String] = [], shape: [Int]? = nil,
      parameterCount: Int = 0, inputs: [String] = [], isInput: Bool = false, isOutput: Bool = false
    ) {
      self.name = name
      self.kind = kind
      self.details = details
      self.shape = shape
      self.parameterCount = parameterCount
      self.inputs = inputs
      self.isInput = isInput
      self.isOutput = isOutput
    }

    private enum CodingKeys: String, CodingKey {
      case name, kind, details, shape, inputs
      case parameterCount = "parameters"
      case isInput = "is_input"
      case isOutput = "is_output"
    }
  }

  /// What the graph is of.
  public let title: String
  /// The nodes, each after those whose values it takes.
  public let nodes: [Node]

  /// A graph of nodes in any order; what is taken from nowhere, and what would close a circle, is left
  /// out of ``Node/inputs`` by ``edges``.
  public init(title: String, nodes: [Node]) {
    self.title = title
    self.nodes = nodes
  }

  /// The graph of a network.
  public init(title: String, of network: Network) {
    let outputs = Set(network.outputs)
    let inputs = network.inputs.map { input in
      Node(
        name: input.name, kind: input.isIndices ? "input of indices" : "input",
        shape: input.shape.dimensions, isInput: true, isOutput: outputs.contains(input.name))
    }
    let layers = network.nodes.map { node in
      let layer = LayerReport(node, in: network)
      return Node(
        name: node.name, kind: layer.kind, details: layer.details, shape: layer.outputShape,
        parameterCount: layer.parameterCount, inputs: node.inputs,
        isOutput: outputs.contains(node.name))
    }
    self.init(title: title, nodes: inputs + layers)
  }

  /// Pairs of places in ``nodes``, from where a value comes to where it is taken, in the order of the
  /// takers; none leads to its own node or to one before.
  public var edges: [(from: Int, to: Int)] {
    var places: [String: Int] = [:]
    var result: [(from: Int, to: Int)] = []
    for (index, node) in nodes.enumerated() {
      for name in node.inputs {
        if let place = places[name] { result.append((place, index)) }
      }
      places[node.name] = index
    }
    return result
  }
}

extension LayerReport {
  /// The options that say most about what the layer does, in few words: sizes without their names.
  var details: [String] {
    LayerReport.tellingOptions.compactMap { name, word -> String? in
      switch options[name] {
      case .integer(let number) where number > 1 || word == nil:
        return [word, "\(number)"].compactMap(\.self).joined(separator: " ")
      case .number(let number) where number != 0:
        return [word, "\(number)"].compactMap(\.self).joined(separator: " ")
      case .list(let items) where !items.allSatisfy({ $0 == .integer(1) }):
        return ([word].compactMap(\.self) + [items.map(\.yaml).joined(separator: "×")])
          .joined(separator: " ")
      case .text(let text) where text != "linear": return text
      case .flag(true): return word
      default: return nil
      }
    }
  }

  /// Names of options in the order in which they are told, and the word before a value that does not
  /// speak for itself.
  private static let tellingOptions: [(name: String, word: String?)] = [
    ("function", nil), ("vocabulary_size", nil), ("units", nil), ("dimension", nil),
    ("filters", nil), ("kernel_size", nil), ("window_size", nil), ("size", nil),
    ("stride", "stride"), ("strides", "stride"), ("dilation", "dilation"), ("groups", "groups"),
    ("heads", "heads"), ("head_count", "heads"), ("target_shape", nil), ("axes", "axes"),
    ("axis", "axis"), ("rate", nil), ("is_causal", "causal"), ("returns_sequence", "sequence"),
    ("goes_backwards", "backwards"),
  ]
}
