import Layers
import Tensors

extension TransposedConvolution1D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.convolveBack(
      "Conv1DTranspose",
      WrittenKerasWindow(size: kernelSize, stride: stride, dilation: dilation, padding: padding),
      groups: groups, outputPadding: outputPadding,
      [.init("filters", .integer(filters))]
        + site.kernelOptions(usesBias, kernelInitializer, biasInitializer), in: &graph)
  }
}

extension TransposedConvolution2D: KerasWritable {
  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    try site.convolveBack(
      "Conv2DTranspose",
      WrittenKerasWindow(size: kernelSize, stride: stride, dilation: dilation, padding: padding),
      groups: groups, outputPadding: outputPadding,
      [.init("filters", .integer(filters))]
        + site.kernelOptions(usesBias, kernelInitializer, biasInitializer), in: &graph)
  }
}

extension WrittenKerasSite {
  /// The way back of a convolution. A padding of given cells is taken away behind it.
  fileprivate func convolveBack(
    _ className: String, _ window: WrittenKerasWindow, groups: Int, outputPadding: [Int],
    _ options: [WrittenKerasValue.Member], in graph: inout WrittenKerasGraph
  ) throws -> WrittenKerasTensor {
    guard groups == 1 else {
      throw graph.log.error(
        subject, "Keras' \(className) has no groups; expected 1, found \(groups)")
    }
    let (isDilated, skips) = (
      (window.dilation.max() ?? 1) > 1, (window.stride.max() ?? 1) > 1
    )
    guard !isDilated || !skips else {
      throw graph.log.error(
        subject, "Keras' \(className) cannot have a stride and a dilation of more than 1 together")
    }
    // What is left over behind each axis, and what is taken away around it.
    var further = outputPadding
    var cells = window.size.map { _ in [0, 0] }
    var word = "valid"
    switch window.padding {
    case .valid, .causal: break
    case .same: word = "same"
    case .explicit(let pairs):
      for (axis, pair) in pairs.enumerated() {
        let behind = pair[1] - outputPadding[axis]
        cells[axis] = [pair[0], max(behind, 0)]
        further[axis] = max(-behind, 0)
      }
    }
    var extents = output.shape.dimensions
    if word == "valid" {
      for axis in window.size.indices {
        extents[axis] =
          (shape[axis] - 1) * window.stride[axis] + window.extent(axis) + further[axis]
      }
    }
    let whole = add(
      className,
      [
        .init("kernel_size", .integers(window.size)), .init("strides", .integers(window.stride)),
        .init("padding", .text(word)),
        .init("output_padding", word == "same" ? nil : .integers(further)),
        .init("data_format", "channels_last"),
        .init("dilation_rate", .integers(window.dilation)),
      ] + options, variables: kernelAndBias, to: inputs[0], shape: try Shape(checking: extents),
      in: &graph)
    return try cropped(whole, cells, in: &graph)
  }
}
