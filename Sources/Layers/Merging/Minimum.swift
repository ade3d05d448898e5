import Kernels

/// The smallest of its inputs, element by element. Of equal ones the first gets the gradient.
///
/// - Inputs: two or more of as many axes; an axis of extent 1 is repeated to the extent of the others.
/// - Output: of the largest extents.
public struct Minimum: MergingLayer {
  public static let kind = "minimum"
  public static var defaults: Minimum { Minimum() }
  public static var inputCount: ClosedRange<Int> { 2...Int.max }
  static var operation: ElementwiseOperation { .minimum }

  /// The layer; it has no options.
  public init() {}
}
