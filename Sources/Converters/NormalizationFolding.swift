import Layers
import ModelFiles
import Networks
import Tensors
import Training

/// A layer that can take over the batch normalisation behind it.
///
/// It multiplies by a kernel and adds a bias, so that y = scale · (x · kernel + bias − mean) / √(variance +
/// ε) + shift is the same layer with other numbers.
private protocol NormalizationTaker: Layer {
  var usesBias: Bool { get set }
  /// The kernel whose columns give the outputs.
  static var lastKernel: String { get }
  /// The output that an element of the kernel is for.
  func output(ofElement index: Int, kernel: Shape, outputs: Int) -> Int
}

extension NormalizationTaker {
  static var lastKernel: String { "kernel" }
  func output(ofElement index: Int, kernel: Shape, outputs: Int) -> Int { index % outputs }
}

extension Dense: NormalizationTaker {}
extension Convolution1D: NormalizationTaker {}
extension Convolution2D: NormalizationTaker {}
extension DepthwiseConvolution1D: NormalizationTaker {}
extension DepthwiseConvolution2D: NormalizationTaker {}

extension SeparableConvolution1D: NormalizationTaker {
  static var lastKernel: String { "pointwise_kernel" }
}

extension SeparableConvolution2D: NormalizationTaker {
  static var lastKernel: String { "pointwise_kernel" }
}

extension TransposedConvolution1D: NormalizationTaker {
  func output(ofElement index: Int, kernel: Shape, outputs: Int) -> Int {
    TransposedKernel(kernel, groups: groups).output(ofElement: index)
  }
}

extension TransposedConvolution2D: NormalizationTaker {
  func output(ofElement index: Int, kernel: Shape, outputs: Int) -> Int {
    TransposedKernel(kernel, groups: groups).output(ofElement: index)
  }
}

/// A kernel `[size…, filters / groups, channels]`.
private struct TransposedKernel {
  let channels: Int
  let filtersOfGroup: Int
  let groups: Int

  init(_ shape: Shape, groups: Int) {
    channels = shape.last
    filtersOfGroup = shape[shape.rank - 2]
    self.groups = groups
  }

  func output(ofElement index: Int) -> Int {
    let group = index % channels / (channels / groups)
    return group * filtersOfGroup + index / channels % filtersOfGroup
  }
}

extension Model {
  /// The model with batch normalisations taken over by the dense layers and convolutions before them,
  /// which computes the same in inference with fewer layers, and is not trained further.
  ///
  /// A normalisation stays where something else looks at what it normalises, or where weights are shared.
  ///
  /// - Throws: `NetworkError` or `ShapeError`, which a network that was checked before does not cause.
  package func foldingNormalization(log: inout ConversionLog) throws -> Model {
    let folding = NormalizationFolding(network)
    for node in network.nodes where node.layer is BatchNormalization {
      let subject = "layer \(node.name)"
      if folding.takers[node.name] != nil {
        log.change(subject, "taken over by '\(node.inputs[0])'")
      } else {
        log.map(subject, to: "stays: no layer before it can take it over alone")
      }
    }
    guard !folding.takers.isEmpty else { return self }
    var model = self
    model.network = try folding.network()
    model.snapshot = TrainingSnapshot(
      try folding.parameters(parameters, in: ParameterLayout(model.network)))
    if training != nil {
      log.ignore("training", "a network that took over normalisations is for predictions")
      model.training = nil
      model.configuration = nil
    }
    return model
  }
}

/// Which normalisations of a network are taken over by which layers.
private struct NormalizationFolding {
  let source: Network
  /// The nodes of normalisations, and those that take them over.
  private(set) var takers: [String: String] = [:]

  init(_ network: Network) {
    source = network
    var uses: [String: Int] = [:]
    for name in network.nodes.flatMap(\.inputs) + network.outputs { uses[name, default: 0] += 1 }
    var sharing: Set<String> = []
    for node in network.nodes where !node.ties.isEmpty {
      sharing.insert(node.name)
      for path in node.ties.values { sharing.insert(String(path.prefix { $0 != "/" })) }
    }
    let nodes = Dictionary(
      network.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for node in network.nodes where node.layer is BatchNormalization {
      guard let taker = nodes[node.inputs[0]], taker.layer is any NormalizationTaker,
        uses[taker.name] == 1, !sharing.contains(node.name), !sharing.contains(taker.name)
      else { continue }
      takers[node.name] = taker.name
    }
  }

  /// The network without the normalisations; one that is an output leaves its name.
  func network() throws -> Network {
    let taking = Set(takers.values)
    let outputs = Set(source.outputs)
    let nodes = source.nodes.compactMap { node -> Node? in
      var node = node
      node.inputs = node.inputs.map { outputs.contains($0) ? $0 : takers[$0] ?? $0 }
      if takers[node.name] != nil {
        guard outputs.contains(node.name) else { return nil }
        node.layer = Activation(.identity)
      } else if taking.contains(node.name), var layer = node.layer as? any NormalizationTaker {
        layer.usesBias = true
        node.layer = layer
      }
      return node
    }
    return try Network(inputs: source.inputs, nodes: nodes, outputs: source.outputs)
  }

  /// The parameters of the network without the normalisations.
  func parameters(_ old: Parameters, in layout: ParameterLayout) -> Parameters {
    var new = Parameters(zeros: layout, elementType: old.elementType)
    for entry in layout.entries {
      if let tensor = old[entry.path] { new[entry.path] = tensor }
    }
    for node in source.nodes {
      guard let name = takers[node.name], let layer = node.layer as? BatchNormalization,
        let taker = source.nodes.first(where: { $0.name == name })?.layer
          as? any NormalizationTaker
      else { continue }
      fold(layer, node.name, into: taker, name, of: old, &new)
    }
    return new
  }

  private func fold(
    _ layer: BatchNormalization, _ node: String, into taker: any NormalizationTaker,
    _ name: String, of old: Parameters, _ new: inout Parameters
  ) {
    let kernelPath = "\(name)/\(type(of: taker).lastKernel)"
    guard let mean = old["\(node)/running_mean"]?.doubles(),
      let variance = old["\(node)/running_variance"]?.doubles(), let kernel = old[kernelPath]
    else { return }
    let scale = old["\(node)/scale"]?.doubles()
    let shift = old["\(node)/shift"]?.doubles()
    let bias = old["\(name)/bias"]?.doubles()
    let factors = variance.indices.map { channel in
      (scale?[channel] ?? 1) / (variance[channel] + layer.epsilon).squareRoot()
    }
    let products = kernel.doubles().enumerated().map { index, value in
      value
        * factors[taker.output(ofElement: index, kernel: kernel.shape, outputs: factors.count)]
    }
    let offsets = factors.indices.map { channel in
      ((bias?[channel] ?? 0) - mean[channel]) * factors[channel] + (shift?[channel] ?? 0)
    }
    new[kernelPath] = Tensor(products, shape: kernel.shape).converted(to: old.elementType)
    new["\(name)/bias"] = Tensor(offsets, shape: [offsets.count]).converted(to: old.elementType)
  }
}
