import Formats
import Layers
import Networks
import Tensors

/// What a layer sees of the graph that it is written to: its options are its own, its inputs and
/// weights it finds here.
struct ONNXLayerWriter {
  /// The node of the network that is written.
  let node: Node
  /// The whole graph.
  let graph: ONNXGraphWriter
  /// The values so far.
  let values: ONNXValues
  /// The weights of the network.
  let weights: ONNXWeights
  /// The extents of one example of every input; nil where they are free.
  let inputExtents: [[Int?]]
  /// The extents of one example of the output.
  let outputExtents: [Int?]
  /// The parameters of the layer by their names in it.
  let entries: [String: ParameterLayout.Entry]
}

// MARK: - Operators

extension ONNXLayerWriter {
  /// Adds an operator of one output, and gives the name of that.
  func add(
    _ operation: String, _ inputs: [String], _ attributes: ONNXNodeAttribute...
  ) -> String {
    add(operation, inputs, attributes)
  }

  /// Adds an operator of one output, and gives the name of that.
  func add(
    _ operation: String, _ inputs: [String], _ attributes: [ONNXNodeAttribute]
  ) -> String {
    graph.add(
      operation, inputs, attributes, outputs: [true], named: "\(node.name)/\(operation)")[0]
  }

  /// The value with its axes in another order, that of the batch among them.
  func transpose(_ value: String, _ axes: [Int]) -> String {
    add("Transpose", [value], .integers("perm", axes))
  }

  /// The value without an axis of extent 1.
  func squeeze(_ value: String, axis: Int) -> String {
    add("Squeeze", [value, graph.integers([axis])])
  }

  /// The value with an axis of extent 1 more.
  func unsqueeze(_ value: String, axes: Int...) -> String {
    add("Unsqueeze", [value, graph.integers(axes)])
  }

  /// The elements of the value under other extents: 0 keeps one, −1 is what is left over.
  func reshape(_ value: String, _ extents: [Int]) -> String {
    add("Reshape", [value, graph.integers(extents)])
  }

  /// The value as another type.
  func cast(_ value: String, to type: ONNXElementCode) -> String {
    add("Cast", [value], .integer("to", Int(type.rawValue)))
  }

  /// The extents of a range of axes of a value, as a vector.
  func extents(of value: String, _ axes: Range<Int>) -> String {
    add("Shape", [value], .integer("start", axes.lowerBound), .integer("end", axes.upperBound))
  }

  /// The whole numbers from 0 up to the extent of an axis.
  func places(of value: String, axis: Int) -> String {
    let count = squeeze(extents(of: value, axis..<axis + 1), axis: 0)
    return add("Range", [graph.integer(0), count, graph.integer(1)])
  }
}

// MARK: - Inputs

extension ONNXLayerWriter {
  /// An input as the network has it, channels last.
  func input(_ place: Int = 0) -> String {
    values.last(node.inputs[place], rank: inputExtents[place].count)
  }

  /// An input with the channels first.
  func inputChannelsFirst(_ place: Int = 0) -> String {
    values.first(node.inputs[place], rank: inputExtents[place].count)
  }

  /// Whether an input is there with the channels first, so that what does not mind the order of axes
  /// leaves it that way.
  func isChannelsFirst(_ place: Int = 0) -> Bool { values.hasFirst(node.inputs[place]) }

  /// What is made of every element of the input by itself, whatever the order of its axes is.
  func elementwise(_ body: (String) -> String) -> ONNXValue {
    isChannelsFirst()
      ? ONNXValue(first: body(inputChannelsFirst())) : ONNXValue(last: body(input()))
  }

  /// The input itself, of a layer that does nothing in inference.
  var passedThrough: ONNXValue { values.value(node.inputs[0]) }

  /// An error about the layer.
  func error(_ problem: String) -> ConversionError {
    ConversionError(weights.file, "layer \(node.name)", problem)
  }
}

// MARK: - Weights

extension ONNXLayerWriter {
  /// Whether the layer has a parameter of a name.
  func has(_ name: String) -> Bool { entries[name] != nil }

  /// A parameter as it is.
  func parameter(_ name: String) -> String {
    guard let entry = entries[name] else {
      preconditionFailure("\(node.layer.kind) has no parameter '\(name)'")
    }
    return weights.name(of: entry, in: graph)
  }

  /// A parameter with its axes in another order, and under another shape where one is given.
  func parameter(_ name: String, axes: [Int], shape: [Int]? = nil) -> String {
    derived([name], as: "\(axes) \(shape ?? [])", shape: shape) { tensors in
      let turned = tensors[0].permuted(axes)
      return ArrangedNumbers(turned.values, shape: shape ?? turned.shape)
    }
  }

  /// A tensor that is made of parameters: numbers in the layer's order become those of ONNX.
  ///
  /// - Parameters:
  ///   - names: of the parameters, those that the layer has.
  ///   - layout: says what is done, so that the same parameters made the same way are kept once.
  func derived(
    _ names: [String], as layout: String, shape: [Int]? = nil,
    _ make: ([ArrangedNumbers]) -> ArrangedNumbers
  ) -> String {
    weights.name(
      of: names.compactMap { entries[$0] }, as: layout, in: graph,
      suggesting: "\(node.name)/\(names.joined(separator: "+"))", make)
  }
}
