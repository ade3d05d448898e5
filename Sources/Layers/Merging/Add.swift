import Kernels

/// The sum of its inputs, element by element.
///
/// - Inputs: two or more of as many axes; an axis of extent 1 is repeated to the extent of the others.
/// - Output: of the largest extents.
public struct Add: MergingLayer {
  public static let kind = "add"
  public static var defaults: Add { Add() }
  public static var inputCount: ClosedRange<Int> { 2...Int.max }
  static var operation: ElementwiseOperation { .sum }

  /// The layer; it has no options.
  public init() {}
}
