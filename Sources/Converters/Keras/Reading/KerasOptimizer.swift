import Formats
import ModelFiles
import Training

/// An optimizer of Keras and what it is here.
struct KerasOptimizer {
  /// What it keeps of every variable.
  struct Slot {
    /// The name of ours.
    let name: String
    /// The name in Keras, for messages.
    let label: String
    /// What its numbers are multiplied with.
    var factor: Double = 1
  }

  let optimizer: any Optimizer
  /// The slots; where there are several, in the order in which Keras makes them.
  let slots: [Slot]
  /// Whether all slots of a variable stand together, rather than all variables of a slot.
  let isInterleaved: Bool
  /// Slots before them, of averages and sums, which have no counterpart.
  let leadingSlots: [String]
  /// Slots behind them.
  let trailingSlots: [String]
  let schedule: KerasSchedule
  let clipNorm: Double?
  let clipValue: Double?
  /// With what the squares start.
  var initialSquare = 0.0
}

extension KerasOptimizer {
  /// The optimizer that a file describes.
  ///
  /// - Parameters:
  ///   - step: the steps that it has taken.
  ///   - storedRate: the learning rate as the file keeps it besides the description.
  ///   - slotNames: what the variables of the optimizer are called, which tells how they are ordered.
  /// - Throws: ``ConversionError`` for one without a counterpart, unless losses are allowed.
  /// - Returns: nil for one that is left out.
  init?(
    _ json: KerasJSON, step: Int, storedRate: Double?, slotNames: [String], era: KerasEra,
    log: inout ConversionLog
  ) throws {
    var json = json
    var className = json["class_name"]?.text ?? json.text ?? "\(json)"
    if className == "LossScaleOptimizer", let inner = json["config"]?["inner_optimizer"] {
      log.ignore("optimizer LossScaleOptimizer", "in float32 no loss needs scaling")
      json = inner
      className = json["class_name"]?.text ?? ""
    }
    let subject = "optimizer \(className.prefix(80))"
    let options = KerasOptions(
      json["config"] ?? .object(KerasObject()), subject: subject, file: log.file)
    schedule = try KerasSchedule(options, step: step, storedRate: storedRate, log: &log)
    let rate = schedule.rate
    let decay = try options.number("weight_decay", or: 0)
    clipValue = options.take(["clipvalue"])?.number
    clipNorm = options.take(["global_clipnorm"])?.number
    if let limit = options.take(["clipnorm"]) {
      try log.lose(
        "\(subject) clipnorm", "\(limit) for every variable by itself; here it is for all")
    }
    var leading: [String] = []
    _ = (options.take(["ema_momentum"]), options.take(["ema_overwrite_frequency"]))
    if try options.bool("use_ema", or: false) {
      leading.append("average")
      try log.lose("\(subject) use_ema", "averages of weights have no counterpart")
    }
    if try options.integer("gradient_accumulation_steps", or: 1) > 1 {
      leading.append("gradient_accumulator")
      try log.lose("\(subject) gradient_accumulation_steps", "gradients are not summed over steps")
    }
    leadingSlots = leading
    // Of this one all variables of a slot stand together in every version.
    isInterleaved =
      className.lowercased() != "rmsprop"
      && KerasOptimizer.standsTogether(slotNames, era: era)
    var trailing: [String] = []
    switch className.lowercased() {
    case "adam", "adamw":
      if try options.bool("amsgrad", or: false) {
        trailing.append("velocity_hat")
        try log.lose("\(subject) amsgrad", "it has no counterpart")
      }
      let first = try options.number("beta_1", or: 0.9)
      let second = try options.number("beta_2", or: 0.999)
      let epsilon = try options.number("epsilon", or: era.major == 1 ? 1e-8 : 1e-7)
      // Decay is taken from the weights themselves, whichever of the two it is.
      optimizer =
        decay > 0 || className.lowercased() == "adamw"
        ? AdamW(
          learningRate: rate, beta1: first, beta2: second, epsilon: epsilon, weightDecay: decay)
        : Adam(learningRate: rate, beta1: first, beta2: second, epsilon: epsilon)
      slots = [
        Slot(name: "first_moment", label: "momentum"),
        Slot(name: "second_moment", label: "velocity"),
      ]
      log.change(
        "\(subject) epsilon", "\(epsilon) is added after the correction of the root, not before it")
    case "sgd":
      let momentum = try options.number("momentum", or: 0)
      let isNesterov = try options.bool("nesterov", or: false)
      if decay > 0, momentum > 0 {
        try log.lose(
          "\(subject) weight_decay", "with momentum decay goes through the velocity here")
      }
      if momentum == 0 {
        optimizer = SGD(learningRate: rate, weightDecay: decay)
        slots = []
      } else {
        optimizer =
          isNesterov
          ? Nesterov(learningRate: rate, momentum: momentum)
          : Momentum(learningRate: rate, momentum: momentum)
        slots = [Slot(name: "velocity", label: "momentum", factor: -1 / rate)]
        log.change(
          "\(subject) momentum", "the velocity holds gradients, not steps: divided by -\(rate)")
      }
    case "rmsprop":
      let momentum = try options.number("momentum", or: 0)
      if try options.bool("centered", or: false) {
        trailing.append("average_gradient")
        try log.lose("\(subject) centered", "it has no counterpart")
      }
      let epsilon = try options.number("epsilon", or: era.major == 1 ? 1e-8 : 1e-7)
      optimizer = RMSProp(
        learningRate: rate, decay: try options.number("rho", or: 0.9), momentum: momentum,
        epsilon: epsilon)
      var kept = [Slot(name: "mean_square", label: "velocity")]
      if momentum > 0 { kept.append(Slot(name: "velocity", label: "momentum", factor: 1 / rate)) }
      slots = kept
      if era.major >= 3 {
        log.change("\(subject) epsilon", "\(epsilon) is added to the root, not under it")
      }
      if decay > 0 { try log.lose("\(subject) weight_decay", "here it goes through the squares") }
    case "adagrad":
      let epsilon = try options.number("epsilon", or: 1e-7)
      optimizer = AdaGrad(learningRate: rate, epsilon: epsilon)
      initialSquare = try options.number("initial_accumulator_value", or: era.major == 1 ? 0 : 0.1)
      slots = [Slot(name: "sum_of_squares", label: "accumulator")]
      log.change("\(subject) epsilon", "\(epsilon) is added to the root, not under it")
      if decay > 0 { try log.lose("\(subject) weight_decay", "here it goes through the squares") }
    default:
      try log.lose(
        subject,
        "it has no counterpart; known: SGD, RMSprop, Adagrad, Adam, AdamW")
      return nil
    }
    trailingSlots = trailing
    do {
      try optimizer.validate()
    } catch {
      throw log.error(subject, "\(error)")
    }
    log.map(subject, to: "optimizer '\(optimizer.kind)' with the learning rate \(rate)")
    for (name, value) in options.rest
    where !["name", "is_legacy_optimizer", "jit_compile"].contains(name) && value.bool != false {
      log.ignore("\(subject) \(name)", "is not known here, and was left out: \(value)")
    }
  }

