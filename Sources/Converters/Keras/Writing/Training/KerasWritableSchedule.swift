import Training

/// A schedule that Keras has too, as a function of the steps done.
protocol KerasWritableSchedule: Schedule {
  /// Keras' schedule after a warm-up; nil where Keras has none for such units or options.
  func keras(_ run: WrittenKerasRun) -> WrittenKerasValue?
}

/// What a schedule of Keras has to know of a run.
struct WrittenKerasRun {
  /// The highest learning rate.
  var rate: Double
  /// The steps of a unit that the schedule counts.
  var stepsPerUnit: Int
  /// The units that the schedule goes over, without the warm-up.
  var unitCount: Int
  /// The steps of the warm-up.
  var warmUp: Int

  /// A schedule in a configuration.
  func schedule(
    _ className: String, _ options: [WrittenKerasValue.Member]
  ) -> WrittenKerasValue { .keras("keras.optimizers.schedules", className, options) }
}

extension Constant: KerasWritableSchedule {
  func keras(_ run: WrittenKerasRun) -> WrittenKerasValue? {
    // Only CosineDecay has a warm-up; one that ends where it begins is constant.
    Cosine(minimum: 1).keras(
      WrittenKerasRun(rate: run.rate, stepsPerUnit: 1, unitCount: 1, warmUp: run.warmUp))
  }
}

extension Cosine: KerasWritableSchedule {
  func keras(_ run: WrittenKerasRun) -> WrittenKerasValue? {
    guard run.stepsPerUnit == 1, run.unitCount > 0 else { return nil }
    let isWarm = run.warmUp > 0
    return run.schedule(
      "CosineDecay",
      [
        .init("initial_learning_rate", .number(isWarm ? run.rate / Double(run.warmUp) : run.rate)),
        .init("decay_steps", .integer(run.unitCount)), .init("alpha", .number(minimum)),
        .init("warmup_target", isWarm ? .number(run.rate) : nil),
        .init("warmup_steps", .integer(run.warmUp)),
      ])
  }
}

extension Exponential: KerasWritableSchedule {
  func keras(_ run: WrittenKerasRun) -> WrittenKerasValue? {
    decay(run, every: 1, factor: factor)
  }
}

extension StepDecay: KerasWritableSchedule {
  func keras(_ run: WrittenKerasRun) -> WrittenKerasValue? {
    decay(run, every: every, factor: factor)
  }
}

extension Schedule {
  /// A factor every so many units.
  fileprivate func decay(_ run: WrittenKerasRun, every: Int, factor: Double) -> WrittenKerasValue? {
    let (steps, overflow) = every.multipliedReportingOverflow(by: run.stepsPerUnit)
    guard run.warmUp == 0, !overflow else { return nil }
    return run.schedule(
      "ExponentialDecay",
      [
        .init("initial_learning_rate", .number(run.rate)), .init("decay_steps", .integer(steps)),
        .init("decay_rate", .number(factor)), .init("staircase", .truth(steps > 1)),
      ])
  }
}

extension MultiStep: KerasWritableSchedule {
  func keras(_ run: WrittenKerasRun) -> WrittenKerasValue? {
    guard run.warmUp == 0 else { return nil }
    var (boundaries, values) = ([WrittenKerasValue](), [WrittenKerasValue.number(run.rate)])
    var rate = run.rate
    for milestone in milestones {
      let (step, overflow) = milestone.multipliedReportingOverflow(by: run.stepsPerUnit)
      guard !overflow else { return nil }
      // Keras changes the rate behind a boundary, the schedule here at its milestone.
      boundaries.append(.integer(step - 1))
      rate *= factor
      values.append(.number(rate))
    }
    return run.schedule(
      "PiecewiseConstantDecay",
      [.init("boundaries", .list(boundaries)), .init("values", .list(values))])
  }
}
