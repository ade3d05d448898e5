import Formats
import Training

/// The optimizers that PyTorch and we have, by what PyTorch stores of them: a state dict does not say its
/// kind, but each has options of its own.
enum TorchOptimizers {
  /// What our slots are called there.
  static let slotNames: [String: [String: String]] = [
    Adam.kind: ["first_moment": "exp_avg", "second_moment": "exp_avg_sq"],
    AdamW.kind: ["first_moment": "exp_avg", "second_moment": "exp_avg_sq"],
    Momentum.kind: ["velocity": "momentum_buffer"],
    Nesterov.kind: ["velocity": "momentum_buffer"],
    RMSProp.kind: ["mean_square": "square_avg", "velocity": "momentum_buffer"],
    AdaGrad.kind: ["sum_of_squares": "sum"],
  ]

  /// The count of steps in the state of a parameter.
  static let stepName = "step"
  static let stateName = "state"
  static let groupsName = "param_groups"
  static let parametersName = "params"
  static let parameterNamesName = "param_names"
  static let rateName = "lr"
  static let initialRateName = "initial_lr"

  /// Options that say how PyTorch computes, not what.
  private static let computingNames: Set<String> = [
    "foreach", "capturable", "differentiable", "fused",
  ]

  /// Options of a group.
  struct Options {
    let tree: PickleTree
    let group: PickleValue
    /// The options that were asked for.
    private(set) var used: Set<String> = []

    init(_ tree: PickleTree, _ group: PickleValue) {
      self.tree = tree
      self.group = group
    }

    func has(_ name: String) -> Bool { tree.value(name, of: group) != nil }

    /// A number; nil where there is none of that name.
    mutating func number(_ name: String) -> Double? {
      used.insert(name)
      guard let value = tree.value(name, of: group) else { return nil }
      return value.number
    }

    /// Two numbers.
    mutating func pair(_ name: String) -> (Double, Double)? {
      used.insert(name)
      guard let value = tree.value(name, of: group), let elements = tree.elements(of: value),
        elements.count == 2, let first = elements[0].number, let second = elements[1].number
      else { return nil }
      return (first, second)
    }
  }

  /// The optimizer of a group's options.
  ///
  /// - Parameter rate: the learning rate from which schedules count.
  /// - Throws: ``ConversionError`` for options that have no counterpart.
  /// - Returns: nil where the kind itself has none, and losses are allowed.
  static func optimizer(
    _ options: inout Options, rate: Double, log: inout ConversionLog
  ) throws -> (any Optimizer)? {
    let decay = options.number("weight_decay") ?? 0
    let result: (any Optimizer)?
    if options.has("betas"), options.has("amsgrad") {
      result = try adam(&options, rate, decay, log: &log)
    } else if options.has("dampening") {
      result = try descent(&options, rate, decay, log: &log)
    } else if options.has("alpha"), options.has("centered") {
      try refuse("centered", &options, log: &log)
      result = RMSProp(
        learningRate: rate, decay: options.number("alpha") ?? 0.99,
        momentum: options.number("momentum") ?? 0, epsilon: options.number("eps") ?? 1e-8,
        weightDecay: decay)
    } else if options.has("initial_accumulator_value") {
      try refuse("lr_decay", &options, log: &log)
      _ = options.number("initial_accumulator_value")
      result = AdaGrad(
        learningRate: rate, epsilon: options.number("eps") ?? 1e-10, weightDecay: decay)
    } else {
      try log.lose("optimizer", "\(name(of: options)) has no counterpart")
      return nil
    }
    try refuse("maximize", &options, log: &log)
    reportRest(of: options, log: &log)
    if let result {
      do {
        try result.validate()
      } catch {
        try log.lose("optimizer", "\(error)")
        return nil
      }
      log.map("optimizer", to: result.kind)
    }
    return result
  }

  private static func adam(
    _ options: inout Options, _ rate: Double, _ decay: Double, log: inout ConversionLog
  ) throws -> any Optimizer {
    try refuse("amsgrad", &options, log: &log)
    let betas = options.pair("betas") ?? (0.9, 0.999)
    let epsilon = options.number("eps") ?? 1e-8
    let isDecoupled: Bool
    if let stored = options.number("decoupled_weight_decay") {
      isDecoupled = stored != 0
    } else {
      // Before 2.7 Adam and AdamW look alike.
      isDecoupled = decay != 0
      if isDecoupled {
        log.change("optimizer", "Adam or AdamW, the file does not say; taken as AdamW")
      }
    }
    if isDecoupled {
      return AdamW(
        learningRate: rate, beta1: betas.0, beta2: betas.1, epsilon: epsilon, weightDecay: decay)
    }
    return Adam(
      learningRate: rate, beta1: betas.0, beta2: betas.1, epsilon: epsilon, weightDecay: decay)
  }

