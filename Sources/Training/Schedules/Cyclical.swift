/// The learning rate up and down in a triangle (Smith, 2017), as PyTorch's `CyclicLR`.
///
/// The optimizer's learning rate is the highest; a cycle begins at the lowest.
public struct Cyclical: Schedule {
  public static let kind = "cyclical"
  public static var defaults: Cyclical { Cyclical() }

  /// The lowest rate, as a share of the highest; 0.1.
  public var minimum: Double

  /// How many units the rise takes; 5.
  public var rise: Int

  /// How many units the fall takes; 5.
  public var fall: Int

  /// A cyclical schedule.
  public init(minimum: Double = 0.1, rise: Int = 5, fall: Int = 5) {
    self.minimum = minimum
    self.rise = rise
    self.fall = fall
  }

  public func validate() throws {
    try require("minimum", minimum, "0 to 1") { $0 >= 0 && $0 <= 1 }
    try require("rise", Double(rise), "1 to 1000000000") { $0 >= 1 && $0 <= 1e9 }
    try require("fall", Double(fall), "1 to 1000000000") { $0 >= 1 && $0 <= 1e9 }
  }

  public func factor(at position: SchedulePosition) -> Double {
    let inCycle = position.index % (rise + fall)
    let height =
      inCycle <= rise
      ? Double(inCycle) / Double(rise) : Double(rise + fall - inCycle) / Double(fall)
    return minimum + (1 - minimum) * height
  }
}
