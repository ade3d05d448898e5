#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The learning rate times a factor at each of the given epochs or steps, as `MultiStepLR`.
public struct MultiStep: Schedule {
  public static let kind = "multi_step"
  public static var defaults: MultiStep { MultiStep() }

  /// Where the rate changes; 30, 60 and 90.
  public var milestones: [Int]

  /// What the rate is multiplied by; 0.1, as PyTorch.
  public var factor: Double

  /// A schedule of steps at given places.
  public init(milestones: [Int] = [30, 60, 90], factor: Double = 0.1) {
    self.milestones = milestones
    self.factor = factor
  }

  public func validate() throws {
    guard milestones == milestones.sorted(), milestones.allSatisfy({ $0 > 0 }) else {
      throw OptionError("milestones", expected: "growing numbers from 1", found: "\(milestones)")
    }
    try require("factor", factor, "more than 0") { $0 > 0 && $0.isFinite }
  }

  public func factor(at position: SchedulePosition) -> Double {
    pow(factor, Double(milestones.count { $0 <= position.index }))
  }
}
