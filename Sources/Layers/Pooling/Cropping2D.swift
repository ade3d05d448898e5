/// Takes cells away around a plane.
///
/// Keras' `Cropping2D`.
///
/// - Input and output: `[height, width, channels]`.
public struct Cropping2D: BorderLayer {
  public static let kind = "cropping_2d"
  public static var defaults: Cropping2D { Cropping2D() }
  public static var mainOption: String? { "cells" }
  static var axes: Int { 2 }
  static var isCropping: Bool { true }

  /// How many before and after each axis; 1.
  public var cells: [[Int]]

  /// The layer.
  public init(_ cells: [[Int]] = [[1, 1], [1, 1]]) { self.cells = cells }
}
