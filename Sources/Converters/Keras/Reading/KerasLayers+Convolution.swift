import Formats
import Layers
import Tensors

extension KerasLayers {
  /// Windows with kernels.
  static let convolutions: [String: KerasTranslation] = [
    "Conv1D": { try convolution($0, $1, axes: 1) },
    "Convolution1D": { try convolution($0, $1, axes: 1) },
    "AtrousConvolution1D": { try convolution($0, $1, axes: 1) },
    "Conv2D": { try convolution($0, $1, axes: 2) },
    "Convolution2D": { try convolution($0, $1, axes: 2) },
    "AtrousConvolution2D": { try convolution($0, $1, axes: 2) },
    "Conv1DTranspose": { try transposed($0, $1, axes: 1) },
    "Conv2DTranspose": { try transposed($0, $1, axes: 2) },
    "Convolution2DTranspose": { try transposed($0, $1, axes: 2) },
    "Deconvolution2D": { try transposed($0, $1, axes: 2) },
    "DepthwiseConv1D": { try depthwise($0, $1, axes: 1) },
    "DepthwiseConv2D": { try depthwise($0, $1, axes: 2) },
    "SeparableConv1D": { try separable($0, $1, axes: 1) },
    "SeparableConvolution1D": { try separable($0, $1, axes: 1) },
    "SeparableConv2D": { try separable($0, $1, axes: 2) },
    "SeparableConvolution2D": { try separable($0, $1, axes: 2) },
  ]

  /// What all of them are told.
  private struct Windows {
    let size: [Int]
    let stride: [Int]
    let dilation: [Int]
    let padding: Padding
    let isChannelsFirst: Bool
    let usesBias: Bool
    let activation: Activation?
    let bias: Initializer

    init(_ use: KerasUse, _ graph: KerasTranslator, axes: Int) throws {
      let options = use.options
      if axes == 2, let rows = options.take(["nb_row"]), let columns = options.take(["nb_col"]) {
        // Keras 1.
        guard let rows = rows.integer, let columns = columns.integer else {
          throw options.error("nb_row", expected: "whole numbers", found: rows)
        }
        size = [rows, columns]
      } else {
        size = try options.extents("kernel_size", "filter_length", axes: axes)
      }
      stride = try options.extents("strides", "subsample", "subsample_length", axes: axes, or: 1)
      dilation = try options.extents("dilation_rate", "atrous_rate", axes: axes, or: 1)
      padding = try options.padding()
      isChannelsFirst = try options.isChannelsFirst()
      usesBias = try options.bool("use_bias", "bias", or: true)
      activation = try options.activation("activation", era: graph.era)
      bias = options.initializer("bias_initializer", log: &graph.log) ?? .zeros
    }
  }

  /// The arrays of an older file as they are today, of a kernel over positions, inputs and outputs.
  private static func modernize(
    _ era: KerasEra, axes: Int, isChannelsFirst: Bool, isBack: Bool = false, shape: [Int]
  ) -> (@Sendable ([Tensor]) -> [Tensor])? {
    guard era.major == 1 || era.flipsKernels else { return nil }
    return { arrays in
      var arrays = arrays
      guard var kernel = arrays.first, kernel.shape.rank >= 3 else { return arrays }
      if era.major == 1, axes == 1, kernel.shape.rank == 4 {
        // (size, 1, in, filters); before that (filters, in, size, 1).
        if kernel.shape[0] != shape[0] || kernel.shape[1] != 1 {
          kernel = kernel.permuted([2, 3, 1, 0])
        }
        kernel = kernel.reshaped(
          to: Shape([kernel.shape[0], kernel.shape[2], kernel.shape[3]]))
      } else if era.major == 1, axes == 2, kernel.shape.rank == 4 {
        if isBack {
          // (out, in, rows, columns), or (rows, columns, in, out).
          kernel = kernel.permuted(isChannelsFirst ? [2, 3, 0, 1] : [0, 1, 3, 2])
        } else if isChannelsFirst {
          kernel = kernel.permuted([2, 3, 1, 0])
        }
      }
      arrays[0] = era.flipsKernels ? kernel.reversed(axes: axes) : kernel
      return arrays
    }
  }

