/// Takes cells away around a sequence.
///
/// Keras' `Cropping1D`.
///
/// - Input and output: `[time, channels]`.
public struct Cropping1D: BorderLayer {
  public static let kind = "cropping_1d"
  public static var defaults: Cropping1D { Cropping1D() }
  public static var mainOption: String? { "cells" }
  static var axes: Int { 1 }
  static var isCropping: Bool { true }

  /// How many before and after each axis; 1.
  public var cells: [[Int]]

  /// The layer.
  public init(_ cells: [[Int]] = [[1, 1]]) { self.cells = cells }
}
