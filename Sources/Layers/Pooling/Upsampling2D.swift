/// Makes a plane larger by whole factors.
///
/// Keras' `UpSampling2D`; PyTorch's `Upsample` with `align_corners=False`.
///
/// - Input and output: `[height, width, channels]`.
public struct Upsampling2D: UpsamplingLayer {
  public static let kind = "upsampling_2d"
  public static var defaults: Upsampling2D { Upsampling2D() }
  public static var mainOption: String? { "factor" }
  static var axes: Int { 2 }

  /// How many cells every cell becomes along each axis; 2.
  public var factor: [Int]

  /// How cells between are found; nearest.
  public var interpolation: Interpolation

  /// The layer.
  public init(_ factor: [Int] = [2, 2], interpolation: Interpolation = .nearest) {
    self.factor = factor
    self.interpolation = interpolation
  }
}
