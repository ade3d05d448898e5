import Kernels

/// The mean of its inputs, element by element.
///
/// - Inputs: two or more of as many axes; an axis of extent 1 is repeated to the extent of the others.
/// - Output: of the largest extents.
public struct Average: MergingLayer {
  public static let kind = "average"
  public static var defaults: Average { Average() }
  public static var inputCount: ClosedRange<Int> { 2...Int.max }
  static var operation: ElementwiseOperation { .sum }
  static var isMean: Bool { true }

  /// The layer; it has no options.
  public init() {}
}
