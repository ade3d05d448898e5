import Layers
import Networks
import Tensors

/// A layer that Keras has too, or that can be put together of what it has.
protocol KerasWritable: Layer {
  /// Writes the layer where it stands in a network.
  ///
  /// - Returns: what comes out.
  /// - Throws: ``ConversionError`` for options that Keras does not have.
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor

  /// Which of so many inputs is a mask; nil where none is.
  func kerasMaskPlace(among inputCount: Int) -> Int?
}

extension KerasWritable {
  func kerasMaskPlace(among inputCount: Int) -> Int? { nil }
}

/// Where a layer of a network is written: what it takes, and what its parameters are.
struct WrittenKerasSite {
  /// The node of the network.
  var node: Node

  /// The name of the layer in Keras: the node's, or that of the node whose parameters it uses.
  var name: String

  /// What it takes.
  var inputs: [WrittenKerasTensor]

  /// What it takes, as the network has it.
  var specs: [ValueSpec]

  /// What comes out of it.
  var output: ValueSpec

  /// Its parameters by name.
  var parameters: [String: ParameterLayout.Entry]

  /// What is added to the loss for its parameters.
  var penalties: WrittenKerasPenalties

  /// Whether the network has inputs with axes whose extent may change.
  var hasFreeAxes: Bool

  /// The input's shape.
  var shape: Shape { specs[0].shape }

  /// What the node is called in the report.
  var subject: String { "layer \(node.name)" }
}

// MARK: - Writing

extension WrittenKerasSite {
  /// Adds a layer of Keras that takes the first input, or what is given.
  ///
  /// - Parameters:
  ///   - suffix: what is put behind the name of a layer that stands beside the one that is meant.
  ///   - shape: what comes out; the node's output when nil.
  func add(
    _ className: String, _ options: [WrittenKerasValue.Member] = [], suffix: String = "",
    variables: [WrittenKerasVariable] = [], to tensor: WrittenKerasTensor? = nil,
    shape: Shape? = nil,
    keywords: [(name: String, argument: WrittenKerasArgument)] = [], isUntrained: Bool = false,
    in graph: inout WrittenKerasGraph
  ) -> WrittenKerasTensor {
    add(
      className, options, suffix: suffix, variables: variables,
      taking: [.tensor(tensor ?? inputs[0])], keywords: keywords, shape: shape,
      isUntrained: isUntrained, in: &graph)
  }

  /// Adds a layer of Keras that takes the given arguments.
  func add(
    _ className: String, _ options: [WrittenKerasValue.Member], suffix: String = "",
    variables: [WrittenKerasVariable] = [], taking arguments: [WrittenKerasArgument],
    keywords: [(name: String, argument: WrittenKerasArgument)] = [], shape: Shape? = nil,
    isUntrained: Bool = false, in graph: inout WrittenKerasGraph
  ) -> WrittenKerasTensor {
    let layer = WrittenKerasLayer(
      name: suffix.isEmpty ? name : graph.freeName("\(name)_\(suffix)"), className: className,
      options: options, variables: variables, isUntrained: isUntrained)
    let isIndices = shape == nil ? output.isIndices : specs[0].isIndices
    let result = graph.add(
      layer, WrittenKerasCall(arguments: arguments, keywords: keywords),
      shape: (shape ?? output.shape).dimensions.map { $0 },
      elementType: isIndices ? "int32" : "float32")
    graph.log.map(
      suffix.isEmpty ? subject : "\(subject), its \(suffix)",
      to: "\(className) '\(graph.layers[result.layer].name)'")
    return result
  }

  /// A variable that holds one parameter.
  ///
  /// - Parameters:
  ///   - parameter: the parameter's name.
  ///   - path: the variable's path in older files.
  ///   - shape: the variable's shape, of as many elements; the parameter's when nil.
  func variable(
    _ parameter: String, as path: String, in holder: String = "", shape: [Int]? = nil
  ) -> WrittenKerasVariable? {
    variable([parameter], as: path, in: holder, shape: shape)
  }

  /// A variable that holds parameters one after the other.
  func variable(
    _ names: [String], as path: String, in holder: String = "", shape: [Int]? = nil
  ) -> WrittenKerasVariable? {
    let entries = names.compactMap { parameters[$0] }
    guard entries.count == names.count, let first = entries.first else { return nil }
    return WrittenKerasVariable(
      holder: holder, path: path, shape: shape ?? first.spec.shape.dimensions,
      source: .parameters(entries), isTrainable: first.spec.isTrainable)
  }

  /// Extents that do not change from batch to batch.
  ///
  /// - Throws: ``ConversionError`` where they may.
  func requireFixedExtents(for what: String, log: ConversionLog) throws {
    guard !hasFreeAxes else {
      throw log.error(subject, "\(what) needs extents that do not change; fix the input's axes")
    }
  }
}
