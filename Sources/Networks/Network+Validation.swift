import Layers
import Catalogs

/// Why a description is not a network.
public enum NetworkError: Error, CustomStringConvertible {
  case noInputs
  case noOutputs
  case duplicateName(String)
  case badName(String)
  case unknownInput(node: String, input: String, known: [String])
  case unknownOutput(String, known: [String])
  case cycle([String])
  case orphan(String)
  case node(String, kind: String, any Error)

  public var description: String {
    switch self {
    case .noInputs:
      "the network has no input"
    case .noOutputs:
      "the network has no output"
    case .duplicateName(let name):
      "two inputs or nodes are named '\(name)'; names must be unique"
    case .badName(let name):
      "'\(name)' cannot be a name: expected 1 to \(Network.longestName) characters without '/', "
        + "'.' or control characters"
    case .unknownInput(let node, let input, let known):
      "node '\(node)': unknown input '\(input)'\(suggestion(for: input, among: known))"
    case .unknownOutput(let name, let known):
      "unknown output '\(name)'\(suggestion(for: name, among: known))"
    case .cycle(let names):
      "the nodes \(names.map { "'\($0)'" }.joined(separator: ", ")) wait for each other in a cycle"
    case .orphan(let name):
      "node '\(name)' leads to no output; remove it or make it an output"
    case .node(let name, let kind, let error):
      "node '\(name)' (\(kind)): \(error)"
    }
  }
}

// MARK: - Checks

extension Network {
  /// The longest name of an input or node, in bytes.
  static let longestName = 128

  /// The nodes, each after its inputs, in the given order where that is free.
  static func checkedOrder(
    inputs: [NetworkInput], nodes: [Node], outputs: [String]
  ) throws -> [Node] {
    guard !inputs.isEmpty else { throw NetworkError.noInputs }
    guard !outputs.isEmpty else { throw NetworkError.noOutputs }
    let names = inputs.map { $0.name } + nodes.map { $0.name }
    try checkNames(names)
    let known = Set(names)
    for node in nodes {
      for input in node.inputs where !known.contains(input) {
        throw NetworkError.unknownInput(node: node.name, input: input, known: names)
      }
    }
    for output in outputs where !known.contains(output) {
      throw NetworkError.unknownOutput(output, known: names)
    }
    let ordered = try sorted(nodes, after: inputs)
    try checkEveryNodeIsUsed(ordered, outputs: outputs)
    return ordered
  }

  /// What flows out of every input and node.
  static func inferredValues(
    inputs: [NetworkInput], nodes: [Node]
  ) throws -> [String: ValueSpec] {
    var values: [String: ValueSpec] = [:]
    for input in inputs {
      values[input.name] = ValueSpec(input.shape, isIndices: input.isIndices)
    }
    for node in nodes {
      let specs = node.inputs.compactMap { values[$0] }
      do {
        let expected = type(of: node.layer).inputCount
        guard expected.contains(specs.count) else {
          throw LayerError.inputCount(expected: expected, found: specs.count)
        }
        values[node.name] = try node.layer.output(for: specs)
      } catch {
        throw NetworkError.node(node.name, kind: node.layer.kind, error)
      }
    }
    return values
  }

  private static func checkNames(_ names: [String]) throws {
    var seen: Set<String> = []
    for name in names {
      let isPlain = name.unicodeScalars.allSatisfy { $0 != "/" && $0 != "." && $0.value >= 32 }
      guard isPlain, !name.isEmpty, name.utf8.count <= longestName else {
        throw NetworkError.badName(name)
      }
      guard seen.insert(name).inserted else { throw NetworkError.duplicateName(name) }
    }
  }

  /// Nodes in the order in which their inputs become known (Kahn, 1962).
  private static func sorted(_ nodes: [Node], after inputs: [NetworkInput]) throws -> [Node] {
    let indices = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1.name, $0) })
    var waiting = nodes.map { node in node.inputs.count { indices[$0] != nil } }
    var readers: [[Int]] = Array(repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs {
        if let producer = indices[input] { readers[producer].append(index) }
      }
    }
    var ordered: [Node] = []
    var ready = nodes.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < ready.count {
      let index = ready[next]
      next += 1
      ordered.append(nodes[index])
      for reader in readers[index] {
        waiting[reader] -= 1
        if waiting[reader] == 0 { ready.append(reader) }
      }
    }
    guard ordered.count == nodes.count else {
      throw NetworkError.cycle(nodes.indices.filter { waiting[$0] > 0 }.map { nodes[$0].name })
    }
    // An order that is already right is kept, so that a file read and written is the same.
    return isOrdered(nodes, indices) ? nodes : ordered
  }

  private static func isOrdered(_ nodes: [Node], _ indices: [String: Int]) -> Bool {
    for (index, node) in nodes.enumerated() {
      for input in node.inputs where indices[input, default: -1] >= index { return false }
    }
    return true
  }

  private static func checkEveryNodeIsUsed(_ nodes: [Node], outputs: [String]) throws {
    var used = Set(outputs)
    for node in nodes.reversed() {
      guard used.contains(node.name) else { throw NetworkError.orphan(node.name) }
      used.formUnion(node.inputs)
    }
  }
}
