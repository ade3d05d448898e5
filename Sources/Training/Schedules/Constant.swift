/// The same learning rate throughout.
public struct Constant: Schedule {
  public static let kind = "constant"
  public static var defaults: Constant { Constant() }

  /// A constant schedule.
  public init() {}

  public func factor(at position: SchedulePosition) -> Double { 1 }
}
