/// The way back of a convolution: every input adds its kernel to a window of outputs, and a bias.
///
/// Keras' `Conv2DTranspose` and PyTorch's `ConvTranspose2d`. Along each axis the output has (in − 1) ·
/// stride + (size − 1) · dilation + 1 − padding + output padding cells; with same padding in · stride.
///
/// - Input: `[height, width, channels]`. Output: the same axes, with `filters` channels.
/// - Parameters: `kernel` `[height, width, filters / groups, channels]`, `bias` `[filters]`.
public struct TransposedConvolution2D: ConvolutionLayer {
  public static let kind = "transposed_convolution_2d"
  public static var defaults: TransposedConvolution2D { TransposedConvolution2D(1) }
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

  /// What is taken away around the output; nothing.
  public var padding: Padding

  /// How many cells more the output has behind each axis; 0.
  public var outputPadding: [Int]

  /// Whether an offset is added; true.
  public var usesBias: Bool

  /// How the kernel starts; He uniform, as suits ReLU.
  public var kernelInitializer: Initializer

  /// How the bias starts; 0.
  public var biasInitializer: Initializer

  /// A layer of windows.
  public init(
    _ filters: Int, kernelSize: [Int] = [3, 3], stride: [Int] = [1, 1], dilation: [Int] = [1, 1],
    groups: Int = 1, padding: Padding = .valid, outputPadding: [Int] = [0, 0],
    usesBias: Bool = true, kernelInitializer: Initializer = .heUniform,
    biasInitializer: Initializer = .zeros
  ) {
    self.filters = filters
    self.kernelSize = kernelSize
    self.stride = stride
    self.dilation = dilation
    self.groups = groups
    self.padding = padding
    self.outputPadding = outputPadding
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
    case outputPadding = "output_padding"
    case usesBias = "uses_bias"
    case kernelInitializer = "kernel_initializer"
    case biasInitializer = "bias_initializer"
  }

  var core: ConvolutionCore {
    ConvolutionCore(
      axes: 2, variant: .transposed(outputPadding: outputPadding), filters: filters,
      window: WindowOptions(
        size: kernelSize, stride: stride, dilation: dilation, padding: padding),
      groups: groups, usesBias: usesBias, kernelInitializer: kernelInitializer,
      biasInitializer: biasInitializer)
  }
}
