import Kernels

/// The first input minus the second, element by element.
///
/// - Inputs: two or more of as many axes; an axis of extent 1 is repeated to the extent of the others.
/// - Output: of the largest extents.
public struct Subtract: MergingLayer {
  public static let kind = "subtract"
  public static var defaults: Subtract { Subtract() }
  public static var inputCount: ClosedRange<Int> { 2...2 }
  static var operation: ElementwiseOperation { .difference }

  /// The layer; it has no options.
  public init() {}
}