  private static func descent(
    _ options: inout Options, _ rate: Double, _ decay: Double, log: inout ConversionLog
  ) throws -> any Optimizer {
    try refuse("dampening", &options, log: &log)
    let momentum = options.number("momentum") ?? 0
    let isNesterov = (options.number("nesterov") ?? 0) != 0
    guard momentum != 0 else { return SGD(learningRate: rate, weightDecay: decay) }
    return isNesterov
      ? Nesterov(learningRate: rate, momentum: momentum, weightDecay: decay)
      : Momentum(learningRate: rate, momentum: momentum, weightDecay: decay)
  }

  /// Refuses an option that is not 0 or false, for ours have none like it.
  private static func refuse(
    _ name: String, _ options: inout Options, log: inout ConversionLog
  ) throws(ConversionError) {
    guard let value = options.number(name), value != 0 else { return }
    try log.lose("optimizer option \(name)", "expected 0, found \(value); no counterpart")
  }

  private static func reportRest(of options: Options, log: inout ConversionLog) {
    let known = options.used.union([
      parametersName, parameterNamesName, rateName, initialRateName,
    ])
    for entry in options.tree.entries(of: options.group) ?? [] {
      guard case .text(let name) = entry.key, !known.contains(name) else { continue }
      log.ignore(
        "optimizer option \(name)",
        computingNames.contains(name)
          ? "it says how PyTorch computes, not what" : "\(entry.value.kindDescription), not known")
    }
  }

  /// What an optimizer without a counterpart most likely is.
  private static func name(of options: Options) -> String {
    if options.has("rho") { return "Adadelta" }
    if options.has("momentum_decay") { return "NAdam" }
    if options.has("etaminus") || options.has("etas") { return "Rprop" }
    if options.has("max_iter") { return "LBFGS" }
    if options.has("betas"), options.has("decoupled_weight_decay") { return "RAdam" }
    if options.has("betas") { return "Adamax" }
    return "an optimizer with these options"
  }
}

// MARK: - Writing

extension TorchOptimizers {
  /// The options of the only group.
  ///
  /// - Parameters:
  ///   - rate: of the next step.
  ///   - parameterCount: how many parameters there are.
  static func group(
    of optimizer: any Optimizer, rate: Double, parameterCount: Int
  ) -> PyTorchValue? {
    var entries: [(String, PyTorchValue)] = [(rateName, .double(rate))]
    if rate != optimizer.learningRate {
      entries.append((initialRateName, .double(optimizer.learningRate)))
    }
    func decay(_ value: Double) -> (String, PyTorchValue) { ("weight_decay", .double(value)) }
    let computing: [(String, PyTorchValue)] = [
      ("maximize", .bool(false)), ("foreach", .none), ("differentiable", .bool(false)),
    ]
    let capturable: [(String, PyTorchValue)] = [("capturable", .bool(false))]
    let fused: [(String, PyTorchValue)] = [("fused", .none)]
    switch optimizer {
    case let adam as Adam:
      entries += moments(adam.beta1, adam.beta2, adam.epsilon) + [decay(adam.weightDecay)]
      entries += [("amsgrad", .bool(false)), ("decoupled_weight_decay", .bool(false))]
      entries += computing + capturable + fused
    case let adam as AdamW:
      entries += moments(adam.beta1, adam.beta2, adam.epsilon) + [decay(adam.weightDecay)]
      entries += [("amsgrad", .bool(false)), ("decoupled_weight_decay", .bool(true))]
      entries += computing + capturable + fused
    case is SGD, is GradientDescent, is Momentum, is Nesterov:
      let momentum = (optimizer as? Momentum)?.momentum ?? (optimizer as? Nesterov)?.momentum ?? 0
      entries += [("momentum", .double(momentum)), ("dampening", .double(0))]
      entries += [decay(optimizer.weightDecay), ("nesterov", .bool(optimizer is Nesterov))]
      entries += computing + fused
    case let rms as RMSProp:
      entries += [("momentum", .double(rms.momentum)), ("alpha", .double(rms.decay))]
      entries += [("eps", .double(rms.epsilon)), ("centered", .bool(false))]
      entries += [decay(rms.weightDecay)] + computing + capturable
    case let adaGrad as AdaGrad:
      entries += [("lr_decay", .double(0)), ("eps", .double(adaGrad.epsilon))]
      entries += [decay(adaGrad.weightDecay), ("initial_accumulator_value", .double(0))]
      entries += computing + fused
    default: return nil
    }
    entries.append((parametersName, .list((0..<parameterCount).map { .int($0) })))
    return .dictionary(entries.map { (key: .text($0.0), value: $0.1) })
  }

  private static func moments(
    _ first: Double, _ second: Double, _ epsilon: Double
  ) -> [(String, PyTorchValue)] {
    [("betas", .tuple([.double(first), .double(second)])), ("eps", .double(epsilon))]
  }
}
