import Layers
import Networks
import Tensors

/// The modules that a network would be in PyTorch: their names, their tensors, and what of the network
/// they do not say.
///
/// A chain of layers with the names that they get by themselves is a `Sequential`, whose modules are
/// called after their places, `0.weight`; the modules of other networks are called after their nodes,
/// those of a transformer block as in `TransformerEncoderLayer`.
struct TorchNames {
  /// The modules that have tensors, in the order of the nodes.
  private(set) var modules: [WeightModule] = []
  /// What the modules do not do as the network does, by node.
  private(set) var notes: [(node: String, note: String)] = []
  /// What has no counterpart, by node.
  private(set) var problems: [(node: String, problem: String)] = []

  /// The modules of a network.
  init(_ network: Network) {
    let order = ChannelOrder(network)
    problems = order.problems
    let names = TorchNames.moduleNames(network)
    for node in network.nodes {
      let inputs = node.inputs.compactMap { network.values[$0] }
      let specs = node.layer.parameters(for: inputs)
      guard !specs.isEmpty, !isUsedAgain(node, specs, in: network) else { continue }
      let layer = TorchLayer(
        node: node, specs: specs, inputs: inputs,
        features: inputs.isEmpty ? FeatureOrder(1) : order.features(of: node.inputs[0], inputs[0]),
        outputFeatures: order.features[node.name],
        isChannelsFirst: order.channelsFirst.contains(node.inputs.first ?? ""))
      guard let make = TorchLayer.table[node.layer.kind] else {
        problems.append((node.name, "PyTorch has no counterpart of \(node.layer.kind)"))
        continue
      }
      let made = make(layer)
      notes += made.notes.map { (node.name, $0) }
      if let problem = made.problem { problems.append((node.name, problem)) }
      let borrowed = Set(node.ties.values)
      for part in made.modules {
        let forms = part.forms.map { form in
          form.map { tensor in
            var tensor = tensor
            tensor.isTied = tensor.parameters.contains(where: borrowed.contains)
            return tensor
          }
        }
        modules.append(
          WeightModule(
            node: node.name, suffix: part.suffix,
            exportName: (names[node.name] ?? node.name) + part.suffix, forms: forms))
      }
    }
    orderBlocks()
  }

  /// Whether a node is the layer of another node once more, and with it one module.
  private func isUsedAgain(_ node: Node, _ specs: [ParameterSpec], in network: Network) -> Bool {
    !node.ties.isEmpty
      && network.nodes.contains { other in
        specs.allSatisfy { node.ties[$0.name] == "\(other.name)/\($0.name)" }
          && AnyHashable(other.layer) == AnyHashable(node.layer)
      }
  }

  /// Puts the modules of a transformer block in the order in which PyTorch makes them.
  private mutating func orderBlocks() {
    let parts = ["self_attn", "linear1", "linear2", "norm1", "norm2"]
    func block(_ module: WeightModule) -> Substring? {
      let names = module.exportName.split(separator: ".", maxSplits: 1)
      return names.count == 2 && parts.contains(String(names[1])) ? names[0] : nil
    }
    var ordered: [WeightModule] = []
    var done: Set<Substring> = []
    for module in modules {
      guard let name = block(module) else {
        ordered.append(module)
        continue
      }
      guard done.insert(name).inserted else { continue }
      let others = modules.filter { block($0) == name }
      ordered += parts.compactMap { part in
        others.first { $0.exportName == "\(name).\(part)" }
      }
    }
    modules = ordered
  }

  /// Writes down what the modules do not say.
  func note(in log: inout ConversionLog) {
    for note in notes { log.change("layer \(note.node)", note.note) }
  }

  /// Writes down what has no counterpart.
  ///
  /// - Throws: ``ConversionError`` unless losses are allowed.
  func lose(in log: inout ConversionLog) throws(ConversionError) {
    for problem in problems { try log.lose("layer \(problem.node)", problem.problem) }
  }
}

// MARK: - Names

extension TorchNames {
  private static func moduleNames(_ network: Network) -> [String: String] {
    var names: [String: String] = [:]
    if isSequential(network) {
      for (place, node) in network.nodes.enumerated() { names[node.name] = "\(place)" }
      return names
    }
    // The nodes of transformer blocks, as a builder names them.
    let nodes = Set(network.nodes.map(\.name))
    for attention in network.nodes where attention.layer is MultiHeadAttention {
      guard attention.name.hasSuffix("_attention") else { continue }
      let block = attention.name.dropLast("_attention".count)
      let parts = [
        "attention": "self_attn", "dense_1": "linear1", "dense_2": "linear2",
        "attention_normalization": "norm1", "dense_normalization": "norm2",
      ]
      guard parts.keys.allSatisfy({ nodes.contains("\(block)_\($0)") }) else { continue }
      for (part, name) in parts { names["\(block)_\(part)"] = "\(block).\(name)" }
    }
    return names
  }

  /// Whether the network is a chain of layers that have the names they get by themselves.
  private static func isSequential(_ network: Network) -> Bool {
    guard network.inputs.count == 1, network.outputs.count == 1 else { return false }
    var last = network.inputs[0].name
    var counts: [String: Int] = [:]
    for node in network.nodes {
      counts[node.layer.kind, default: 0] += 1
      guard node.inputs == [last], node.ties.isEmpty,
        node.name == "\(node.layer.kind)_\(counts[node.layer.kind] ?? 0)"
      else { return false }
      last = node.name
    }
    return network.outputs == [last]
  }
}
