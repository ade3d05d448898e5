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

  private static let placeName = "last_epoch"

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
    guard let state = checkpoint.schedule else {
      if base != current {
        log.change("learning rate", "\(current), where a schedule of \(base) has left it")
      }
      return result
    }
    let tree = checkpoint.file.tree
    func number(_ name: String) -> Double? { tree.value(name, of: state)?.number }
    func integer(_ name: String) -> Int? { tree.value(name, of: state)?.integer }
    let place = integer(placeName) ?? 0
    guard (0...1 << 40).contains(place) else {
      throw log.error("scheduler", "expected a place from 0, found \(place)")
    }
    if let list = tree.value("milestones", of: state), let factor = number("gamma") {
      result.schedule = multiStep(milestones(list, tree), factor, from: place)
    } else if let every = integer("step_size"), let factor = number("gamma") {
      result.schedule = stepDecay(every, factor, from: place, log: &log)
    } else if integer("T_max") != nil {
      try log.lose(
        "scheduler", "CosineAnnealingLR at \(place): a cosine begins with a run, not amid it")
      return result
    } else if number("patience") != nil, number("num_bad_epochs") != nil {
      try plateau(tree, state, current: current, into: &result, log: &log)
    } else if let factor = number("gamma"), tree.value("base_lrs", of: state) != nil {
      result.schedule = Exponential(factor: factor)
    } else {
      try log.lose("scheduler", "a schedule with these options has no counterpart")
      return result
    }
    do {
      try result.schedule.validate()
    } catch {
      throw log.error("scheduler", "\(error)")
    }
    log.map("scheduler", to: "\(result.schedule.kind), from the place it has reached")
    log.change("scheduler unit", "epochs, for the file does not say what it counts")
    return result
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
    _ tree: PickleTree, _ state: PickleValue, current: Double, into result: inout Result,
    log: inout ConversionLog
  ) throws {
    func number(_ name: String) -> Double? { tree.value(name, of: state)?.number }
    if tree.value("mode", of: state) == .text("max") {
      try log.lose("scheduler option mode", "'max': the loss is watched, which is to fall")
    }
    if tree.value("threshold_mode", of: state) == .text("abs") {
      try log.lose("scheduler option threshold_mode", "'abs': a share of the loss is meant here")
    }
    let least =
      tree.value("min_lrs", of: state)
      .flatMap { tree.elements(of: $0) }?.first?.number ?? 0
    func count(_ name: String) -> Int {
      min(max(tree.value(name, of: state)?.integer ?? 0, 0), 1 << 40)
    }
    result.schedule = ReduceOnPlateau(
      factor: number("factor") ?? 0.1, patience: count("patience"),
      threshold: number("threshold") ?? 1e-4, cooldown: count("cooldown"),
      minimum: current > 0 ? min(least / current, 1) : 0)
    if let best = number("best"), best.isFinite { result.progress.plateau.best = best }
    result.progress.plateau.waited = count("num_bad_epochs")
    result.progress.plateau.cooldown = count("cooldown_counter")
  }
}
