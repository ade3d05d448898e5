#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Half a cosine from the learning rate down (Loshchilov and Hutter, 2017), as PyTorch's
/// `CosineAnnealingLR` over the whole run.
public struct Cosine: Schedule {
  public static let kind = "cosine"
  public static var defaults: Cosine { Cosine() }

  /// The share of the rate that is left at the end; 0.
  public var minimum: Double

  /// A cosine schedule.
  public init(minimum: Double = 0) { self.minimum = minimum }

  public func validate() throws {
    try require("minimum", minimum, "0 to 1") { $0 >= 0 && $0 <= 1 }
  }

  public func factor(at position: SchedulePosition) -> Double {
    let done = Double(min(position.index, position.total)) / Double(max(position.total, 1))
    return minimum + (1 - minimum) * (1 + cos(.pi * done)) / 2
  }
}
