import Layers
import Tensors

/// A window on its way over axes, as a convolution of Keras has it.
struct WrittenKerasWindow {
  var size: [Int]
  var stride: [Int]
  var dilation: [Int]
  var padding: Padding

  init(size: [Int], stride: [Int], dilation: [Int]? = nil, padding: Padding = .valid) {
    self.size = size
    self.stride = stride
    self.dilation = dilation ?? size.map { _ in 1 }
    self.padding = padding
  }

  /// The extent of the window along an axis, with its gaps.
  func extent(_ axis: Int) -> Int { (size[axis] - 1) * dilation[axis] + 1 }

  /// The cells that padding of the same extent puts before and after each axis, the odd one behind.
  func same(around shape: Shape) -> [[Int]] {
    size.indices.map { axis in
      let output = (shape[axis] - 1) / stride[axis] + 1
      let total = max((output - 1) * stride[axis] + extent(axis) - shape[axis], 0)
      return [total / 2, total - total / 2]
    }
  }
}

extension WrittenKerasSite {
  /// Whether a padding of given cells is what Keras' word same means for a window here.
  func isSame(_ cells: [[Int]], for window: WrittenKerasWindow) -> Bool {
    // With a stride of 1 it does not depend on the extent.
    guard !hasFreeAxes || window.stride.allSatisfy({ $0 == 1 }) else { return false }
    return cells == window.same(around: shape)
  }
}

extension Convolution1D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.convolve(
      "Conv1D",
      WrittenKerasWindow(size: kernelSize, stride: stride, dilation: dilation, padding: padding),
      [.init("filters", .integer(filters)), .init("groups", .integer(groups))]
        + site.kernelOptions(usesBias, kernelInitializer, biasInitializer),
      site.kernelAndBias, in: &graph)
  }
}

extension Convolution2D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.convolve(
      "Conv2D",
      WrittenKerasWindow(size: kernelSize, stride: stride, dilation: dilation, padding: padding),
      [.init("filters", .integer(filters)), .init("groups", .integer(groups))]
        + site.kernelOptions(usesBias, kernelInitializer, biasInitializer),
      site.kernelAndBias, in: &graph)
  }
}

extension DepthwiseConvolution1D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.convolve(
      "DepthwiseConv1D",
      WrittenKerasWindow(size: kernelSize, stride: stride, dilation: dilation, padding: padding),
      [.init("depth_multiplier", .integer(multiplier))]
        + site.kernelOptions(usesBias, kernelInitializer, biasInitializer, prefix: "depthwise"),
      site.kernelAndBias, in: &graph)
  }
}

extension DepthwiseConvolution2D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.convolve(
      "DepthwiseConv2D",
      WrittenKerasWindow(size: kernelSize, stride: stride, dilation: dilation, padding: padding),
      [.init("depth_multiplier", .integer(multiplier))]
        + site.kernelOptions(usesBias, kernelInitializer, biasInitializer, prefix: "depthwise"),
      site.kernelAndBias, in: &graph)
  }
}

extension SeparableConvolution1D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.convolve(
      "SeparableConv1D",
      WrittenKerasWindow(size: kernelSize, stride: stride, dilation: dilation, padding: padding),
      [.init("filters", .integer(filters)), .init("depth_multiplier", .integer(multiplier))]
        + site.kernelOptions(usesBias, kernelInitializer, biasInitializer, prefix: "depthwise")
        + site.pointwiseOptions(kernelInitializer),
      site.separableVariables(axes: 1), in: &graph)
  }
}

extension SeparableConvolution2D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.convolve(
      "SeparableConv2D",
      WrittenKerasWindow(size: kernelSize, stride: stride, dilation: dilation, padding: padding),
      [.init("filters", .integer(filters)), .init("depth_multiplier", .integer(multiplier))]
        + site.kernelOptions(usesBias, kernelInitializer, biasInitializer, prefix: "depthwise")
        + site.pointwiseOptions(kernelInitializer),
      site.separableVariables(axes: 2), in: &graph)
  }
}

