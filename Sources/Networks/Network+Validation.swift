import Catalogs
import Layers
import Tensors

/// Why a description is not a network.
public enum NetworkError: Error, CustomStringConvertible {
  case noInputs
  case noOutputs
  case duplicateName(String)
  case duplicateOutput(String)
  case tooManyNodes(Int)
  case badName(String)
  case unknownInput(node: String, input: String, known: [String])
  case unknownOutput(String, known: [String])
  case cycle([String])
  case orphan(String)
  case tie(node: String, parameter: String, problem: String)
  case freeAxis(input: String, Int, shape: Shape)
  case inputShape(input: String, expected: String, found: Shape)
  case parametersDependOnShape
  case node(String, kind: String, any Error)

  public var description: String {
    switch self {
    case .noInputs:
      "the network has no input"
    case .noOutputs:
      "the network has no output"
    case .duplicateName(let name):
      "two inputs or nodes are named '\(name)'; names must be unique"
    case .duplicateOutput(let name):
      "'\(name)' is an output twice"
    case .tooManyNodes(let count):
      "expected at most \(Network.mostNodes) inputs, nodes and outputs, found \(count)"
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
    case .tie(let node, let parameter, let problem):
      "node '\(node)': its '\(parameter)' cannot be another node's: \(problem)"
    case .freeAxis(let input, let axis, let shape):
      "input '\(input)': a free axis \(axis) is not one of the shape \(shape)"
    case .inputShape(let input, let expected, let found):
      "input '\(input)': expected a shape \(expected), found \(found)"
    case .parametersDependOnShape:
      "the network's parameters depend on the extent of a free axis, as behind a flatten layer; "
        + "make the axis fixed or put a global pooling in between"
    case .node(let name, let kind, let error):
      "node '\(name)' (\(kind)): \(error)"
    }
  }
}

// MARK: - Checks

extension Network {
  /// The longest name of an input or node, in bytes.
  static let longestName = 128

  /// The most inputs, nodes and outputs together: planning compares each with each.
  package static let mostNodes = 1 << 15

  /// The most axes of a value, one less than a shape can have: a batch has one more.
  static let mostAxes = Shape.maximumRank - 1

  /// The nodes, each after its inputs, in the given order where that is free.
  static func checkedOrder(
    inputs: [NetworkInput], nodes: [Node], outputs: [String]
  ) throws -> [Node] {
    guard !inputs.isEmpty else { throw NetworkError.noInputs }
    guard !outputs.isEmpty else { throw NetworkError.noOutputs }
    let count = inputs.count + nodes.count + outputs.count
    guard count <= mostNodes else { throw NetworkError.tooManyNodes(count) }
    let names = inputs.map { $0.name } + nodes.map { $0.name }
    try checkNames(names)
    for input in inputs {
      for axis in input.freeAxes.sorted() where axis < 0 || axis >= input.shape.rank {
        throw NetworkError.freeAxis(input: input.name, axis, shape: input.shape)
      }
    }
    let known = Set(names)
    for node in nodes {
      for input in node.inputs where !known.contains(input) {
        throw NetworkError.unknownInput(node: node.name, input: input, known: names)
      }
    }
    var seen: Set<String> = []
    for output in outputs {
      guard known.contains(output) else {
        throw NetworkError.unknownOutput(output, known: names)
      }
      guard seen.insert(output).inserted else { throw NetworkError.duplicateOutput(output) }
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
      guard input.shape.rank <= mostAxes else {
        throw NetworkError.inputShape(
          input: input.name, expected: "of at most \(mostAxes) axes", found: input.shape)
      }
      values[input.name] = ValueSpec(input.shape, isIndices: input.isIndices)
    }
    for node in nodes {
      let specs = node.inputs.compactMap { values[$0] }
      do {
        let expected = type(of: node.layer).inputCount
        guard expected.contains(specs.count) else {
          throw LayerError.inputCount(expected: expected, found: specs.count)
        }
        let output = try node.layer.output(for: specs)
        guard output.shape.rank <= mostAxes else {
          throw LayerError.outputShape(
            expected: "of at most \(mostAxes) axes", found: output.shape)
        }
        values[node.name] = output
      } catch {
        throw NetworkError.node(node.name, kind: node.layer.kind, error)
      }
    }
    return values
  }

  /// Checks that every parameter that is another node's is one, of the same shape and role.
  static func checkTies(of nodes: [Node], values: [String: ValueSpec]) throws {
    guard nodes.contains(where: { !$0.ties.isEmpty }) else { return }
    var owned: [String: ParameterSpec] = [:]
    func specs(_ node: Node) -> [ParameterSpec] {
      node.layer.parameters(for: node.inputs.compactMap { values[$0] })
    }
    for node in nodes {
      for spec in specs(node) where node.ties[spec.name] == nil {
        owned["\(node.name)/\(spec.name)"] = spec
      }
    }
    for node in nodes {
      let own = specs(node)
      for (name, path) in node.ties.sorted(by: { $0.key < $1.key }) {
        func fail(_ problem: String) -> NetworkError {
          .tie(node: node.name, parameter: name, problem: problem)
        }
        guard let spec = own.first(where: { $0.name == name }) else {
          throw fail("there is none; it has: \(own.map(\.name).joined(separator: ", "))")
        }
        guard let owner = owned[path] else {
          throw fail(
            "unknown parameter '\(path)'\(suggestion(for: path, among: owned.keys.sorted()))")
        }
        guard owner.shape == spec.shape, owner.isTrainable == spec.isTrainable else {
          throw fail("expected the shape \(spec.shape), found \(owner.shape) of '\(path)'")
        }
      }
    }
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
