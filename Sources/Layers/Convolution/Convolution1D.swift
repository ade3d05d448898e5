/// Kernels that move over a sequence: each output is the sum of a window of inputs times a kernel, and a bias.
///
/// A cross-correlation, as in Keras' `Conv1D` and PyTorch's `Conv1d`.
///
/// - Input: `[time, channels]`. Output: the same axes, with `filters` channels.
/// - Parameters: `kernel` `[size, channels / groups, filters]`, `bias` `[filters]`.
public struct Convolution1D: ConvolutionLayer {
  public static let kind = "convolution_1d"
  public static var defaults: Convolution1D { Convolution1D(1) }
  public static var neededOptions: [String] { ["filters"] }

  /// The number of output channels.
  public var filters: Int

  /// The extent of a kernel along each axis; 3.
  public var kernelSize: [Int]

  /// How far apart neighbouring windows are; 1.
  public var stride: [Int]

  /// How far apart the cells of a window are; 1.
  public var dilation: [Int]

  /// The groups of channels that see nothing of each other; 1.
  public var groups: Int

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
    _ filters: Int, kernelSize: [Int] = [3], stride: [Int] = [1], dilation: [Int] = [1],
    groups: Int = 1, padding: Padding = .valid, usesBias: Bool = true,
    kernelInitializer: Initializer = .heUniform, biasInitializer: Initializer = .zeros
  ) {
    self.filters = filters
    self.kernelSize = kernelSize
    self.stride = stride
    self.dilation = dilation
    self.groups = groups
    self.padding = padding
    self.usesBias = usesBias
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
  }

  private enum CodingKeys: String, CodingKey {
    case filters
    case kernelSize = "kernel_size"
    case stride
    case dilation
    case groups
    case padding
    case usesBias = "uses_bias"
    case kernelInitializer = "kernel_initializer"
    case biasInitializer = "bias_initializer"
  }

  var core: ConvolutionCore {
    ConvolutionCore(
      axes: 1, variant: .plain, filters: filters,
      window: WindowOptions(
        size: kernelSize, stride: stride, dilation: dilation, padding: padding),
      groups: groups, usesBias: usesBias, kernelInitializer: kernelInitializer,
      biasInitializer: biasInitializer)
  }
}