extension WrittenKerasSite {
  fileprivate func pointwiseOptions(_ initializer: Initializer) -> [WrittenKerasValue.Member] {
    [
      .init("pointwise_initializer", initializer.keras),
      .init("pointwise_regularizer", penalties.regularizer(.kernel)),
    ]
  }

  fileprivate func separableVariables(axes: Int) -> [WrittenKerasVariable] {
    let pointwise = parameters["pointwise_kernel"]?.spec.shape.dimensions ?? []
    return [
      variable("depthwise_kernel", as: "depthwise_kernel"),
      variable(
        "pointwise_kernel", as: "pointwise_kernel",
        shape: Array(repeating: 1, count: axes) + pointwise),
      variable("bias", as: "bias"),
    ].compactMap { $0 }
  }

  /// A kernel and, where there is one, a bias.
  var kernelAndBias: [WrittenKerasVariable] {
    [variable("kernel", as: "kernel"), variable("bias", as: "bias")].compactMap { $0 }
  }

  /// How a convolution's weights start, and what is added to the loss for them.
  func kernelOptions(
    _ usesBias: Bool, _ kernel: Initializer, _ bias: Initializer, prefix: String = "kernel"
  ) -> [WrittenKerasValue.Member] {
    [
      .init("activation", "linear"), .init("use_bias", .truth(usesBias)),
      .init("\(prefix)_initializer", kernel.keras), .init("bias_initializer", bias.keras),
      .init("\(prefix)_regularizer", penalties.regularizer(.kernel)),
      .init("bias_regularizer", penalties.regularizer(.bias)),
    ]
  }

  /// A convolution, with layers for what Keras has no option for: zeros of a given number before it, and
  /// a choice of cells behind it where windows are dilated and far apart.
  fileprivate func convolve(
    _ className: String, _ window: WrittenKerasWindow, _ options: [WrittenKerasValue.Member],
    _ variables: [WrittenKerasVariable], in graph: inout WrittenKerasGraph
  ) throws -> WrittenKerasTensor {
    let skips = (window.dilation.max() ?? 1) > 1 && (window.stride.max() ?? 1) > 1
    var word = "valid"
    var input = inputs[0]
    switch window.padding {
    case .valid: break
    case .explicit(let cells) where !skips && isSame(cells, for: window): word = "same"
    case .explicit(let cells): input = try padded(cells, in: &graph)
    case .same where skips:
      try requireFixedExtents(for: "same padding with stride and dilation", log: graph.log)
      input = try padded(window.same(around: shape), in: &graph)
    case .same: word = "same"
    case .causal where !skips && className == "Conv1D": word = "causal"
    case .causal: input = try padded([[window.extent(0) - 1, 0]], in: &graph)
    }
    let ones = window.size.map { _ in 1 }
    let all =
      [
        .init("kernel_size", .integers(window.size)),
        .init("strides", .integers(skips ? ones : window.stride)), .init("padding", .text(word)),
        .init("data_format", "channels_last"),
        .init("dilation_rate", .integers(window.dilation)),
      ] + options
    guard skips else { return add(className, all, variables: variables, to: input, in: &graph) }
    graph.log.change(
      subject, "stride and dilation are not to be had together: every window, then a choice of them"
    )
    var extents = output.shape.dimensions
    for axis in window.size.indices {
      extents[axis] = (input.shape[axis] ?? 1) - window.extent(axis) + 1
    }
    let every = add(
      className, all, variables: variables, to: input, shape: try Shape(checking: extents),
      in: &graph)
    return add(
      "MaxPooling\(ones.count)D",
      [
        .init("pool_size", .integers(ones)), .init("padding", "valid"),
        .init("strides", .integers(window.stride)), .init("data_format", "channels_last"),
      ], suffix: "stride", to: every, in: &graph)
  }
}
