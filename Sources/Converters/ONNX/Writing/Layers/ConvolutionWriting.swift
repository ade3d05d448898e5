import Layers

/// A convolution in the terms that all of them share.
protocol ONNXConvolution: ONNXWritable {
  var kernelSize: [Int] { get }
  var stride: [Int] { get }
  var dilation: [Int] { get }
  var padding: Padding { get }
  var usesBias: Bool { get }
}

extension ONNXConvolution {
  var window: ONNXWindow {
    ONNXWindow(size: kernelSize, stride: stride, dilation: dilation, padding: padding)
  }

  /// The axes of a kernel `[size…, b, a]` as ONNX has them: `[a, b, size…]`.
  fileprivate var turned: [Int] {
    let rank = kernelSize.count + 2
    return [rank - 1, rank - 2] + Array(0..<rank - 2)
  }

  fileprivate func bias(_ writer: ONNXLayerWriter) -> [String] {
    usesBias ? [writer.parameter("bias")] : []
  }

  /// Conv with a kernel of ONNX.
  fileprivate func convolve(
    _ writer: ONNXLayerWriter, kernel: String, bias: [String], groups: Int
  ) -> String {
    let (x, pads) = window.padded(writer)
    return writer.add(
      "Conv", [x, kernel] + bias,
      [
        .integers("kernel_shape", kernelSize), .integers("strides", stride),
        .integers("dilations", dilation), .integer("group", groups), pads,
      ])
  }
}

/// A convolution whose kernel sees all channels of its group.
protocol ONNXPlainConvolution: ONNXConvolution {
  var groups: Int { get }
}

extension ONNXPlainConvolution {
  /// Conv.
  func write(to writer: ONNXLayerWriter) throws -> ONNXValue {
    ONNXValue(
      first: convolve(
        writer, kernel: writer.parameter("kernel", axes: turned), bias: bias(writer), groups: groups
      ))
  }
}

extension Convolution1D: ONNXPlainConvolution {}
extension Convolution2D: ONNXPlainConvolution {}

/// A convolution of every channel by itself.
protocol ONNXDepthwiseConvolution: ONNXConvolution {
  var multiplier: Int { get }
}

extension ONNXDepthwiseConvolution {
  /// Conv with as many groups as channels.
  func write(to writer: ONNXLayerWriter) throws -> ONNXValue {
    ONNXValue(first: depthwise(writer, parameter: "kernel", bias: bias(writer)))
  }

  /// A kernel `[size…, channels, multiplier]` becomes `[channels · multiplier, 1, size…]`.
  fileprivate func depthwise(
    _ writer: ONNXLayerWriter, parameter: String, bias: [String]
  ) -> String {
    let channels = (writer.inputExtents[0].last ?? nil) ?? 1
    let axes = kernelSize.count
    let kernel = writer.parameter(
      parameter, axes: [axes, axes + 1] + Array(0..<axes),
      shape: [channels * multiplier, 1] + kernelSize)
    return convolve(writer, kernel: kernel, bias: bias, groups: channels)
  }
}

extension DepthwiseConvolution1D: ONNXDepthwiseConvolution {}
extension DepthwiseConvolution2D: ONNXDepthwiseConvolution {}

/// A depthwise convolution, and a dense layer over the channels behind it.
protocol ONNXSeparableConvolution: ONNXDepthwiseConvolution {
  var filters: Int { get }
}

extension ONNXSeparableConvolution {
  /// Conv with as many groups as channels, and Conv of single cells.
  func write(to writer: ONNXLayerWriter) throws -> ONNXValue {
    let channels = (writer.inputExtents[0].last ?? nil) ?? 1
    let between = depthwise(writer, parameter: "depthwise_kernel", bias: [])
    let ones = kernelSize.map { _ in 1 }
    let kernel = writer.parameter(
      "pointwise_kernel", axes: [1, 0], shape: [filters, channels * multiplier] + ones)
    return ONNXValue(
      first: writer.add(
        "Conv", [between, kernel] + bias(writer), .integers("kernel_shape", ones)))
  }
}

extension SeparableConvolution1D: ONNXSeparableConvolution {}
extension SeparableConvolution2D: ONNXSeparableConvolution {}

/// The way back of a convolution.
protocol ONNXTransposedConvolution: ONNXConvolution {
  var groups: Int { get }
  var outputPadding: [Int] { get }
}

extension ONNXTransposedConvolution {
  /// ConvTranspose. A kernel `[size…, filters / groups, channels]` is turned as that of Conv.
  func write(to writer: ONNXLayerWriter) throws -> ONNXValue {
    var pads = (before: [Int](), after: [Int]())
    var more: [Int] = []
    for axis in kernelSize.indices {
      let extent = window.extent(axis)
      switch padding {
      case .valid, .causal:
        pads.before.append(0)
        pads.after.append(0)
        more.append(outputPadding[axis])
      case .explicit(let cells):
        pads.before.append(cells[axis][0])
        pads.after.append(cells[axis][1])
        more.append(outputPadding[axis])
      case .same:
        // Input · stride cells come out, whatever the output padding is.
        let total = max(extent - stride[axis], 0)
        pads.before.append(total / 2)
        pads.after.append(total - total / 2)
        more.append(max(stride[axis] - extent, 0))
      }
    }
    return ONNXValue(
      first: writer.add(
        "ConvTranspose",
        [writer.inputChannelsFirst(), writer.parameter("kernel", axes: turned)] + bias(writer),
        .integers("kernel_shape", kernelSize), .integers("strides", stride),
        .integers("dilations", dilation), .integer("group", groups),
        .integers("pads", pads.before + pads.after), .integers("output_padding", more)))
  }
}

extension TransposedConvolution1D: ONNXTransposedConvolution {}
extension TransposedConvolution2D: ONNXTransposedConvolution {}
