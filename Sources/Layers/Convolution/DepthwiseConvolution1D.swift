/// A convolution of every channel by itself, with `multiplier` kernels each.
///
/// Keras' `DepthwiseConv1D`; PyTorch's `Conv1d` with as many groups as channels.
///
/// - Input: `[time, channels]`. Output: the same axes, with `channels · multiplier` channels, those
///   of an input channel side by side.
/// - Parameters: `kernel` `[size, channels, multiplier]`, `bias` `[channels · multiplier]`.
public struct DepthwiseConvolution1D: ConvolutionLayer {
  public static let kind = "depthwise_convolution_1d"
  public static var defaults: DepthwiseConvolution1D { DepthwiseConvolution1D() }
  public static var mainOption: String? { "kernel_size" }

  /// The extent of a kernel along each axis; 3.
  public var kernelSize: [Int]

  /// How many kernels every channel has; 1.
  public var multiplier: Int

  /// How far apart neighbouring windows are; 1.
  public var stride: [Int]

  /// How far apart the cells of a window are; 1.
  public var dilation: [Int]

  /// What is put around the input; nothing.
  public var padding: Padding

  /// Whether an offset is added; true.
  public var usesBias: Bool

  /// How the kernel starts; He uniform, as suits ReLU.
  public var kernelInitializer: Initializer

  /// How the bias starts; 0.
  public var biasInitializer: Initializer

  /// A layer of windows.
  public init(
    kernelSize: [Int] = [3], multiplier: Int = 1, stride: [Int] = [1], dilation: [Int] = [1],
    padding: Padding = .valid, usesBias: Bool = true, kernelInitializer: Initializer = .heUniform,
    biasInitializer: Initializer = .zeros
  ) {
    self.kernelSize = kernelSize
    self.multiplier = multiplier
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
    self.usesBias = usesBias
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
  }

  private enum CodingKeys: String, CodingKey {
    case kernelSize = "kernel_size"
    case multiplier
    case stride
    case dilation
    case padding
    case usesBias = "uses_bias"
    case kernelInitializer = "kernel_initializer"
    case biasInitializer = "bias_initializer"
  }

  var core: ConvolutionCore {
    ConvolutionCore(
      axes: 1, variant: .depthwise(multiplier: multiplier), filters: 0,
      window: WindowOptions(
        size: kernelSize, stride: stride, dilation: dilation, padding: padding),
      groups: 1, usesBias: usesBias, kernelInitializer: kernelInitializer,
      biasInitializer: biasInitializer)
  }
}
