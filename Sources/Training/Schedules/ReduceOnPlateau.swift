#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The learning rate times a factor whenever the monitored loss has stopped falling, as PyTorch's
/// `ReduceLROnPlateau`. The loss is measured once an epoch.
public struct ReduceOnPlateau: Schedule {
  public static let kind = "reduce_on_plateau"
  public static var defaults: ReduceOnPlateau { ReduceOnPlateau() }

  /// What the rate is multiplied by; 0.1, as PyTorch.
  public var factor: Double

  /// How many measurements without progress are let pass; 10, as PyTorch.
  public var patience: Int

  /// By what share the loss must fall to count as progress; 1e-4, as PyTorch.
  public var threshold: Double

  /// How many measurements after a reduction are not counted; 0.
  public var cooldown: Int

  /// The least share of the rate that is left; 0.
  public var minimum: Double

  /// A schedule that waits for progress.
  public init(
    factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, cooldown: Int = 0,
    minimum: Double = 0
  ) {
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.cooldown = cooldown
    self.minimum = minimum
  }

  public func validate() throws {
    try require("factor", factor, "more than 0 and below 1") { $0 > 0 && $0 < 1 }
    try require("patience", Double(patience), "0 or more") { $0 >= 0 }
    try require("threshold", threshold, "0 up to below 1") { $0 >= 0 && $0 < 1 }
    try require("cooldown", Double(cooldown), "0 or more") { $0 >= 0 }
    try require("minimum", minimum, "0 to 1") { $0 >= 0 && $0 <= 1 }
  }

  public func factor(at position: SchedulePosition) -> Double {
    max(minimum, pow(factor, Double(position.plateau.reductions)))
  }

  public func observe(_ loss: Double, state: inout PlateauState) {
    if state.best.map({ loss < $0 * (1 - threshold) }) ?? true {
      state.best = loss
      state.waited = 0
    } else {
      state.waited += 1
    }
    if state.cooldown > 0 {
      state.cooldown -= 1
      state.waited = 0
    }
    if state.waited > patience {
      state.reductions += 1
      state.cooldown = cooldown
      state.waited = 0
    }
  }
}
