import Formats

/// The nodes and constants of an ONNX graph, found by name, and the order in which they can run.
struct GraphIndex {
  /// The file, for messages.
  let file: String

  /// The graph.
  let graph: ONNXGraph

  /// The version of the operators of ONNX itself.
  let opset: Int

  /// The nodes that outputs need, each after all that it takes.
  let order: [Operation]

  /// The nodes that no output needs.
  let unused: [ONNXGraphNode]

  /// Initializers by name.
  let initializers: [String: ONNXTensorData]

  /// By name of a value how many nodes and outputs look at it, reshapes and the like not counted but
  /// those behind them.
  let uses: [String: Int]

  /// By name of a value the node that makes it.
  private let makers: [String: ONNXGraphNode]

  /// Operators that only rename or rearrange elements.
  private static let views: Set<String> = [
    "Identity", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Cast", "Dropout",
  ]

  /// - Throws: ``ConversionError`` when a name is unknown or given twice, nodes wait for each other, or
  ///   there are operators of no known set.
  init(_ model: ONNXModel, graph: ONNXGraph, file: String) throws {
    self.file = file
    self.graph = graph
    let opset = try GraphIndex.opset(of: model, file)
    self.opset = opset
    var initializers: [String: ONNXTensorData] = [:]
    for tensor in graph.initializer {
      guard initializers.updateValue(tensor, forKey: tensor.name) == nil else {
        throw ConversionError(file, "two initializers are named '\(tensor.name)'")
      }
    }
    self.initializers = initializers
    var makers: [String: Int] = [:]
    for (index, node) in graph.node.enumerated() {
      for name in node.output where !name.isEmpty {
        guard makers.updateValue(index, forKey: name) == nil, initializers[name] == nil else {
          throw ConversionError(
            file, Operation.label(node), "gives '\(name)', which something else gives already")
        }
      }
    }
    let inputs = Set(graph.input.map(\.name))
    let places = try GraphIndex.order(
      graph, makers: makers, isKnown: { inputs.contains($0) || initializers[$0] != nil }, file)
    order = try places.map { try Operation(graph.node[$0], opset: opset, file: file) }
    let needed = Set(places)
    unused = graph.node.indices.filter { !needed.contains($0) }.map { graph.node[$0] }
    uses = GraphIndex.uses(of: order, graph.output.map(\.name))
    self.makers = makers.mapValues { graph.node[$0] }
  }

  private static func opset(of model: ONNXModel, _ file: String) throws -> Int {
    var opset: Int?
    for set in model.opsetImport where set.domain.isEmpty || set.domain == "ai.onnx" {
      opset = Int(set.version)
    }
    guard let opset else {
      throw ConversionError(file, "does not say which operators it uses: it has no opset_import")
    }
    guard (1...30).contains(opset) else {
      throw ConversionError(file, "opset: expected 7 to 26, found \(opset)")
    }
    return opset
  }

  /// The places of the nodes that outputs need, found without recursion: a graph may be a long chain.
  private static func order(
    _ graph: ONNXGraph, makers: [String: Int], isKnown: (String) -> Bool, _ file: String
  ) throws -> [Int] {
    enum State { case waiting, under, done }
    var states = Array(repeating: State.waiting, count: graph.node.count)
    var order: [Int] = []
    for output in graph.output {
      guard let root = makers[output.name] else {
        guard isKnown(output.name) else {
          throw ConversionError(file, "output '\(output.name)' is given by no node")
        }
        continue
      }
      // Nodes on the way, each with the input that comes next.
      var stack: [(node: Int, input: Int)] = states[root] == .done ? [] : [(root, 0)]
      if !stack.isEmpty { states[root] = .under }
      while let (node, input) = stack.last {
        let inputs = graph.node[node].input
        guard input < inputs.count else {
          states[node] = .done
          order.append(node)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].input += 1
        let name = inputs[input]
        if name.isEmpty || isKnown(name) { continue }
        guard let maker = makers[name] else {
          throw ConversionError(
            file, Operation.label(graph.node[node]),
            "takes '\(name)', which no node gives and no initializer holds")
        }
        switch states[maker] {
        case .done: continue
        case .under:
          throw ConversionError(
            file, Operation.label(graph.node[maker]), "waits for itself: the graph has a cycle")
        case .waiting:
          states[maker] = .under
          stack.append((maker, 0))
        }
      }
    }
    return order
  }

  private static func uses(of order: [Operation], _ outputs: [String]) -> [String: Int] {
    var uses: [String: Int] = [:]
    for output in outputs { uses[output, default: 0] += 1 }
    for operation in order.reversed() {
      let isView = views.contains(operation.kind)
      for (index, name) in operation.node.input.enumerated() where !name.isEmpty {
        if operation.kind == "Shape" { continue }
        uses[name, default: 0] +=
          isView && index == 0 ? uses[operation.node.output.first ?? "", default: 0] : 1
      }
    }
    return uses
  }
}

// MARK: - Looking around

extension GraphIndex {
  /// Whether only one node looks at a value, at what it is a view of, and so on.
  func isUsedOnce(_ name: String) -> Bool {
    var name = name
    while true {
      guard uses[name] == 1 else { return false }
      guard let maker = makers[name], GraphIndex.views.contains(maker.opType),
        let next = maker.input.first, !next.isEmpty
      else { return true }
      name = next
    }
  }

  /// The node that makes a value.
  func maker(of name: String) -> ONNXGraphNode? { makers[name] }
}
