#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The learning rate times a factor every epoch or step, as PyTorch's `ExponentialLR`.
public struct Exponential: Schedule {
  public static let kind = "exponential"
  public static var defaults: Exponential { Exponential() }

  /// What the rate is multiplied by each time; 0.95.
  public var factor: Double

  /// An exponential schedule.
  public init(factor: Double = 0.95) { self.factor = factor }

  public func validate() throws {
    try require("factor", factor, "more than 0") { $0 > 0 && $0.isFinite }
  }

  public func factor(at position: SchedulePosition) -> Double {
    pow(factor, Double(position.index))
  }
}
