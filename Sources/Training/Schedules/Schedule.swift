import Catalogs

/// How the learning rate changes over a run, as a factor on the optimizer's own rate.
///
/// A schedule is a pure function of the position, so that a run can go on from the position
/// alone. To add one, write one file like `Cosine.swift` and one line in ``ScheduleCatalog``.
public protocol Schedule: Codable, Hashable, Sendable {
  /// The name of this kind of schedule in files and options, for example `cosine`.
  static var kind: String { get }

  /// The schedule with its usual options.
  static var defaults: Self { get }

  /// What the learning rate is multiplied by.
  func factor(at position: SchedulePosition) -> Double

  /// How many times the rate has been reduced for want of progress, after a new measurement of the
  /// monitored loss; only plateau schedules do anything here.
  func observe(_ loss: Double, state: inout PlateauState)

  /// Checks the schedule's options.
  ///
  /// - Throws: ``OptionError`` naming the option.
  func validate() throws
}

extension Schedule {
  /// The name of this kind of schedule.
  public var kind: String { Self.kind }
  public func observe(_ loss: Double, state: inout PlateauState) {}
  public func validate() throws {}
}

/// Where a run stands, counted in the schedule's unit, after the warm-up.
public struct SchedulePosition: Hashable, Sendable {
  /// Steps or epochs done.
  public var index: Int
  /// Steps or epochs in all.
  public var total: Int
  /// What a plateau schedule has seen.
  public var plateau: PlateauState

  /// A position.
  public init(index: Int, total: Int, plateau: PlateauState = PlateauState()) {
    self.index = index
    self.total = total
    self.plateau = plateau
  }
}

/// What ``ReduceOnPlateau`` remembers.
public struct PlateauState: Codable, Hashable, Sendable {
  /// The smallest loss so far; nil before the first measurement.
  public var best: Double?
  /// Measurements without progress since then or since the last reduction.
  public var waited = 0
  /// Measurements still to let pass after a reduction.
  public var cooldown = 0
  /// How many times the rate has been reduced.
  public var reductions = 0

  /// The state at the start of a run.
  public init() {}

  private enum CodingKeys: String, CodingKey {
    case best, waited, cooldown, reductions
  }

  /// Reads what a schedule has seen.
  ///
  /// - Throws: `DecodingError` when a count is negative or too large.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    best = try container.decodeIfPresent(Double.self, forKey: .best)
    waited = try container.decodeStepCount(forKey: .waited)
    cooldown = try container.decodeStepCount(forKey: .cooldown)
    reductions = try container.decodeStepCount(forKey: .reductions)
  }
}

/// What a schedule counts.
public enum ScheduleUnit: String, Codable, Hashable, Sendable, CaseIterable {
  case step, epoch
}

/// A rise of the learning rate from near zero at the start of a run (Goyal et al., 2017).
///
/// At step t of w the rate is (t + 1) / w of what it will be. In files and options: a whole
/// number of steps, `100`, or a share of the run, `5%` or `0.05`.
public enum WarmUp: Hashable, Sendable {
  case steps(Int)
  case share(Double)

  /// No warm-up.
  public static let none = WarmUp.steps(0)

  /// The length in steps of a run of the given length.
  public func stepCount(of total: Int) -> Int {
    switch self {
    case .steps(let count): min(count, total)
    // Numbers that no Double holds exactly may be rounded up beyond all.
    case .share(let share): min(Int(exactly: (share * Double(total)).rounded()) ?? total, total)
    }
  }
}

extension WarmUp: LosslessStringConvertible {
  public init?(_ description: String) {
    if let count = Int(description) {
      guard count >= 0 else { return nil }
      self = .steps(count)
    } else if description.hasSuffix("%"), let percent = Double(description.dropLast()) {
      guard percent >= 0, percent <= 100 else { return nil }
      self = .share(percent / 100)
    } else if let share = Double(description), share >= 0, share <= 1 {
      self = .share(share)
    } else {
      return nil
    }
  }

  public var description: String {
    switch self {
    case .steps(let count): "\(count)"
    case .share(let share): "\(share)"
    }
  }
}

extension WarmUp: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let count = try? container.decode(Int.self), count >= 0 {
      self = .steps(count)
    } else if let share = try? container.decode(Double.self), share >= 0, share <= 1 {
      self = .share(share)
    } else if let text = try? container.decode(String.self), let value = WarmUp(text) {
      self = value
    } else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "expected a number of steps or a share such as 5%")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .steps(let count): try container.encode(count)
    case .share: try container.encode(description)
    }
  }
}

/// Every kind of schedule that a file or an option can name.
public enum ScheduleCatalog {
  /// All schedules of this library.
  public static let standard = Catalog<any Schedule.Type>(
    of: "schedule",
    [
      Constant.self,
      StepDecay.self,
      MultiStep.self,
      Exponential.self,
      Cosine.self,
      Cyclical.self,
      ReduceOnPlateau.self,
    ], name: { $0.kind })
}
