/// Zeros around a sequence.
///
/// Keras' `ZeroPadding1D`.
///
/// - Input and output: `[time, channels]`.
public struct ZeroPadding1D: BorderLayer {
  public static let kind = "zero_padding_1d"
  public static var defaults: ZeroPadding1D { ZeroPadding1D() }
  public static var mainOption: String? { "cells" }
  static var axes: Int { 1 }
  static var isCropping: Bool { false }

  /// How many before and after each axis; 1.
  public var cells: [[Int]]

  /// The layer.
  public init(_ cells: [[Int]] = [[1, 1]]) { self.cells = cells }
}
