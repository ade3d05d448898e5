/// The largest of each window, channel by channel.
///
/// Keras' `MaxPooling2D` and PyTorch's `MaxPool2d`.
///
/// - Input and output: `[height, width, channels]`.
public struct MaxPooling2D: PoolingLayer {
  public static let kind = "max_pooling_2d"
  public static var defaults: MaxPooling2D { MaxPooling2D() }
  public static var mainOption: String? { "size" }

  /// The extent of a window along each axis; 2.
  public var size: [Int]

  /// How far apart neighbouring windows are; as far as they are large when nil.
  public var stride: [Int]?

  /// What is put around the input; nothing.
  public var padding: Padding

  /// A pooling layer.
  public init(
    size: [Int] = [2, 2], stride: [Int]? = nil, padding: Padding = .valid
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
      axes: 2, function: .maximum,
      window: WindowOptions(
        size: size, stride: stride ?? size, dilation: size.map { _ in 1 }, padding: padding))
  }
}
