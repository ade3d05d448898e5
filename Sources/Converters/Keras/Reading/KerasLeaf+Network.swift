import Formats
import Layers
import Networks
import Tensors

extension KerasLeaf {
  /// What a layer's weights are called in the layout by path: its class.
  var className: String { place.last ?? "" }

  /// Whether weights of a file may be those of this layer.
  func fits(_ group: KerasWeightsOfLayer) -> Bool {
    guard group.tensors.count == variables.count else {
      return modernize != nil && group.tensors.count == oldCount
    }
    if modernize != nil { return true }
    return zip(group.tensors, variables).allSatisfy { $0.shape.dimensions == $1.shape }
  }

  /// The layers of a network that have weights, as Keras would keep these. One that Keras does not have is
  /// passed over, and then its weights are missing.
  static func leaves(of network: Network) -> [KerasLeaf] {
    var leaves: [KerasLeaf] = []
    for (number, node) in network.nodes.enumerated() where node.ties.isEmpty {
      let inputs = node.inputs.compactMap { network.values[$0] }
      let specs = node.layer.parameters(for: inputs)
      guard !specs.isEmpty,
        let (name, variables) = layout(of: node, specs, rank: inputs.first?.shape.rank ?? 1)
      else { continue }
      leaves.append(
        KerasLeaf(
          position: [number], place: [name], top: node.name, label: node.name, isTrainable: true,
          variables: variables))
    }
    return leaves
  }

  /// The class of a node in Keras, and its variables.
  private static func layout(
    of node: Node, _ specs: [ParameterSpec], rank: Int
  ) -> (className: String, variables: [KerasVariable])? {
    func plain(_ className: String) -> (String, [KerasVariable]) {
      (
        className,
        specs.enumerated().map { index, spec in
          .plain(
            spec.name, spec.shape.dimensions, index: index, is: "\(node.name)/\(spec.name)")
        }
      )
    }
    switch node.layer {
    case is Dense: return plain("dense")
    case is Embedding: return plain("embedding")
    case is Convolution1D: return plain("conv1d")
    case is Convolution2D: return plain("conv2d")
    case is DepthwiseConvolution1D: return plain("depthwise_conv1d")
    case is DepthwiseConvolution2D: return plain("depthwise_conv2d")
    case is TransposedConvolution1D: return plain("conv1d_transpose")
    case is TransposedConvolution2D: return plain("conv2d_transpose")
    case is BatchNormalization: return plain("batch_normalization")
    case is LayerNormalization: return plain("layer_normalization")
    case is GroupNormalization: return plain("group_normalization")
    case is RMSNormalization: return plain("rms_normalization")
    case is SimpleRecurrent: return plain("simple_rnn")
    case is LSTM: return plain("lstm")
    case is PReLU:
      return (
        "p_re_lu",
        specs.map { spec in
          let ones = Array(repeating: 1, count: max(rank - spec.shape.rank, 0))
          return .plain(
            spec.name, ones + spec.shape.dimensions, index: 0, is: "\(node.name)/\(spec.name)",
            shaped: spec.shape.dimensions)
        }
      )
    case let gru as GRU: return ("gru", recurrent(node.name, specs, isSplit: gru.resetsAfter))
    case let both as Bidirectional:
      let isSplit = (both.layer as? GRU)?.resetsAfter ?? false
      let middle = specs.count / 2
      return (
        "bidirectional",
        recurrent(node.name, Array(specs[..<middle]), isSplit: isSplit)
          + recurrent(node.name, Array(specs[middle...]), isSplit: isSplit)
      )
    case is SeparableConvolution1D:
      return ("separable_conv1d", separable(node.name, specs, axes: 1))
    case is SeparableConvolution2D:
      return ("separable_conv2d", separable(node.name, specs, axes: 2))
    case let attention as MultiHeadAttention:
      return ("multi_head_attention", heads(node.name, attention, specs))
    case is Normalization:
      let (name, variables) = plain("normalization")
      return (name, variables + [.unused("count", [], index: 2)])
    default: return nil
    }
  }

  /// Two offsets of a GRU are two rows of one.
  private static func recurrent(
    _ node: String, _ specs: [ParameterSpec], isSplit: Bool
  ) -> [KerasVariable] {
    var variables = specs.prefix(isSplit ? 2 : 3).enumerated().map { index, spec in
      KerasVariable.plain(
        spec.name, spec.shape.dimensions, index: index, is: "\(node)/\(spec.name)")
    }
    guard isSplit, specs.count == 4 else { return variables }
    let width = specs[2].shape.count
    let paths = specs[2...].map { "\(node)/\($0.name)" }
    variables.append(
      KerasVariable(
        name: specs[2].name, shape: [2, width], index: 2,
        parameters: { tensor in
          let values: [Float] = tensor.elements()
          return [
            (paths[0], Tensor(values.prefix(width))), (paths[1], Tensor(values.dropFirst(width))),
          ]
        }))
    return variables
  }

  private static func separable(
    _ node: String, _ specs: [ParameterSpec], axes: Int
  ) -> [KerasVariable] {
    specs.enumerated().map { index, spec in
      let ones = index == 1 ? Array(repeating: 1, count: axes) : []
      return .plain(
        spec.name, ones + spec.shape.dimensions, index: index, is: "\(node)/\(spec.name)",
        shaped: spec.shape.dimensions)
    }
  }

  /// Heads and their elements are two axes in Keras.
  private static func heads(
    _ node: String, _ attention: MultiHeadAttention, _ specs: [ParameterSpec]
  ) -> [KerasVariable] {
    specs.enumerated().map { index, spec in
      var shape = spec.shape.dimensions
      if spec.name == "output_kernel" {
        shape = [attention.heads, shape[0] / attention.heads, shape[1]]
      } else if spec.name != "output_bias", let width = shape.popLast() {
        shape += [attention.heads, width / attention.heads]
      }
      return .plain(
        spec.name, shape, index: index, is: "\(node)/\(spec.name)",
        shaped: spec.shape.dimensions)
    }
  }
}
