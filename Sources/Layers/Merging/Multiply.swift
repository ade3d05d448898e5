import Kernels

/// Multiplies its inputs, element by element.
///
/// - Inputs: two or more of as many axes; an axis of extent 1 is repeated to the extent of the others.
/// - Output: of the largest extents.
public struct Multiply: MergingLayer {
  public static let kind = "multiply"
  public static var defaults: Multiply { Multiply() }
  public static var inputCount: ClosedRange<Int> { 2...Int.max }
  static var operation: ElementwiseOperation { .product }

  /// The layer; it has no options.
  public init() {}
}
