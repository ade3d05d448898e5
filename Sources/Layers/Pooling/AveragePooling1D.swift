/// The mean of each window, channel by channel.
///
/// Keras' `AveragePooling1D` and PyTorch's `AvgPool1d`.
///
/// - Input and output: `[time, channels]`.
public struct AveragePooling1D: PoolingLayer {
  public static let kind = "average_pooling_1d"
  public static var defaults: AveragePooling1D { AveragePooling1D() }
  public static var mainOption: String? { "size" }

  /// The extent of a window along each axis; 2.
  public var size: [Int]

  /// How far apart neighbouring windows are; as far as they are large when nil.
  public var stride: [Int]?

  /// What is put around the input; nothing.
  public var padding: Padding

  /// Whether cells of the padding count as zeros, rather than not at all; false, as Keras.
  public var countsPadding: Bool

  /// A pooling layer.
  public init(
    size: [Int] = [2], stride: [Int]? = nil, padding: Padding = .valid, countsPadding: Bool = false
  ) {
    self.size = size
    self.stride = stride
    self.padding = padding
    self.countsPadding = countsPadding
  }

  private enum CodingKeys: String, CodingKey {
    case size, stride, padding
    case countsPadding = "counts_padding"
  }

  var core: PoolingCore {
    PoolingCore(
      axes: 1, function: .average(countsPadding: countsPadding),
      window: WindowOptions(
        size: size, stride: stride ?? size, dilation: size.map { _ in 1 }, padding: padding))
  }
}
