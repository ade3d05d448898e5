import Layers
import Tensors

// MARK: - Recurrent layers

extension TorchLayer {
  /// `RNN`, `LSTM`, `GRU`.
  func recurrent() -> Made {
    if let gru = node.layer as? GRU, !gru.resetsAfter { return Made(problem: TorchLayer.reset) }
    var notes: [String] = []
    if TorchLayer.isBackwards(node.layer) {
      notes.append("goes backwards, which a module of PyTorch does in two directions only")
    }
    return Made(direction(prefix: "", suffix: "", layer: node.layer), notes: notes)
  }

  /// The same with `bidirectional=True`.
  func bidirectional() -> Made {
    guard let layer = node.layer as? Bidirectional else { return Made(problem: "unknown layer") }
    if let gru = layer.layer as? GRU, !gru.resetsAfter { return Made(problem: TorchLayer.reset) }
    var notes: [String] = []
    if layer.merge != .concatenate {
      notes.append("puts both directions together by \(layer.merge.rawValue), PyTorch side by side")
    }
    return Made(
      direction(prefix: "forward_", suffix: "", layer: layer.layer)
        + direction(prefix: "backward_", suffix: "_reverse", layer: layer.layer),
      notes: notes)
  }

  private static let reset =
    "its reset gate works before the product; a GRU of PyTorch resets after it"

  private static func isBackwards(_ layer: any Layer) -> Bool {
    switch layer {
    case let layer as SimpleRecurrent: layer.goesBackwards
    case let layer as LSTM: layer.goesBackwards
    case let layer as GRU: layer.goesBackwards
    default: false
    }
  }

  /// Of each gate of PyTorch the place among ours: r, z, n are our z, r, n; others have one order.
  private func gates(_ layer: any Layer) -> [Int] {
    switch layer {
    case is GRU: [1, 0, 2]
    case is LSTM: [0, 1, 2, 3]
    default: [0]
    }
  }

  private func direction(prefix: String, suffix: String, layer: any Layer) -> [WeightTensor] {
    let gates = gates(layer)
    let units = shape(prefix + "recurrent_kernel")[0]
    let width = gates.count * units
    /// A matrix `[gates · units, in]` of our `[in, gates · units]`.
    func matrix(_ name: String, _ parameter: String) -> WeightTensor {
      let inputs = shape(prefix + parameter)[0]
      let parts = gates.enumerated().map { place, own in
        WeightPart(
          path(prefix + parameter), fileOffset: place * units * inputs, ownOffset: own * units,
          axes: [.init(units, file: inputs, own: 1), .init(inputs, file: 1, own: width)])
      }
      return WeightTensor(name: name + suffix, shape: [width, inputs], numbers: .parts(parts))
    }
    var tensors = [
      matrix("weight_ih_l0", "kernel"), matrix("weight_hh_l0", "recurrent_kernel"),
    ]
    guard has(prefix + "bias") else { return tensors }
    /// A vector `[gates · units]`.
    func vector(_ name: String, _ parameter: String) -> WeightTensor {
      let parts = gates.enumerated().map { place, own in
        WeightPart(
          path(prefix + parameter), fileOffset: place * units, ownOffset: own * units,
          axes: [.init(units, file: 1, own: 1)])
      }
      return WeightTensor(name: name + suffix, shape: [width], numbers: .parts(parts))
    }
    if has(prefix + "recurrent_bias") {
      tensors += [vector("bias_ih_l0", "bias"), vector("bias_hh_l0", "recurrent_bias")]
    } else {
      let part = WeightPart(all: path(prefix + "bias"), shape: [width])
      for (name, isFirst) in [("bias_ih_l0", true), ("bias_hh_l0", false)] {
        tensors.append(
          WeightTensor(
            name: name + suffix, shape: [width], numbers: .summand(part, isFirst: isFirst)))
      }
    }
    return tensors
  }
}

// MARK: - Attention

extension TorchLayer {
  /// `MultiheadAttention`: the projections of queries, keys and values in one matrix where all inputs
  /// have as many features, in three otherwise.
  func attention() -> Made {
    let names = ["query", "key", "value"]
    let kernels = names.map { shape("\($0)_kernel") }
    let features = shape("output_kernel")[1]
    /// A part `[out, in]` of our `[in, out]`, behind so many elements.
    func part(_ name: String, at offset: Int = 0) -> WeightPart {
      let kernel = shape("\(name)_kernel")
      return WeightPart(
        path("\(name)_kernel"), fileOffset: offset,
        axes: [
          .init(kernel[1], file: kernel[0], own: 1), .init(kernel[0], file: 1, own: kernel[1]),
        ])
    }
    func matrix(_ name: String, _ parameter: String) -> WeightTensor {
      let kernel = shape("\(parameter)_kernel")
      return WeightTensor(
        name: name, shape: [kernel[1], kernel[0]], numbers: .parts([part(parameter)]))
    }
    var notes: [String] = []
    var tensors: [WeightTensor]
    let isOne = kernels.allSatisfy { $0[0] == features && $0[1] == features }
    if isOne {
      var offset = 0
      let parts = names.map { name in
        defer { offset += features * features }
        return part(name, at: offset)
      }
      tensors = [
        WeightTensor(
          name: "in_proj_weight", shape: [3 * features, features], numbers: .parts(parts))
      ]
    } else {
      tensors = names.map { matrix("\($0.prefix(1))_proj_weight", $0) }
      if kernels.contains(where: { $0[1] != features }) {
        notes.append("no MultiheadAttention of PyTorch has heads of that size")
      }
    }
    if has("query_bias") {
      let widths = kernels.map { $0[1] }
      var offset = 0
      let parts = zip(names, widths).map { name, width in
        defer { offset += width }
        return WeightPart(
          path("\(name)_bias"), fileOffset: offset, axes: [.init(width, file: 1, own: 1)])
      }
      tensors.append(WeightTensor(name: "in_proj_bias", shape: [offset], numbers: .parts(parts)))
    }
    tensors.append(matrix("out_proj.weight", "output"))
    if has("output_bias") { tensors.append(whole("out_proj.bias", "output_bias")) }
    return Made(tensors, notes: notes)
  }
}
