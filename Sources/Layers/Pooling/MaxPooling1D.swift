/// The largest of each window, channel by channel.
///
/// Keras' `MaxPooling1D` and PyTorch's `MaxPool1d`.
///
/// - Input and output: `[time, channels]`.
public struct MaxPooling1D: PoolingLayer {
  public static let kind = "max_pooling_1d"
  public static var defaults: MaxPooling1D { MaxPooling1D() }
  public static var mainOption: String? { "size" }

  /// The extent of a window along each axis; 2.
  public var size: [Int]

  /// How far apart neighbouring windows are; as far as they are large when nil.
  public var stride: [Int]?

  /// What is put around the input; nothing.
  public var padding: Padding

  /// A pooling layer.
  public init(
    size: [Int] = [2], stride: [Int]? = nil, padding: Padding = .valid
  ) {
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  private enum CodingKeys: String, CodingKey {
    case size, stride, padding
  }

  var core: PoolingCore {
    PoolingCore(
      axes: 1, function: .maximum,
      window: WindowOptions(
        size: size, stride: stride ?? size, dilation: size.map { _ in 1 }, padding: padding))
  }
}
