import Layers
import Networks
import Tensors

/// A layer with parameters, on its way to PyTorch.
struct TorchLayer {
  let node: Node
  /// The layer's parameters, those of other nodes among them.
  let specs: [ParameterSpec]
  let inputs: [ValueSpec]
  /// The order of the features of the first input.
  let features: FeatureOrder
  /// The order of the features of the output.
  let outputFeatures: FeatureOrder?
  /// Whether PyTorch has the channels of the first input before its rows and columns.
  let isChannelsFirst: Bool

  /// What a layer is in PyTorch.
  struct Made {
    /// The modules, each with what is added to the name and the forms of its tensors.
    var modules: [(suffix: String, forms: [[WeightTensor]])] = []
    /// What is not the same there.
    var notes: [String] = []
    /// Why there is no counterpart; nil where there is one.
    var problem: String?

    /// One module.
    init(_ forms: [WeightTensor]..., notes: [String] = []) {
      modules = [(suffix: "", forms: forms)]
      self.notes = notes
    }

    /// Several modules.
    init(modules: [(suffix: String, forms: [[WeightTensor]])]) { self.modules = modules }

    /// None.
    init(problem: String) { self.problem = problem }
  }

  /// By kind what makes the modules of a layer.
  static let table: [String: @Sendable (TorchLayer) -> Made] = [
    Dense.kind: { $0.dense() },
    Embedding.kind: { Made([$0.whole("weight", "kernel")]) },
    PReLU.kind: { $0.rectifier() },
    Convolution1D.kind: { Made($0.convolution()) },
    Convolution2D.kind: { Made($0.convolution()) },
    TransposedConvolution1D.kind: { Made($0.convolution()) },
    TransposedConvolution2D.kind: { Made($0.convolution()) },
    DepthwiseConvolution1D.kind: { Made([$0.depthwise("kernel")] + $0.bias()) },
    DepthwiseConvolution2D.kind: { Made([$0.depthwise("kernel")] + $0.bias()) },
    SeparableConvolution1D.kind: { $0.separable() },
    SeparableConvolution2D.kind: { $0.separable() },
    BatchNormalization.kind: { $0.batchNormalization() },
    LayerNormalization.kind: { $0.layerNormalization() },
    GroupNormalization.kind: { Made($0.affine()) },
    RMSNormalization.kind: { Made($0.vectors(["weight": "scale"], ["weight"])) },
    Normalization.kind: {
      Made(
        $0.vectors(["mean": "mean", "variance": "variance"], ["mean", "variance"]),
        notes: ["no module of PyTorch; its tensors are buffers 'mean' and 'variance'"])
    },
    SimpleRecurrent.kind: { $0.recurrent() },
    LSTM.kind: { $0.recurrent() },
    GRU.kind: { $0.recurrent() },
    Bidirectional.kind: { $0.bidirectional() },
    MultiHeadAttention.kind: { $0.attention() },
    PositionalEmbedding.kind: {
      Made([$0.whole("weight", "kernel")], notes: ["as the table of an Embedding of positions"])
    },
  ]
}

// MARK: - Parameters

extension TorchLayer {
  /// The path of a parameter, wherever it is.
  func path(_ name: String) -> String { node.ties[name] ?? "\(node.name)/\(name)" }

  func spec(_ name: String) -> ParameterSpec? { specs.first { $0.name == name } }

  func shape(_ name: String) -> Shape { spec(name)?.shape ?? [] }

  func has(_ name: String) -> Bool { spec(name) != nil }

  /// A parameter in its own order.
  func whole(_ name: String, _ parameter: String) -> WeightTensor {
    let shape = shape(parameter)
    return WeightTensor(
      name: name, shape: shape, numbers: .parts([WeightPart(all: path(parameter), shape: shape)]))
  }

  /// A parameter with one number for each feature of the input.
  func vector(_ name: String, _ parameter: String) -> WeightTensor {
    let shape = shape(parameter)
    guard inputs[0].shape.rank == 1 else { return whole(name, parameter) }
    return WeightTensor(
      name: name, shape: shape,
      numbers: .parts(features.parts(of: path(parameter), fileStride: 1, ownStride: 1)))
  }

  func vectors(_ parameters: [String: String], _ order: [String]) -> [WeightTensor] {
    order.compactMap { name in parameters[name].flatMap { has($0) ? vector(name, $0) : nil } }
  }

  func constant(_ name: String, _ value: Double, _ shape: Shape) -> WeightTensor {
    WeightTensor(name: name, shape: shape, numbers: .constant(value))
  }

  /// The bias of a kernel, where there is one.
  func bias() -> [WeightTensor] { has("bias") ? [whole("bias", "bias")] : [] }
}

// MARK: - Products and windows

