import Formats
import Layers
import ModelFiles
import Networks
import Tensors
import Training

/// The network and weights of what a tracer has made, as far as outputs need it.
struct NetworkAssembly {
  /// The network.
  let network: Network

  /// Its weights.
  let parameters: Parameters

  /// - Throws: ``ConversionError`` when the nodes are no network.
  init(_ tracer: inout GraphTracer) throws {
    let outputs = try NetworkAssembly.outputs(&tracer)
    let live = NetworkAssembly.live(tracer.nodes, from: outputs.map(\.node))
    let names = NetworkAssembly.names(tracer.nodes, live)
    do {
      network = try NetworkAssembly.network(tracer.nodes, live, names, outputs.map(\.node))
    } catch {
      throw ConversionError(tracer.file, "\(error)")
    }
    var parameters = Parameters(zeros: try ParameterLayout(network))
    NetworkAssembly.fill(&parameters, tracer.nodes, names)
    self.parameters = parameters
    NetworkAssembly.report(&tracer, live, names, outputs)
  }

  /// Whether inputs have axes along which any extent may be fed.
  var hasFreeAxes: Bool { network.inputs.contains { !$0.freeAxes.isEmpty } }

  /// Whether another assembly differs in the extents of its inputs only: then they may be any.
  func isSame(as other: NetworkAssembly) -> Bool {
    network.nodes == other.network.nodes && parameters == other.parameters
  }

  /// The model.
  ///
  /// - Parameter keepsFreeAxes: whether its inputs take any extent along their free axes; otherwise the
  ///   one that they have here.
  func model(keepsFreeAxes: Bool) throws -> Model {
    var network = network
    if !keepsFreeAxes {
      let inputs = network.inputs.map {
        NetworkInput($0.name, shape: $0.shape, isIndices: $0.isIndices)
      }
      network = try Network(inputs: inputs, nodes: network.nodes, outputs: network.outputs)
    }
    return Model(
      network: network, snapshot: TrainingSnapshot(parameters), link: .identity,
      furtherLinks: network.outputs.dropFirst().map { _ in .identity })
  }

  /// An output of the graph, the node that gives it, and how it is arranged.
  struct Output {
    let name: String
    let node: Int
    let note: String
    let isChanged: Bool
  }

  /// The outputs in the order of the graph, each as it is meant or with its channels last.
  private static func outputs(_ tracer: inout GraphTracer) throws -> [Output] {
    var outputs: [Output] = []
    var taken: Set<Int> = []
    for info in tracer.graph.graph.output {
      let subject = "output \(info.name)"
      guard case .computed(let value)? = tracer.values[info.name] else {
        throw tracer.log.error(subject, "does not depend on the inputs")
      }
      var node = ONNXOutputNode.node
      node.output = [info.name]
      node.name = info.name
      let operation = try Operation(node, opset: tracer.graph.opset, file: tracer.file)
      let plain = try tracer.exampleAxes(of: value, for: operation)
      let isImage =
        value.storage.last?.contains(where: \.isChannels) == true && value.storage.count >= 2
        && value.attention == nil && plain.count == value.storage.count
        && Array(plain.dropFirst()) + [plain[0]] == value.storage
      var last = isImage ? value : try tracer.arranged(value, as: plain, for: operation)
      let isInput = tracer.nodes[last.node].layer == nil
      if isInput || taken.contains(last.node) {
        last = try tracer.apply(Activation(.identity), to: last, for: operation)
      }
      taken.insert(last.node)
      let shape = tracer.nodes[last.node].output.shape
      let moves = tracer.batch.map { value.axes.first != [$0] } ?? false
      outputs.append(
        Output(
          name: info.name, node: last.node,
          note: isImage
            ? "channels last: \(shape)" : "\(shape)" + (moves ? ", with the batch first" : ""),
          isChanged: isImage || moves))
    }
    return outputs
  }

  /// The nodes that outputs need, in the order in which they were made, and all inputs.
  private static func live(_ nodes: [TracedNode], from outputs: [Int]) -> [Int] {
    var live: Set<Int> = []
    var stack = outputs
    while let node = stack.popLast() {
      if live.insert(node).inserted { stack += nodes[node].inputs }
    }
    return nodes.indices.filter { nodes[$0].layer == nil || live.contains($0) }
  }

  private static func network(
    _ nodes: [TracedNode], _ live: [Int], _ names: [Int: String], _ outputs: [Int]
  ) throws -> Network {
    var inputs: [NetworkInput] = []
    var layers: [Node] = []
    let ties = ties(nodes, live)
    for place in live {
      switch nodes[place].role {
      case .input(var input):
        input.name = names[place] ?? input.name
        inputs.append(input)
      case .layer(let layer):
        layers.append(
          Node(
            names[place] ?? "", layer, inputs: nodes[place].inputs.compactMap { names[$0] },
            ties: ties[place]?.mapValues { "\(names[$0.node] ?? "")/\($0.parameter)" } ?? [:]))
      }
    }
    return try Network(
      inputs: inputs, nodes: layers, outputs: outputs.compactMap { names[$0] })
  }

  /// Parameters that are another node's, since both are made of the same initializers.
  private static func ties(
    _ nodes: [TracedNode], _ live: [Int]
  ) -> [Int: [String: (node: Int, parameter: String)]] {
    struct Owner: Hashable {
      let parameter: String
      let sources: [String]
      let change: String?
      let count: Int
    }
    var owners: [Owner: Int] = [:]
    var ties: [Int: [String: (node: Int, parameter: String)]] = [:]
    for place in live {
      for (name, parameter) in nodes[place].parameters where !parameter.sources.isEmpty {
        let owner = Owner(
          parameter: name, sources: parameter.sources, change: parameter.change,
          count: parameter.numbers.count)
        guard let first = owners[owner] else {
          owners[owner] = place
          continue
        }
        guard nodes[first].layer?.kind == nodes[place].layer?.kind,
          nodes[first].parameters[name]?.numbers == parameter.numbers,
          shape(of: name, nodes, first) == shape(of: name, nodes, place)
        else { continue }
        ties[place, default: [:]][name] = (first, name)
      }
    }
    return ties
  }

  private static func shape(of name: String, _ nodes: [TracedNode], _ place: Int) -> Shape? {
    nodes[place].layer?.parameters(for: nodes[place].inputs.map { nodes[$0].output })
      .first { $0.name == name }?.shape
  }

  private static func fill(
    _ parameters: inout Parameters, _ nodes: [TracedNode], _ names: [Int: String]
  ) {
    var places: [String: Int] = [:]
    for (place, name) in names { places[name] = place }
    for entry in parameters.layout.entries {
      guard let place = places[entry.node],
        let numbers = nodes[place].parameters[entry.spec.name]?.numbers
      else { continue }
      parameters[entry] = Tensor(numbers, shape: entry.spec.shape)
    }
  }
}

/// A stand-in for a node where an output of a graph is meant.
private enum ONNXOutputNode {
  static var node: ONNXGraphNode {
    var node = ONNXGraphNode()
    node.opType = "output"
    return node
  }
}