  /// Whether the slots of a variable stand together. They did not before Keras 2.11, nor with the
  /// optimizers of that time which later versions still have.
  private static func standsTogether(_ names: [String], era: KerasEra) -> Bool {
    if era.major >= 3 { return true }
    let isOfThatTime = names.contains { name in
      ["/m:0", "/v:0", "/vhat:0", "/momentum:0", "/rms:0", "/accumulator:0"].contains {
        name.hasSuffix($0)
      }
    }
    return era.major == 2 && era.minor >= 11 && !isOfThatTime
  }
}

/// The learning rate of a file from its step on.
struct KerasSchedule {
  /// The rate of the next step.
  let rate: Double
  /// How it goes on.
  let schedule: any Schedule

  /// Takes the learning rate of an optimizer.
  init(
    _ options: KerasOptions, step: Int, storedRate: Double?, log: inout ConversionLog
  ) throws {
    let value = options.take(["learning_rate", "lr"])
    let slowing = try options.number("decay", or: 0)
    guard let value, value.number == nil else {
      let described = value?.number
      var rate = storedRate ?? described ?? 0.01
      if slowing > 0 {
        rate /= 1 + slowing * Double(step)
        try log.lose("\(options.subject) decay", "the rate stays what it is at step \(step)")
      }
      if rate == 0 {
        // Where a schedule has come to its end.
        rate = 0.01
        log.change(
          "\(options.subject) learning_rate",
          "0, at which nothing is learned; 0.01 until another one is asked for")
      }
      self.rate = KerasSchedule.readable(rate)
      schedule = Constant()
      guard self.rate > 0, self.rate.isFinite else {
        throw options.error("learning_rate", expected: "more than 0", found: rate)
      }
      return
    }
    let name = value["class_name"]?.text ?? "\(value)"
    let config = KerasOptions(
      value["config"] ?? .object(KerasObject()), subject: "schedule \(name.prefix(80))",
      file: log.file)
    (rate, schedule) = try KerasSchedule.schedule(name, config, step: step, log: &log)
    guard rate > 0, rate.isFinite else {
      throw config.error("its rate at step \(step): expected more than 0, found \(rate)")
    }
  }

  /// A number that was float32 as a person writes it.
  private static func readable(_ rate: Double) -> Double {
    Double("\(Float(rate))") ?? rate
  }
}