  private static func convolution(
    _ use: KerasUse, _ graph: KerasTranslator, axes: Int
  ) throws -> [KerasValue] {
    let windows = try Windows(use, graph, axes: axes)
    let filters = try use.options.integer("filters", "nb_filter")
    let groups = try use.options.integer("groups", or: 1)
    let start =
      use.options.initializer("kernel_initializer", "init", log: &graph.log) ?? .xavierUniform
    let layer: any Layer =
      axes == 1
      ? Convolution1D(
        filters, kernelSize: windows.size, stride: windows.stride, dilation: windows.dilation,
        groups: groups, padding: windows.padding, usesBias: windows.usesBias,
        kernelInitializer: start, biasInitializer: windows.bias)
      : Convolution2D(
        filters, kernelSize: windows.size, stride: windows.stride, dilation: windows.dilation,
        groups: groups, padding: windows.padding, usesBias: windows.usesBias,
        kernelInitializer: start, biasInitializer: windows.bias)
    let (input, output) = try graph.spatial(
      layer, for: use, isChannelsFirst: windows.isChannelsFirst)
    let kernel = windows.size + [input.spec.shape.last / groups, filters]
    try finish(
      use, graph, output, [("kernel", kernel, kernel)], bias: windows.usesBias ? filters : nil,
      modernize: modernize(
        graph.era, axes: axes, isChannelsFirst: windows.isChannelsFirst, shape: kernel))
    return [try graph.add(windows.activation, for: use, to: output)]
  }

  private static func transposed(
    _ use: KerasUse, _ graph: KerasTranslator, axes: Int
  ) throws -> [KerasValue] {
    let windows = try Windows(use, graph, axes: axes)
    let filters = try use.options.integer("filters", "nb_filter")
    let start =
      use.options.initializer("kernel_initializer", "init", log: &graph.log) ?? .xavierUniform
    // Where windows do not touch each other, Keras fills the gap behind the last one too.
    var cells = (0..<axes).map { axis in
      max(windows.stride[axis] - (windows.size[axis] - 1) * windows.dilation[axis] - 1, 0)
    }
    if use.options.take(["output_padding"]) != nil {
      guard windows.padding == .valid else {
        throw use.options.error("output_padding beside same padding has no counterpart")
      }
      cells = try use.options.extents("output_padding", axes: axes)
    }
    if windows.padding == .same { cells = cells.map { _ in 0 } }
    _ = use.options.take(["output_shape"])
    let layer: any Layer =
      axes == 1
      ? TransposedConvolution1D(
        filters, kernelSize: windows.size, stride: windows.stride, dilation: windows.dilation,
        padding: windows.padding, outputPadding: cells, usesBias: windows.usesBias,
        kernelInitializer: start, biasInitializer: windows.bias)
      : TransposedConvolution2D(
        filters, kernelSize: windows.size, stride: windows.stride, dilation: windows.dilation,
        padding: windows.padding, outputPadding: cells, usesBias: windows.usesBias,
        kernelInitializer: start, biasInitializer: windows.bias)
    let (input, output) = try graph.spatial(
      layer, for: use, isChannelsFirst: windows.isChannelsFirst)
    let kernel = windows.size + [filters, input.spec.shape.last]
    try finish(
      use, graph, output, [("kernel", kernel, kernel)], bias: windows.usesBias ? filters : nil,
      modernize: modernize(
        graph.era, axes: axes, isChannelsFirst: windows.isChannelsFirst, isBack: true,
        shape: kernel))
    return [try graph.add(windows.activation, for: use, to: output)]
  }

