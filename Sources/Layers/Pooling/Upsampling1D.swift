/// Repeats every step of a sequence.
///
/// Keras' `UpSampling1D`.
///
/// - Input and output: `[time, channels]`.
public struct Upsampling1D: UpsamplingLayer {
  public static let kind = "upsampling_1d"
  public static var defaults: Upsampling1D { Upsampling1D() }
  public static var mainOption: String? { "factor" }
  static var axes: Int { 1 }

  /// How many cells every cell becomes along each axis; 2.
  public var factor: [Int]

  /// The layer.
  public init(_ factor: [Int] = [2]) { self.factor = factor }

  var interpolation: Interpolation { .nearest }
}
