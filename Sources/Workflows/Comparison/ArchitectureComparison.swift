import Layers
import ModelFiles
import Networks

/// What differs between two networks.
struct ArchitectureComparison {
  let matching: NodeMatching
  private let old: ComparedNetwork
  private let new: ComparedNetwork
  /// The names of inputs of the new network by those of the old one, and the way back.
  private let newInputs: [String: String]
  private let oldInputs: [String: String]
  private let oldNodePlaces: [String: Int]
  private let newNodePlaces: [String: Int]
  /// The new names of all old layers that are there.
  let newNames: [String: String]

  private static let part = ComparisonPart.architecture.rawValue

  init(_ old: ComparedNetwork, _ new: ComparedNetwork) {
    self.old = old
    self.new = new
    let matching = NodeMatching(old, new)
    self.matching = matching
    func places(_ network: Network) -> [String: Int] {
      Dictionary(
        network.nodes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
    (oldNodePlaces, newNodePlaces) = (places(old.network), places(new.network))
    newNames = Dictionary(
      old.network.nodes.enumerated().compactMap { place, node in
        matching.newPlaces[place].map { (node.name, new.network.nodes[$0].name) }
      }, uniquingKeysWith: { first, _ in first })
    let (one, two) = (old.network.inputs.map(\.name), new.network.inputs.map(\.name))
    let pairs =
      one.count == two.count && Set(one) != Set(two)
      ? Array(zip(one, two)) : one.filter(two.contains).map { ($0, $0) }
    newInputs = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    oldInputs = Dictionary(pairs.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// All differences: inputs, then layers in their order, then outputs.
  func changes(oldLinks: [String], newLinks: [String]) throws -> [Change] {
    let changes = try inputChanges() + layerChanges() + outputChanges(oldLinks, newLinks)
    return layersForLinks(changes, oldLinks, newLinks)
  }
}

// MARK: - Inputs and outputs

extension ArchitectureComparison {
  private func inputChanges() throws -> [Change] {
    var changes: [Change] = []
    for input in old.network.inputs {
      let path = "\(Self.part)/\(input.name)"
      guard let name = newInputs[input.name],
        let other = new.network.inputs.first(where: { $0.name == name })
      else {
        changes.append(Change(.removed, path, old: .text("input \(input.shape)")))
        continue
      }
      if name != input.name {
        changes.append(Change(.renamed, path, old: .text(input.name), new: .text(name)))
      }
      var (one, two) = (
        try ValueComparison.options(of: input), try ValueComparison.options(of: other)
      )
      (one["name"], two["name"]) = (nil, nil)
      changes += ValueComparison.changes(at: path, one, two)
    }
    for input in new.network.inputs where oldInputs[input.name] == nil {
      changes.append(
        Change(.added, "\(Self.part)/\(input.name)", new: .text("input \(input.shape)")))
    }
    return changes
  }

  private func outputChanges(_ oldLinks: [String], _ newLinks: [String]) -> [Change] {
    let path = "\(Self.part)/outputs"
    let names = newNames.merging(newInputs) { node, _ in node }
    let outputs = old.network.outputs
    var changes: [Change] = []
    if outputs.map({ names[$0] }) != new.network.outputs {
      changes.append(
        Change(
          .changed, path, old: .list(outputs.map { .text($0) }),
          new: .list(new.network.outputs.map { .text($0) })))
    }
    for index in 0..<max(oldLinks.count, newLinks.count) {
      let link = { (links: [String]) in
        index < links.count ? ConfigurationValue.text(links[index]) : nil
      }
      changes += ValueComparison.changes(
        at: "\(path)/\(index)/link", link(oldLinks), link(newLinks))
    }
    return changes
  }
}

// MARK: - Links

extension ArchitectureComparison {
  /// Other programs write a link as a last layer: the two say the same, and are told as one difference.
  private func layersForLinks(
    _ changes: [Change], _ oldLinks: [String], _ newLinks: [String]
  ) -> [Change] {
    guard oldLinks.count == 1, newLinks.count == 1, oldLinks != newLinks,
      let one = old.network.outputs.first, let two = new.network.outputs.first
    else { return changes }
    let path = "\(Self.part)/outputs/0/link"
    let layer: (name: String, isNew: Bool)
    if added(two, takes: one, as: oldLinks[0]) {
      layer = (two, true)
    } else if removed(one, leaves: two, as: newLinks[0]) {
      layer = (one, false)
    } else {
      return changes
    }
    let told = [path, "\(Self.part)/outputs", "\(Self.part)/\(layer.name)"]
    let words = ConfigurationValue.text("layer \(layer.name)")
    return changes.filter { !told.contains($0.path) } + [
      Change(
        .changed, path, old: layer.isNew ? .text(oldLinks[0]) : words,
        new: layer.isNew ? words : .text(newLinks[0]))
    ]
  }

  /// Whether a layer of the new network alone does to an output of the old one what a link does.
  private func added(_ name: String, takes output: String, as link: String) -> Bool {
    guard let place = newNodePlaces[name], matching.oldPlaces[place] == nil else { return false }
    let node = new.network.nodes[place]
    return node.inputs == [newNames[output] ?? output] && isLink(node.layer, link)
  }

  /// The same the other way round.
  private func removed(_ name: String, leaves output: String, as link: String) -> Bool {
    guard let place = oldNodePlaces[name], matching.newPlaces[place] == nil else { return false }
    let node = old.network.nodes[place]
    return node.inputs.map { newNames[$0] ?? $0 } == [output] && isLink(node.layer, link)
  }

  private func isLink(_ layer: any Layer, _ link: String) -> Bool {
    (layer as? Activation)?.function.rawValue == link
  }
}

// MARK: - Layers

extension ArchitectureComparison {
  private func layerChanges() -> [Change] {
    var changes: [Change] = []
    for (place, node) in old.network.nodes.enumerated() {
      let path = "\(Self.part)/\(node.name)"
      guard let other = matching.newPlaces[place] else {
        changes.append(Change(.removed, path, old: .text(words(old, place))))
        continue
      }
      changes += self.changes(place, other, at: path)
    }
    for (place, node) in new.network.nodes.enumerated() where matching.oldPlaces[place] == nil {
      changes.append(
        Change(.added, "\(Self.part)/\(node.name)", new: .text(words(new, place))))
    }
    return changes
  }

  private func changes(_ place: Int, _ other: Int, at path: String) -> [Change] {
    let (node, twin) = (old.network.nodes[place], new.network.nodes[other])
    var changes: [Change] = []
    if node.name != twin.name {
      changes.append(Change(.renamed, path, old: .text(node.name), new: .text(twin.name)))
    }
    if node.layer.kind != twin.layer.kind {
      changes.append(
        Change(
          .changed, "\(path)/kind", old: .text(node.layer.kind), new: .text(twin.layer.kind)))
    } else {
      changes += ValueComparison.changes(
        at: path, old.layers[place].options, new.layers[other].options)
    }
    let before = node.inputs.map { known($0, isOld: true) }
    let after = twin.inputs.map { known($0, isOld: false) }
    if before != after {
      let isMoved = matching.reordered.contains(place)
      changes.append(
        Change(
          isMoved ? .moved : .changed, isMoved ? path : "\(path)/inputs",
          old: .list(node.inputs.map { .text($0) }), new: .list(twin.inputs.map { .text($0) })))
    }
    let ties = node.ties.mapValues { path in
      let parts = path.split(separator: "/", maxSplits: 1).map(String.init)
      return ConfigurationValue.text(
        ([newNames[parts[0]] ?? parts[0]] + parts.dropFirst()).joined(separator: "/"))
    }
    changes += ValueComparison.changes(
      at: "\(path)/ties", ties, twin.ties.mapValues { .text($0) })
    return changes
  }

  /// The name in the new network of what a layer takes, past layers that stand on one side only or
  /// elsewhere: that one was put between two others changes neither of them.
  private func known(_ name: String, isOld: Bool) -> String {
    let network = isOld ? old.network : new.network
    var name = name
    while let place = places(isOld: isOld)[name] {
      let other = isOld ? matching.newPlaces[place] : matching.oldPlaces[place]
      if let other, !matching.reordered.contains(isOld ? place : other) {
        return isOld ? new.network.nodes[other].name : name
      }
      guard let next = network.nodes[place].inputs.first else { break }
      name = next
    }
    return isOld ? newInputs[name] ?? name : name
  }

  private func places(isOld: Bool) -> [String: Int] { isOld ? oldNodePlaces : newNodePlaces }

  /// A layer in words: its kind and what it gives.
  private func words(_ side: ComparedNetwork, _ place: Int) -> String {
    let node = side.network.nodes[place]
    let shape = side.network.values[node.name].map { " \($0.shape)" } ?? ""
    let after = node.inputs.joined(separator: ", ")
    return "\(node.layer.kind)\(shape) after \(after)"
  }
}
