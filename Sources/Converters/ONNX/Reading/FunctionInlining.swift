import Formats

/// Puts the nodes of a model's own functions in the place of the nodes that call them.
struct FunctionInlining {
  private let functions: [String: ONNXFunction]
  private let file: String
  private var nodes: [ONNXGraphNode] = []
  private var callCount = 0
  private var nameBytes = 0

  /// The most nodes that functions become: each may call others twice.
  private static let mostNodes = 1 << 16

  /// The most bytes of the names that they are given.
  private static let mostNameBytes = 1 << 26

  /// The most functions that call each other in a row.
  private static let mostDepth = 16

  private init(_ model: ONNXModel, file: String) {
    self.file = file
    var functions: [String: ONNXFunction] = [:]
    for function in model.functions {
      functions[FunctionInlining.key(function.domain, function.name, function.overload)] = function
    }
    self.functions = functions
  }

  private static func key(_ domain: String, _ name: String, _ overload: String) -> String {
    "\(domain)\u{0}\(name)\u{0}\(overload)"
  }

  /// The graph of a model without calls of its own functions.
  ///
  /// - Throws: ``ConversionError`` when functions call each other without end, or a call does not fit.
  static func inlined(_ model: ONNXModel, file: String) throws -> ONNXGraph {
    guard !model.functions.isEmpty else { return model.graph }
    var inlining = FunctionInlining(model, file: file)
    for node in model.graph.node { try inlining.add(node, depth: 0) }
    var graph = model.graph
    graph.node = inlining.nodes
    return graph
  }

  private mutating func add(_ node: ONNXGraphNode, depth: Int) throws {
    guard let function = functions[FunctionInlining.key(node.domain, node.opType, node.overload)]
    else {
      guard nodes.count < FunctionInlining.mostNodes else {
        throw error(node, "its functions become more than \(FunctionInlining.mostNodes) nodes")
      }
      nodes.append(node)
      return
    }
    guard depth < FunctionInlining.mostDepth else {
      throw error(node, "is a function that calls itself, or too many in a row")
    }
    guard node.input.count <= function.input.count, node.output.count <= function.output.count
    else {
      throw error(
        node,
        "calls a function of \(function.input.count) inputs and \(function.output.count) "
          + "outputs with \(node.input.count) and \(node.output.count)")
    }
    callCount += 1
    let prefix = "\((node.name.isEmpty ? node.opType : node.name).prefix(64))/\(callCount)/"
    // Inputs that are left out have no name; outputs that are, one of their own.
    var names: [String: String] = [:]
    for (index, name) in function.input.enumerated() {
      names[name] = index < node.input.count ? node.input[index] : ""
    }
    for (name, outer) in zip(function.output, node.output) where !outer.isEmpty {
      names[name] = outer
    }
    var values: [String: ONNXNodeAttribute] = [:]
    for attribute in function.attributeProto + node.attribute {
      values[attribute.name] = attribute
    }
    func renamed(_ name: String) -> String {
      name.isEmpty ? "" : names[name] ?? prefix + name
    }
    for inner in function.node {
      var copy = inner
      copy.name = prefix + (inner.name.isEmpty ? inner.opType : inner.name)
      copy.input = inner.input.map(renamed)
      copy.output = inner.output.map(renamed)
      nameBytes += (copy.input + copy.output).reduce(copy.name.utf8.count) { $0 + $1.utf8.count }
      guard nameBytes <= FunctionInlining.mostNameBytes else {
        throw error(node, "its functions become too many nodes with too long names")
      }
      copy.attribute = inner.attribute.compactMap { attribute in
        guard attribute.hasRefAttrName else { return attribute }
        // One that the call leaves out is left out here.
        guard var value = values[attribute.refAttrName] else { return nil }
        value.name = attribute.name
        return value
      }
      try add(copy, depth: depth + 1)
    }
  }

  private func error(_ node: ONNXGraphNode, _ problem: String) -> ConversionError {
    ConversionError(file, Operation.label(node), problem)
  }
}
