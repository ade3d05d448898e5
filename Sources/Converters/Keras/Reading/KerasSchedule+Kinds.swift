import Formats
import ModelFiles
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension KerasSchedule {
  /// How a rate goes on that a schedule of Keras has brought to a step.
  ///
  /// Runs here begin at step 0, so that what is left of a schedule becomes one that begins there.
  static func schedule(
    _ name: String, _ config: KerasOptions, step: Int, log: inout ConversionLog
  ) throws -> (rate: Double, schedule: any Schedule) {
    let position = Double(step)
    switch name {
    case "ExponentialDecay":
      let start = try config.number("initial_learning_rate", or: 0.01)
      let every = try config.number("decay_steps", or: 1)
      let factor = try config.number("decay_rate", or: 1)
      guard every >= 1, every < 0x1p40, factor > 0 else {
        throw config.error("decay_steps", expected: "1 or more", found: "\(every)")
      }
      guard try config.bool("staircase", or: false) else {
        let rate = start * pow(factor, position / every)
        log.map(config.subject, to: "schedule 'exponential' from the rate \(rate) on")
        return (rate, Exponential(factor: pow(factor, 1 / every)))
      }
      let steps = Int(every)
      let rate = start * pow(factor, Double(step / steps))
      log.map(config.subject, to: "a schedule of steps from the rate \(rate) on")
      guard step % steps != 0 else { return (rate, StepDecay(every: steps, factor: factor)) }
      // Up to where a rate is no longer a number worth the name.
      let milestones = (1...1000).map { (step / steps + $0) * steps - step }
      return (rate, MultiStep(milestones: milestones, factor: factor))
    case "PiecewiseConstantDecay":
      let boundaries = try config.integers("boundaries") ?? []
      let values = (config.take(["values"])?.list ?? []).compactMap(\.number)
      guard values.count == boundaries.count + 1, let last = values.last, last > 0 else {
        throw config.error("values", expected: "one more than boundaries", found: "\(values.count)")
      }
      // A boundary is the last step of its value.
      let place = boundaries.firstIndex { step <= $0 } ?? boundaries.count
      let rate = values[place]
      let ratios = Set((place..<boundaries.count).map { Float(values[$0 + 1] / values[$0]) })
      guard ratios.count <= 1 else {
        try log.lose(config.subject, "its rates are no powers; the rate stays \(rate)")
        return (rate, Constant())
      }
      let factor = ratios.isEmpty ? 1 : values[place + 1] / values[place]
      log.map(config.subject, to: "schedule 'multi_step' from the rate \(rate) on")
      let milestones = boundaries[place...].map { $0 + 1 - step }
      return (
        rate, milestones.isEmpty ? Constant() : MultiStep(milestones: milestones, factor: factor)
      )
    case "CosineDecay":
      let start = try config.number("initial_learning_rate", or: 0.01)
      let length = max(try config.number("decay_steps", or: 1), 1)
      let alpha = try config.number("alpha", or: 0)
      let warmUp = try config.number("warmup_steps", or: 0)
      let target = config.take(["warmup_target"])?.number
      let peak = target ?? start
      let rate: Double
      if target != nil, position < warmUp {
        rate = max(start + (peak - start) * position / max(warmUp, 1), peak * 1e-3)
      } else {
        let done = min((position - (target == nil ? 0 : warmUp)) / length, 1)
        rate = peak * ((1 - alpha) * (1 + cos(.pi * done)) / 2 + alpha)
      }
      if step == 0, target == nil {
        log.change(
          config.subject, "schedule 'cosine' over the whole run, not over \(Int(length)) steps")
        return (start, Cosine(minimum: min(max(alpha, 0), 1)))
      }
      try log.lose(config.subject, "what is left of it has no counterpart; the rate stays \(rate)")
      return (max(rate, 1e-12), Constant())
    default:
      let rate =
        try config.number("initial_learning_rate", or: 0.01)
      try log.lose(config.subject, "it has no counterpart; the rate stays \(rate)")
      return (rate, Constant())
    }
  }
}
