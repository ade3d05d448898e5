import Formats
import Layers
import ModelFiles
import Networks
import Tensors
import Training

/// Turns a network with its weights into a graph of ONNX.
struct ONNXNetworkWriter {
  private let model: Model
  private let network: Network
  private let extents: ONNXFreeExtents
  private let graph = ONNXGraphWriter()
  private let values: ONNXValues
  private let weights: ONNXWeights

  /// The graph of a model.
  ///
  /// - Parameter mostBytes: the most that weights may take.
  /// - Throws: `ConversionError` naming the layer that has no counterpart.
  static func graph(
    of model: Model, mostBytes: Int = ONNXExporter.mostBytes, log: inout ConversionLog
  ) throws -> ONNXGraph {
    let byteCount = model.parameters.layout.count * ElementType.float32.byteCount
    guard byteCount <= mostBytes else {
      throw log.error(
        nil,
        "the weights take \(byteCount >> 20) MiB, and an ONNX file that holds them has less than "
          + "\((mostBytes >> 20) + 1); write safetensors in its place")
    }
    let writer = ONNXNetworkWriter(model, file: log.file)
    writer.addInputs(log: &log)
    try writer.addNodes(log: &log)
    let outputs = writer.addOutputs(log: &log)
    writer.reportTurns(log: &log)
    writer.reportWeights(log: &log)
    var graph = ONNXGraph()
    graph.name = "network"
    graph.node = writer.graph.finishedNodes
    graph.initializer = writer.graph.initializers
    graph.input = model.network.inputs.map { writer.declaration(of: $0) }
    graph.output = outputs
    return graph
  }

  private init(_ model: Model, file: String) {
    self.model = model
    network = model.network
    extents = ONNXFreeExtents(of: model.network)
    values = ONNXValues(graph)
    weights = ONNXWeights(
      model.parameters.elementType == .float32
        ? model.parameters : model.parameters.converted(to: .float32), file: file)
  }
}

// MARK: - Inputs

extension ONNXNetworkWriter {
  private func addInputs(log: inout ConversionLog) {
    for input in network.inputs {
      values.set(input.name, to: ONNXValue(last: input.name))
      let axes = ["N"] + extentNames(of: input).map { $0.description }
      log.map("input \(input.name)", to: "input [\(axes.joined(separator: ", "))]")
    }
    for place in extents.fixed {
      log.change(
        "input \(place.input)",
        "axis \(place.axis) is free in the network, but no other extent goes through it; it is fixed"
      )
    }
  }

  private func declaration(of input: NetworkInput) -> ONNXValueInfo {
    ONNXValueInfo(
      input.name, input.isIndices ? .int32 : .float32, [.batch] + extentNames(of: input))
  }

  /// The extents of an input, with names for those that are free: `image_height`.
  private func extentNames(of input: NetworkInput) -> [ONNXExtent] {
    let words: [String] =
      switch input.shape.rank {
      case 1: ["time"]
      case 2: ["time", "features"]
      case 3: ["height", "width", "channels"]
      default: (0..<input.shape.rank).map { "axis\($0)" }
      }
    return zip(extents.extents(of: input.name), words).map { extent, word in
      extent.map { .known($0) } ?? .named("\(input.name)_\(word)")
    }
  }
}

extension ONNXExtent: CustomStringConvertible {
  var description: String {
    switch self {
    case .known(let value): "\(value)"
    case .named(let name): name
    }
  }
}

// MARK: - Nodes

extension ONNXNetworkWriter {
  private func addNodes(log: inout ConversionLog) throws {
    let layout = model.parameters.layout
    for (index, node) in network.nodes.enumerated() {
      guard let layer = node.layer as? any ONNXWritable else {
        throw log.error(
          "layer \(node.name)", "'\(node.layer.kind)' cannot be written in operators of ONNX")
      }
      let specs = node.layer.parameters(for: node.inputs.compactMap { network.values[$0] })
      let entries = zip(specs, layout.entriesOfNodes[index]).map { spec, entry in
        (spec.name, layout.entries[entry])
      }
      let writer = ONNXLayerWriter(
        node: node, graph: graph, values: values, weights: weights,
        inputExtents: node.inputs.map { extents.extents(of: $0) },
        outputExtents: extents.extents(of: node.name),
        entries: Dictionary(entries, uniquingKeysWith: { first, _ in first }))
      let count = graph.nodes.count
      values.set(node.name, to: try layer.write(to: writer))
      report(node, graph.nodes[count...], log: &log)
    }
  }

