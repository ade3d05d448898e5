import Layers
import Networks
import Tensors

/// Which values of a network PyTorch keeps with channels first, and what follows for the order of
/// features behind them.
struct ChannelOrder {
  /// Values `[..., channels]` that are `[channels, ...]` in PyTorch.
  private(set) var channelsFirst: Set<String> = []
  /// The features of values of one axis.
  private(set) var features: [String: FeatureOrder] = [:]
  /// Nodes behind which the order of features has no counterpart, and why.
  private(set) var problems: [(node: String, problem: String)] = []

  /// Layers over rows and columns.
  private static let windowKinds: Set<String> = [
    Convolution1D.kind, Convolution2D.kind, DepthwiseConvolution1D.kind,
    DepthwiseConvolution2D.kind, SeparableConvolution1D.kind, SeparableConvolution2D.kind,
    TransposedConvolution1D.kind, TransposedConvolution2D.kind, MaxPooling1D.kind,
    MaxPooling2D.kind, AveragePooling1D.kind, AveragePooling2D.kind, ZeroPadding1D.kind,
    ZeroPadding2D.kind, Cropping1D.kind, Cropping2D.kind, Upsampling1D.kind, Upsampling2D.kind,
  ]

  /// Layers that leave every element in its place.
  private static let elementKinds: Set<String> = [
    Activation.kind, Dropout.kind, SpatialDropout.kind, GaussianNoise.kind, Rescaling.kind,
    PReLU.kind, BatchNormalization.kind, LayerNormalization.kind, GroupNormalization.kind,
    RMSNormalization.kind, Normalization.kind, Add.kind, Subtract.kind, Multiply.kind, Average.kind,
    Maximum.kind, Minimum.kind,
  ]

  /// Follows the values of a network from its inputs to its outputs.
  init(_ network: Network) {
    let fed = ChannelOrder.valuesFeedingWindows(network)
    for input in network.inputs where input.shape.rank == 3 || fed.contains(input.name) {
      channelsFirst.insert(input.name)
    }
    let wanted = ChannelOrder.wantedOrders(network, fed: fed)
    for node in network.nodes {
      if node.layer is Dense, let order = wanted[node.name] { features[node.name] = order }
      follow(node, network, fed: fed)
    }
  }

  /// The order of the features of a value.
  func features(of value: String, _ spec: ValueSpec) -> FeatureOrder {
    features[value] ?? FeatureOrder(spec.shape.last)
  }

  /// The values that reach a layer over rows and columns with all elements in their places.
  private static func valuesFeedingWindows(_ network: Network) -> Set<String> {
    var fed: Set<String> = []
    for node in network.nodes.reversed() {
      guard
        windowKinds.contains(node.layer.kind)
          || elementKinds.contains(node.layer.kind) && fed.contains(node.name)
      else { continue }
      fed.formUnion(node.inputs)
    }
    return fed
  }

  /// The order of features that are made rows and columns of, by value.
  private static func wantedOrders(_ network: Network, fed: Set<String>) -> [String: FeatureOrder] {
    var wanted: [String: FeatureOrder] = [:]
    for node in network.nodes.reversed() {
      guard let first = node.inputs.first, let output = network.values[node.name]?.shape,
        network.values[first]?.shape.rank == 1
      else { continue }
      if node.layer is Reshape, output.rank > 1, fed.contains(node.name) {
        wanted[first] = FeatureOrder(flattening: output)
      } else if elementKinds.contains(node.layer.kind), node.inputs.count == 1 {
        wanted[first] = wanted[node.name]
      }
    }
    return wanted
  }

  private mutating func follow(_ node: Node, _ network: Network, fed: Set<String>) {
    guard let output = network.values[node.name], let first = node.inputs.first,
      let input = network.values[first]
    else { return }
    let kind = node.layer.kind
    let isFirst = node.inputs.contains { channelsFirst.contains($0) }
    switch kind {
    case _ where ChannelOrder.elementKinds.contains(kind):
      if isFirst, output.shape.rank > 1 { channelsFirst.insert(node.name) }
      let orders = node.inputs.compactMap { features[$0] }
      if let order = orders.first(where: {
        $0.segments.map(\.count).reduce(0, +) == output.shape.last
      }) {
        features[node.name] = order
        if orders.contains(where: { $0 != order }) || orders.count != node.inputs.count {
          problems.append((node.name, "takes features together whose orders differ in PyTorch"))
        }
        if kind == GroupNormalization.kind, !order.isPlain {
          problems.append((node.name, "groups features that stand in another order in PyTorch"))
        }
      }
    case _ where ChannelOrder.windowKinds.contains(kind):
      if output.shape.rank > 1 { channelsFirst.insert(node.name) }
    case Concatenate.kind:
      if isFirst { channelsFirst.insert(node.name) }
      guard output.shape.rank == 1, node.inputs.contains(where: { features[$0] != nil }) else {
        return
      }
      features[node.name] = FeatureOrder(
        joining: node.inputs.map { features(of: $0, network.values[$0] ?? output) })
    case Flatten.kind, Reshape.kind:
      reshape(node, from: first, input.shape, to: output.shape, fed: fed)
    case Dense.kind: break
    default:
      if let order = features[first], !order.isPlain {
        problems.append((node.name, "takes features that stand in another order in PyTorch"))
      }
    }
  }

  private mutating func reshape(
    _ node: Node, from first: String, _ input: Shape, to output: Shape, fed: Set<String>
  ) {
    if output.rank == 1 {
      if input.rank == 1 {
        features[node.name] = features[first]
      } else if channelsFirst.contains(first) {
        features[node.name] = FeatureOrder(flattening: input)
      }
      return
    }
    let order = FeatureOrder(flattening: output)
    let found = features[first] ?? FeatureOrder(input.last)
    let fits = input.rank == 1 && found == order || input == output || order.isPlain
    if fed.contains(node.name) { channelsFirst.insert(node.name) }
    if fed.contains(node.name), !fits {
      problems.append(
        (node.name, "makes rows and columns of features, which PyTorch has in another order"))
    } else if !fed.contains(node.name), !found.isPlain {
      problems.append((node.name, "takes features that stand in another order in PyTorch"))
    }
  }
}
