import Formats
import Training

/// The schedules that PyTorch and we have, by what their state dicts hold.
///
/// Epochs that PyTorch has counted are not counted here, where they would need a history. Schedules that
/// are the same from any place on go on from the rate that is reached; others keep their place where they
/// count steps.
enum TorchSchedules {
  /// A schedule, and where it stands.
  struct Result {
    var schedule: any Schedule = Constant()
    var unit = ScheduleUnit.epoch
    /// The learning rate that the schedule multiplies.
    var rate: Double
    var progress = TrainingProgress()
    /// The epochs of a whole run, where the schedule says so.
    var epochs: Int?
  }

  /// What all schedules keep.
  private static let commonNames: Set<String> = [
    "base_lrs", "last_epoch", "_step_count", "_last_lr", "_is_initial",
    "_get_lr_called_within_step", "verbose",
  ]

  /// What the schedules that are known keep besides; which one it is, the file does not say.
  private enum Kind: CaseIterable {
    case multiStep, step, exponential, cosine, cyclical, plateau

    var names: Set<String> {
      switch self {
      case .multiStep: ["milestones", "gamma"]
      case .step: ["step_size", "gamma"]
      case .exponential: ["gamma"]
      case .cosine: ["T_max", "eta_min"]
      case .cyclical:
        [
          "max_lrs", "total_size", "step_ratio", "mode", "gamma", "scale_mode", "cycle_momentum",
          "_scale_fn_custom", "_scale_fn_ref", "base_momentums", "max_momentums", "use_beta1",
        ]
      case .plateau:
        [
          "factor", "default_min_lr", "min_lrs", "patience", "cooldown", "eps", "mode_worse",
          "mode",
          "threshold", "threshold_mode", "best", "cooldown_counter", "num_bad_epochs",
        ]
      }
    }

    /// Those by which it is told from others.
    var needed: Set<String> {
      switch self {
      case .cyclical: ["max_lrs", "total_size", "step_ratio"]
      case .plateau: ["factor", "patience", "num_bad_epochs"]
      default: names
      }
    }
  }

  /// A state dict of a schedule.
  private struct State {
    let tree: PickleTree
    let value: PickleValue

    var names: Set<String> {
      Set(
        (tree.entries(of: value) ?? []).compactMap { entry in
          if case .text(let name) = entry.key { name } else { nil }
        })
    }

    func value(_ name: String) -> PickleValue? { tree.value(name, of: value) }
    func number(_ name: String) -> Double? { value(name)?.number }
    func first(_ name: String) -> Double? {
      value(name).flatMap { tree.elements(of: $0) }?.first?.number
    }
    /// A count from 0 to 2^40.
    func count(_ name: String) -> Int { min(max(value(name)?.integer ?? 0, 0), 1 << 40) }
  }

  /// Reads the schedule of a checkpoint.
  ///
  /// - Parameters:
  ///   - base: the learning rate before any schedule.
  ///   - current: that of the next step.
  /// - Throws: ``ConversionError`` for one without a counterpart, unless losses are allowed.
  static func schedule(
    _ checkpoint: TorchCheckpoint, base: Double, current: Double, log: inout ConversionLog
  ) throws -> Result {
    var result = Result(rate: current)
    if current == 0, base > 0 {
      log.change("learning rate", "\(base), from which a schedule has brought it down to 0")
      result.rate = base
    }
    guard let stored = checkpoint.schedule else {
      if base != current, current > 0 {
        log.change("learning rate", "\(current), where a schedule of \(base) has left it")
      }
      return result
    }
    let state = State(tree: checkpoint.file.tree, value: stored)
    let names = state.names
    let kind = Kind.allCases.first { kind in
      kind.needed.isSubset(of: names) && names.isSubset(of: kind.names.union(commonNames))
    }
    let fresh = result
    if let problem = try read(kind, state, base: base, into: &result, log: &log) {
      try log.lose("scheduler", problem)
      return fresh
    }
    do {
      try result.schedule.validate()
    } catch {
      throw log.error("scheduler", "\(error)")
    }
    log.map("scheduler", to: "\(result.schedule.kind), from the place it has reached")
    log.change(
      "scheduler unit", "\(result.unit.rawValue), for the file does not say what it counts")
    return result
  }