  private func report(
    _ node: Node, _ added: ArraySlice<ONNXGraphNode>, log: inout ConversionLog
  ) {
    let subject = "layer \(node.name)"
    let own = added.filter { $0.name.hasPrefix("\(node.name)/") }.map(\.opType)
    switch node.layer {
    case is Dropout, is SpatialDropout, is GaussianNoise:
      log.ignore(subject, "does nothing in inference")
    case _ where own.isEmpty:
      log.ignore(subject, "hands its input on")
    case _ where own.count == 1:
      log.map(subject, to: own[0])
    default:
      log.change(subject, own.joined(separator: ", "))
    }
  }

  private func reportTurns(log: inout ConversionLog) {
    for value in values.turned {
      log.change(
        "value \(value.name)",
        value.isFirst
          ? "Transpose behind it: windows of ONNX have the channels first"
          : "Transpose behind it: back to the channels last")
    }
  }

  private func reportWeights(log: inout ConversionLog) {
    let isRounded = model.parameters.elementType == .float64
    for entry in model.parameters.layout.entries {
      let subject = "weights \(entry.path)"
      guard let use = weights.uses[entry.path] else {
        log.ignore(subject, "no operator uses it")
        continue
      }
      let names = use.names.map { "initializer '\($0)'" }.joined(separator: " and ")
      if use.isChanged {
        log.change(subject, "\(names), in the order of ONNX\(isRounded ? ", in float32" : "")")
      } else if isRounded {
        log.change(subject, "\(names), in float32")
      } else {
        log.map(subject, to: names)
      }
    }
  }
}

// MARK: - Outputs

extension ONNXNetworkWriter {
  /// Names the outputs as the network does, behind their links.
  private func addOutputs(log: inout ConversionLog) -> [ONNXValueInfo] {
    network.outputs.enumerated().map { index, output in
      let shape = extents.extents(of: output)
      let raw = values.last(output, rank: shape.count)
      var value = raw
      func add(_ operation: String, _ inputs: [String], _ attributes: [ONNXNodeAttribute] = []) {
        value =
          graph.add(
            operation, [value] + inputs, attributes, outputs: [true],
            named: "\(output)/prediction/\(operation)")[0]
      }
      let link = index < model.links.count ? model.links[index] : .identity
      switch link {
      case .identity: log.map("output \(output)", to: "output")
      case .softmax:
        add("Softmax", [], [.integer("axis", -1)])
        log.change("output \(output)", "Softmax behind it, so that it is probabilities")
      case .sigmoid:
        add("Sigmoid", [])
        log.change("output \(output)", "Sigmoid behind it, so that it is probabilities")
      }
      if let targets = model.preprocessing?.targets, index < targets.count,
        case .number(let target) = targets[index], target.scale != 1 || target.offset != 0
      {
        add("Mul", [graph.number(1 / target.scale)])
        add("Add", [graph.number(target.offset)])
        log.change("output \(output)", "Mul and Add behind it, into the unit of '\(target.name)'")
      }
      let name = outputName(output, log: &log)
      // An input, or what is another output too, keeps its name.
      if !graph.rename(value, to: name) { graph.addIdentity(of: value, named: name) }
      return ONNXValueInfo(
        name, network.values[output]?.isIndices == true ? .int32 : .float32,
        [.batch]
          + shape.enumerated().map { axis, extent in
            extent.map { .known($0) } ?? .named("\(output)_axis\(axis)")
          })
    }
  }

  /// What an output is called: as in the network, but for one that is an input, since names in a graph
  /// are unique.
  private func outputName(_ output: String, log: inout ConversionLog) -> String {
    guard network.inputs.contains(where: { $0.name == output }) else { return output }
    var name = "\(output)_output"
    while network.values[name] != nil { name += "_" }
    log.change("output \(output)", "called '\(name)', since an input has its name")
    return name
  }
}
