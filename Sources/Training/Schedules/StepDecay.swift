#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The learning rate times a factor every so many epochs or steps, as PyTorch's `StepLR`.
public struct StepDecay: Schedule {
  public static let kind = "step"
  public static var defaults: StepDecay { StepDecay() }

  /// How many units lie between two changes; 10.
  public var every: Int

  /// What the rate is multiplied by; 0.1, as PyTorch.
  public var factor: Double

  /// A schedule of equal steps.
  public init(every: Int = 10, factor: Double = 0.1) {
    self.every = every
    self.factor = factor
  }

  public func validate() throws {
    try require("every", Double(every), "1 or more") { $0 >= 1 }
    try require("factor", factor, "more than 0") { $0 > 0 && $0.isFinite }
  }

  public func factor(at position: SchedulePosition) -> Double {
    pow(factor, Double(position.index / every))
  }
}