  /// Reads a schedule of a kind.
  ///
  /// - Returns: why there is no counterpart; nil where there is one.
  private static func read(
    _ kind: Kind?, _ state: State, base: Double, into result: inout Result,
    log: inout ConversionLog
  ) throws -> String? {
    let place = state.count("last_epoch")
    let factor = state.number("gamma") ?? 0.1
    switch kind {
    case nil: return "a schedule that keeps these options has no counterpart"
    case .multiStep?:
      guard let list = state.value("milestones") else { return "it has no milestones" }
      result.schedule = multiStep(milestones(list, state.tree), factor, from: place)
    case .step?:
      result.schedule = stepDecay(state.count("step_size"), factor, from: place, log: &log)
    case .exponential?: result.schedule = Exponential(factor: factor)
    case .cosine?:
      let length = state.count("T_max")
      guard place == 0, base > 0, (1...1_000_000).contains(length) else {
        return "CosineAnnealingLR at \(place): a cosine begins with a run here, not amid it"
      }
      result.schedule = Cosine(minimum: (state.number("eta_min") ?? 0) / base)
      result.rate = base
      result.epochs = length
    case .cyclical?:
      let length = state.count("total_size")
      let rise = Int(exactly: (state.number("step_ratio") ?? 0) * Double(length)) ?? 0
      guard length > 0, place % length == 0, state.value("mode") == .text("triangular"),
        let highest = state.first("max_lrs"), let lowest = state.first("base_lrs"), highest > 0
      else { return "CyclicLR amid a cycle, or of another form than a triangle" }
      result.schedule = Cyclical(minimum: lowest / highest, rise: rise, fall: length - rise)
      result.unit = .step
      result.rate = highest
    case .plateau?: try plateau(state, into: &result, log: &log)
    }
    return nil
  }

  /// By place how many milestones lie there.
  private static func milestones(_ list: PickleValue, _ tree: PickleTree) -> [Int] {
    if let entries = tree.entries(of: list) {
      return entries.prefix(1024).flatMap { entry -> [Int] in
        guard let place = entry.key.integer, let count = entry.value.integer else { return [] }
        return Array(repeating: place, count: min(max(count, 0), 16))
      }.sorted()
    }
    return (tree.elements(of: list) ?? []).compactMap(\.integer).sorted()
  }

  /// What is left of the milestones, counted from a place on.
  private static func multiStep(_ milestones: [Int], _ factor: Double, from place: Int)
    -> any Schedule
  {
    let left = milestones.filter { $0 > place }.map { $0 - place }
    return left.isEmpty ? Constant() : MultiStep(milestones: left, factor: factor)
  }

  /// Steps of equal length; amid a step as many milestones as anyone may wait for.
  private static func stepDecay(
    _ every: Int, _ factor: Double, from place: Int, log: inout ConversionLog
  ) -> any Schedule {
    guard every > 0, place % every != 0 else { return StepDecay(every: every, factor: factor) }
    let first = every - place % every
    log.change("scheduler", "StepLR amid a step: its next 100 changes are milestones")
    return MultiStep(
      milestones: (0..<100).map { first + $0 * min(every, 1 << 32) }, factor: factor)
  }

  private static func plateau(
    _ state: State, into result: inout Result, log: inout ConversionLog
  ) throws(ConversionError) {
    if state.value("mode") == .text("max") {
      try log.lose("scheduler option mode", "'max': the loss is watched, which is to fall")
    }
    if state.value("threshold_mode") == .text("abs") {
      try log.lose("scheduler option threshold_mode", "'abs': a share of the loss is meant here")
    }
    let least = state.first("min_lrs") ?? 0
    result.schedule = ReduceOnPlateau(
      factor: state.number("factor") ?? 0.1, patience: state.count("patience"),
      threshold: state.number("threshold") ?? 1e-4, cooldown: state.count("cooldown"),
      minimum: result.rate > 0 ? min(least / result.rate, 1) : 0)
    if let best = state.number("best"), best.isFinite { result.progress.plateau.best = best }
    result.progress.plateau.waited = state.count("num_bad_epochs")
    result.progress.plateau.cooldown = state.count("cooldown_counter")
  }
}
