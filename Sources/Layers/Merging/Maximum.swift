import Kernels

/// The largest of its inputs, element by element. Of equal ones the first gets the gradient.
///
/// - Inputs: two or more of as many axes; an axis of extent 1 is repeated to the extent of the others.
/// - Output: of the largest extents.
public struct Maximum: MergingLayer {
  public static let kind = "maximum"
  public static var defaults: Maximum { Maximum() }
  public static var inputCount: ClosedRange<Int> { 2...Int.max }
  static var operation: ElementwiseOperation { .maximum }

  /// The layer; it has no options.
  public init() {}
}
