/// A depthwise convolution, and a dense layer over the channels of every position behind it.
///
/// Chollet, "Xception", 2017; Keras' `SeparableConv1D`.
///
/// - Input: `[time, channels]`. Output: the same axes, with `filters` channels.
/// - Parameters: `depthwise_kernel` `[size, channels, multiplier]`, `pointwise_kernel` `[channels ·
///   multiplier, filters]`, `bias` `[filters]`.
public struct SeparableConvolution1D: SeparableLayer {
  public static let kind = "separable_convolution_1d"
  public static var defaults: SeparableConvolution1D { SeparableConvolution1D(1) }
  public static var neededOptions: [String] { ["filters"] }

  /// The number of output channels.
  public var filters: Int

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

  /// How both kernels start; He uniform, as suits ReLU.
  public var kernelInitializer: Initializer

  /// How the bias starts; 0.
  public var biasInitializer: Initializer

  /// A layer of windows.
  public init(
    _ filters: Int, kernelSize: [Int] = [3], multiplier: Int = 1, stride: [Int] = [1],
    dilation: [Int] = [1], padding: Padding = .valid, usesBias: Bool = true,
    kernelInitializer: Initializer = .heUniform, biasInitializer: Initializer = .zeros
  ) {
    self.filters = filters
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
    case filters
    case kernelSize = "kernel_size"
    case multiplier
    case stride
    case dilation
    case padding
    case usesBias = "uses_bias"
    case kernelInitializer = "kernel_initializer"
    case biasInitializer = "bias_initializer"
  }

  var depthwise: ConvolutionCore {
    ConvolutionCore(
      axes: 1, variant: .depthwise(multiplier: multiplier), filters: 0,
      window: WindowOptions(
        size: kernelSize, stride: stride, dilation: dilation, padding: padding),
      groups: 1, usesBias: false, kernelInitializer: kernelInitializer,
      biasInitializer: biasInitializer)
  }
}