extension TorchLayer {
  /// `Linear`: weight `[out, in]` of our `[in, out]`.
  func dense() -> Made {
    let kernel = shape("kernel")
    let (width, units) = (kernel[0], kernel[1])
    let order = inputs[0].shape.rank == 1 ? features : FeatureOrder(width)
    let outputs =
      inputs[0].shape.rank == 1 ? outputFeatures ?? FeatureOrder(units) : FeatureOrder(units)
    let columns = order.parts(of: path("kernel"), fileStride: 1, ownStride: units)
    let rows = outputs.parts(of: path("kernel"), fileStride: width, ownStride: 1)
    let parts = rows.flatMap { row in
      columns.map { column in
        WeightPart(
          path("kernel"), fileOffset: row.fileOffset + column.fileOffset,
          ownOffset: row.ownOffset + column.ownOffset, axes: row.axes + column.axes)
      }
    }
    var tensors = [WeightTensor(name: "weight", shape: [units, width], numbers: .parts(parts))]
    if has("bias") {
      let parts = outputs.parts(of: path("bias"), fileStride: 1, ownStride: 1)
      tensors.append(WeightTensor(name: "bias", shape: [units], numbers: .parts(parts)))
    }
    var notes = order.isPlain ? [] : ["its inputs are flattened with channels first there"]
    if !outputs.isPlain { notes.append("its outputs become planes with channels first there") }
    return Made(tensors, notes: notes)
  }

  /// `PReLU`: one slope for each channel, or one for all.
  func rectifier() -> Made {
    let slope = shape("slope")
    guard slope.rank == 1 else {
      return Made(
        [whole("weight", "slope")], notes: ["no module of PyTorch has a slope for every element"])
    }
    let one = WeightTensor(
      name: "weight", shape: [1],
      numbers: .parts([WeightPart(path("slope"), axes: [.init(slope[0], file: 0, own: 1)])]))
    return slope[0] == 1 ? Made([one]) : Made([vector("weight", "slope")], [one])
  }

  /// `Conv1d`, `Conv2d`: weight `[out, in / groups, …]` of our `[…, in / groups, out]`; in the same way
  /// `ConvTranspose`, where the input's channels come first.
  func convolution() -> [WeightTensor] { [windows("weight", shape("kernel"), "kernel")] + bias() }

  private func windows(_ name: String, _ kernel: Shape, _ parameter: String) -> WeightTensor {
    let (inner, outer) = (kernel[kernel.rank - 2], kernel.last)
    let taps = Shape(kernel.dimensions.dropLast(2)).count
    return WeightTensor(
      name: name, shape: Shape([outer, inner] + kernel.dimensions.dropLast(2)),
      numbers: .parts([
        WeightPart(
          path(parameter),
          axes: [
            .init(outer, file: inner * taps, own: 1), .init(inner, file: taps, own: outer),
            .init(taps, file: 1, own: inner * outer),
          ])
      ]))
  }

  /// A `Conv` with as many groups as channels: weight `[channels · multiplier, 1, …]` of our `[…,
  /// channels, multiplier]`.
  func depthwise(_ parameter: String) -> WeightTensor {
    let kernel = shape(parameter)
    let outputs = kernel[kernel.rank - 2] * kernel.last
    let taps = Shape(kernel.dimensions.dropLast(2)).count
    return WeightTensor(
      name: "weight", shape: Shape([outputs, 1] + kernel.dimensions.dropLast(2)),
      numbers: .parts([
        WeightPart(
          path(parameter),
          axes: [.init(outputs, file: taps, own: 1), .init(taps, file: 1, own: outputs)])
      ]))
  }

  /// A `Conv` for every channel, and one of windows of a single place.
  func separable() -> Made {
    let kernel = shape("pointwise_kernel")
    let axes = shape("depthwise_kernel").rank - 2
    let single = Shape(Array(repeating: 1, count: axes) + kernel.dimensions)
    return Made(modules: [
      (suffix: ".depthwise", forms: [[depthwise("depthwise_kernel")]]),
      (
        suffix: ".pointwise",
        forms: [[windows("weight", single, "pointwise_kernel")] + bias()]
      ),
    ])
  }
}

// MARK: - Normalisation

extension TorchLayer {
  /// Weight and bias; PyTorch has both or none.
  func affine() -> [WeightTensor] {
    guard has("scale") || has("shift") else { return [] }
    let channels = shape(has("scale") ? "scale" : "shift")
    return [
      has("scale") ? vector("weight", "scale") : constant("weight", 1, channels),
      has("shift") ? vector("bias", "shift") : constant("bias", 0, channels),
    ]
  }

  /// `BatchNorm`.
  func batchNormalization() -> Made {
    Made(
      affine() + [
        vector("running_mean", "running_mean"), vector("running_var", "running_variance"),
        WeightTensor(name: "num_batches_tracked", shape: [], numbers: .counter),
      ])
  }

  /// `LayerNorm`, which may be without its bias.
  func layerNormalization() -> Made {
    let notes =
      isChannelsFirst ? ["normalises the channels, which are the last axis there too"] : []
    guard has("scale"), !has("shift") else { return Made(affine(), notes: notes) }
    return Made([vector("weight", "scale")], affine(), notes: notes)
  }
}
