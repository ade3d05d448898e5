/// The learning rate up and down in a triangle (Smith, 2017), as PyTorch's `CyclicLR`.
///
/// The optimizer's learning rate is the highest; a cycle begins at the lowest.
public struct Cyclical: Schedule {
  public static let kind = "cyclical"
  public static var defaults: Cyclical { Cyclical() }

  /// The lowest rate, as a share of the highest; 0.1.
  public var minimum: Double

  /// How many units the rise takes, and again the fall; 5.
  public var halfCycle: Int

  /// A cyclical schedule.
  public init(minimum: Double = 0.1, halfCycle: Int = 5) {
    self.minimum = minimum
    self.halfCycle = halfCycle
  }

  private enum CodingKeys: String, CodingKey {
    case minimum
    case halfCycle = "half_cycle"
  }

  public func validate() throws {
    try require("minimum", minimum, "0 to 1") { $0 >= 0 && $0 <= 1 }
    try require("half_cycle", Double(halfCycle), "1 or more") { $0 >= 1 }
  }

  public func factor(at position: SchedulePosition) -> Double {
    let inCycle = position.index % (2 * halfCycle)
    let height = Double(halfCycle - abs(inCycle - halfCycle)) / Double(halfCycle)
    return minimum + (1 - minimum) * height
  }
}