  private static func depthwise(
    _ use: KerasUse, _ graph: KerasTranslator, axes: Int
  ) throws -> [KerasValue] {
    let windows = try Windows(use, graph, axes: axes)
    let multiplier = try use.options.integer("depth_multiplier", or: 1)
    let start =
      use.options.initializer(
        "depthwise_initializer", "kernel_initializer", log: &graph.log) ?? .xavierUniform
    let layer: any Layer =
      axes == 1
      ? DepthwiseConvolution1D(
        kernelSize: windows.size, multiplier: multiplier, stride: windows.stride,
        dilation: windows.dilation, padding: windows.padding, usesBias: windows.usesBias,
        kernelInitializer: start, biasInitializer: windows.bias)
      : DepthwiseConvolution2D(
        kernelSize: windows.size, multiplier: multiplier, stride: windows.stride,
        dilation: windows.dilation, padding: windows.padding, usesBias: windows.usesBias,
        kernelInitializer: start, biasInitializer: windows.bias)
    let (input, output) = try graph.spatial(
      layer, for: use, isChannelsFirst: windows.isChannelsFirst)
    let channels = input.spec.shape.last
    let kernel = windows.size + [channels, multiplier]
    try finish(
      use, graph, output, [("kernel", kernel, kernel)],
      bias: windows.usesBias ? channels * multiplier : nil)
    return [try graph.add(windows.activation, for: use, to: output)]
  }

  private static func separable(
    _ use: KerasUse, _ graph: KerasTranslator, axes: Int
  ) throws -> [KerasValue] {
    let windows = try Windows(use, graph, axes: axes)
    let filters = try use.options.integer("filters", "nb_filter")
    let multiplier = try use.options.integer("depth_multiplier", or: 1)
    let start =
      use.options.initializer(
        "depthwise_initializer", "pointwise_initializer", "init", log: &graph.log)
      ?? .xavierUniform
    let layer: any Layer =
      axes == 1
      ? SeparableConvolution1D(
        filters, kernelSize: windows.size, multiplier: multiplier, stride: windows.stride,
        dilation: windows.dilation, padding: windows.padding, usesBias: windows.usesBias,
        kernelInitializer: start, biasInitializer: windows.bias)
      : SeparableConvolution2D(
        filters, kernelSize: windows.size, multiplier: multiplier, stride: windows.stride,
        dilation: windows.dilation, padding: windows.padding, usesBias: windows.usesBias,
        kernelInitializer: start, biasInitializer: windows.bias)
    let (input, output) = try graph.spatial(
      layer, for: use, isChannelsFirst: windows.isChannelsFirst)
    let channels = input.spec.shape.last
    let first = windows.size + [channels, multiplier]
    let second = [channels * multiplier, filters]
    try finish(
      use, graph, output,
      [
        ("depthwise_kernel", first, first),
        ("pointwise_kernel", Array(repeating: 1, count: axes) + second, second),
      ], bias: windows.usesBias ? filters : nil)
    return [try graph.add(windows.activation, for: use, to: output)]
  }

  /// Declares the kernels and the bias of a layer of windows.
  ///
  /// - Parameter kernels: the names of the parameters, and the shapes in the file and here.
  private static func finish(
    _ use: KerasUse, _ graph: KerasTranslator, _ output: KerasValue,
    _ kernels: [(name: String, shape: [Int], target: [Int])], bias: Int?,
    modernize: (@Sendable ([Tensor]) -> [Tensor])? = nil
  ) throws {
    var variables: [KerasVariable] = []
    for (index, kernel) in kernels.enumerated() {
      variables.append(
        .plain(
          kernel.name, kernel.shape, index: index, is: "\(output.name)/\(kernel.name)",
          shaped: kernel.target))
    }
    if let bias {
      variables.append(.plain("bias", [bias], index: kernels.count, is: "\(output.name)/bias"))
    }
    graph.declare(variables, for: use, modernize: modernize)
    let names = [
      "kernel": ["kernel_regularizer", "depthwise_regularizer", "W_regularizer"],
      "depthwise_kernel": ["depthwise_regularizer"],
      "pointwise_kernel": ["pointwise_regularizer"],
    ]
    for kernel in kernels {
      try graph.takePenalty(names[kernel.name] ?? [], on: kernel.name, of: output, use)
    }
  }
}

extension Tensor {
  /// The same numbers from the end along the outermost axes.
  fileprivate func reversed(axes: Int) -> Tensor {
    let source: [Float] = elements()
    let outer = (0..<axes).reduce(1) { $0 * shape[$1] }
    let inner = count / max(outer, 1)
    let result = (0..<outer).reversed().flatMap { source[$0 * inner..<($0 + 1) * inner] }
    return Tensor(result, shape: shape)
  }
}
