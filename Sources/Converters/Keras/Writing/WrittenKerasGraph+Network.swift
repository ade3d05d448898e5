import Layers
import Networks
import Tensors
import Training

extension WrittenKerasGraph {
  /// A network as a model of Keras that gives predictions, so that links are layers of it.
  ///
  /// - Parameters:
  ///   - links: how each of the network's outputs becomes a prediction.
  ///   - units: what brings the prediction of each output to the unit of its target.
  ///   - penalties: what training adds to the loss for parameters.
  /// - Throws: ``ConversionError`` naming the layer that Keras does not have.
  init(
    _ network: Network, layout: ParameterLayout, links: [Link], units: [WrittenKerasUnit],
    penalties: WrittenKerasPenalties,
    log: ConversionLog
  ) throws {
    let names = network.inputs.map(\.name) + network.nodes.map(\.name)
    self.init(reserving: Set(names), log: log)
    var values: [String: WrittenKerasTensor] = [:]
    for input in network.inputs {
      let shape = input.shape.dimensions.enumerated().map { axis, extent in
        input.freeAxes.contains(axis) ? nil : extent
      }
      addInput(input.name, shape: shape, elementType: input.isIndices ? "int32" : "float32")
      values[input.name] = inputs.last
      self.log.map("input \(input.name)", to: "InputLayer '\(input.name)'")
    }
    let hasFreeAxes = network.inputs.contains { !$0.freeAxes.isEmpty }
    let owners = try owners(in: network)
    for (index, node) in network.nodes.enumerated() {
      guard let layer = node.layer as? any KerasWritable else {
        throw self.log.error("layer \(node.name)", "Keras has no layer like '\(node.layer.kind)'")
      }
      let specs = node.inputs.compactMap { network.values[$0] }
      guard let output = network.values[node.name] else { continue }
      let maskPlace = layer.kerasMaskPlace(among: specs.count)
      var taken: [WrittenKerasTensor] = []
      for (place, name) in node.inputs.enumerated() {
        guard let tensor = values[name] else { continue }
        taken.append(place == maskPlace ? tensor : numbers(tensor))
      }
      let parameters = node.layer.parameters(for: specs)
      let own = parameters.map(\.name)
      for spec in parameters where spec.initializer.isCutInKeras {
        self.log.change(
          "start of weights \(node.name)/\(spec.name)",
          "Keras cuts the normal distribution at two deviations, where a layer is made anew")
      }
      let entries = layout.entriesOfNodes[index].map { layout.entries[$0] }
      let site = WrittenKerasSite(
        node: node, name: owners[node.name] ?? node.name, inputs: taken, specs: specs,
        output: output,
        parameters: Dictionary(zip(own, entries)) { first, _ in first },
        penalties: penalties, hasFreeAxes: hasFreeAxes)
      values[node.name] = try layer.write(at: site, to: &self)
      if site.name != node.name {
        self.log.change("layer \(node.name)", "one more use of the layer '\(site.name)'")
      }
    }
    addOutputs(
      network.outputs.compactMap { values[$0] }, named: network.outputs, links: links,
      units: units)
  }

  /// By name of a node that uses all parameters of another the name of that one.
  private mutating func owners(in network: Network) throws -> [String: String] {
    var owners: [String: String] = [:]
    var nodes: [String: Node] = [:]
    for node in network.nodes { nodes[node.name] = node }
    for node in network.nodes where !node.ties.isEmpty {
      let parts = node.ties.mapValues { $0.split(separator: "/").map(String.init) }
      let own = node.layer.parameters(for: node.inputs.compactMap { network.values[$0] })
      if let name = parts.values.first?.first, let owner = nodes[name], owner.ties.isEmpty,
        own.count == parts.count, parts.allSatisfy({ $0.value == [name, $0.key] }),
        AnyHashable(owner.layer) == AnyHashable(node.layer)
      {
        owners[node.name] = name
      } else {
        for (name, path) in node.ties.sorted(by: { $0.key < $1.key }) {
          try log.lose(
            "weights \(node.name)/\(name)",
            "a layer of Keras has all its weights in common with another or none, so that "
              + "'\(path)' would be written twice and no longer change together")
        }
      }
    }
    return owners
  }

  /// Makes the outputs, with layers for what leads from the network's to predictions.
  private mutating func addOutputs(
    _ tensors: [WrittenKerasTensor], named names: [String], links: [Link],
    units: [WrittenKerasUnit]
  ) {
    for (index, tensor) in tensors.enumerated() {
      let (name, before) = (names[index], numbers(tensor))
      var output = before
      if index < links.count, let activation = links[index].kerasActivation {
        output = addOutput(
          "Activation", [.init("activation", .text(activation))], named: "\(name)_\(activation)",
          behind: output)
        log.change(
          "link of output \(name)",
          "the layer '\(layers[output.layer].name)': Keras' outputs are predictions, and its loss "
            + "one of them")
      }
      if index < units.count, !units[index].isOne {
        let unit = units[index]
        output = addOutput(
          "Rescaling",
          [.init("scale", .number(unit.extent)), .init("offset", .number(unit.offset))],
          named: "\(name)_unit", behind: output)
        log.change(
          "scaling of the target of output \(name)",
          "the layer '\(layers[output.layer].name)': Keras' outputs and targets have the unit of "
            + "the table, and its loss is weighed by it")
      }
      // An output of Keras is no input, and comes once.
      if output == before, inputs.contains(output) || outputs.contains(output) {
        output = addOutput(
          "Activation", [.init("activation", "linear")], named: "\(name)_output", behind: output)
      }
      outputs.append(output)
    }
  }

  private mutating func addOutput(
    _ className: String, _ options: [WrittenKerasValue.Member], named name: String,
    behind tensor: WrittenKerasTensor
  ) -> WrittenKerasTensor {
    add(
      WrittenKerasLayer(name: freeName(name), className: className, options: options),
      WrittenKerasCall(arguments: [.tensor(tensor)]), shape: tensor.shape)
  }
}

/// What brings predictions to the unit of their target: extent · prediction + offset.
struct WrittenKerasUnit: Hashable {
  var extent = 1.0
  var offset = 0.0

  /// Whether nothing is to be done.
  var isOne: Bool { extent == 1 && offset == 0 }
}
