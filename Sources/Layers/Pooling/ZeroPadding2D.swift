/// Zeros around a plane.
///
/// Keras' `ZeroPadding2D`.
///
/// - Input and output: `[height, width, channels]`.
public struct ZeroPadding2D: BorderLayer {
  public static let kind = "zero_padding_2d"
  public static var defaults: ZeroPadding2D { ZeroPadding2D() }
  public static var mainOption: String? { "cells" }
  static var axes: Int { 2 }
  static var isCropping: Bool { false }

  /// How many before and after each axis; 1.
  public var cells: [[Int]]

  /// The layer.
  public init(_ cells: [[Int]] = [[1, 1], [1, 1]]) { self.cells = cells }
}
