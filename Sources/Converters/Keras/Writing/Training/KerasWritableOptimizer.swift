import Training

/// An optimizer that Keras has too.
protocol KerasWritableOptimizer: Optimizer {
  /// The optimizer of Keras.
  ///
  /// - Parameter rate: the learning rate of the last step, where Keras keeps what was multiplied by it.
  func keras(rate: Double, log: inout ConversionLog) throws -> WrittenKerasOptimizer
}

/// An optimizer of Keras: what it is, and what it keeps.
struct WrittenKerasOptimizer {
  /// Numbers that it keeps for every variable.
  struct Slot {
    /// The name in Keras.
    var name: String
    /// The slot of the optimizer here.
    var source: String
    /// What its numbers are multiplied with.
    var factor = 1.0
  }

  var className: String
  var name: String
  var options: [WrittenKerasValue.Member]
  var slots: [Slot] = []
  /// Whether all slots of a variable stand beside each other; otherwise all variables of a slot do.
  var isInterleaved = true
  /// Keras' own decay of weights, which is taken from the weights themselves.
  var weightDecay: Double?
}

extension GradientDescent: KerasWritableOptimizer {
  func keras(rate: Double, log: inout ConversionLog) throws -> WrittenKerasOptimizer {
    .descent(momentum: 0, isNesterov: false, weightDecay: weightDecay, rate: rate)
  }
}

extension SGD: KerasWritableOptimizer {
  func keras(rate: Double, log: inout ConversionLog) throws -> WrittenKerasOptimizer {
    .descent(momentum: 0, isNesterov: false, weightDecay: weightDecay, rate: rate)
  }
}

extension Momentum: KerasWritableOptimizer {
  func keras(rate: Double, log: inout ConversionLog) throws -> WrittenKerasOptimizer {
    log.change("optimizer slot velocity", "times minus the learning rate, as Keras keeps it")
    return .descent(momentum: momentum, isNesterov: false, weightDecay: 0, rate: rate)
  }
}

extension Nesterov: KerasWritableOptimizer {
  func keras(rate: Double, log: inout ConversionLog) throws -> WrittenKerasOptimizer {
    log.change("optimizer slot velocity", "times minus the learning rate, as Keras keeps it")
    return .descent(momentum: momentum, isNesterov: true, weightDecay: 0, rate: rate)
  }
}

extension WrittenKerasOptimizer {
  /// Gradient descent. Without momentum it is the same whether decay is taken from the gradient or from
  /// the weights.
  fileprivate static func descent(
    momentum: Double, isNesterov: Bool, weightDecay: Double, rate: Double
  ) -> WrittenKerasOptimizer {
    WrittenKerasOptimizer(
      className: "SGD", name: "sgd",
      options: [.init("momentum", .number(momentum)), .init("nesterov", .truth(isNesterov))],
      slots: momentum > 0 ? [Slot(name: "momentum", source: "velocity", factor: -rate)] : [],
      weightDecay: weightDecay > 0 ? weightDecay : nil)
  }

  /// Adam, with or without a decay of its own.
  fileprivate static func adam(
    _ className: String, _ name: String, _ beta1: Double, _ beta2: Double, epsilon: Double,
    weightDecay: Double?, log: inout ConversionLog
  ) -> WrittenKerasOptimizer {
    log.change(
      "optimizer's epsilon",
      "Keras adds it to the root before the bias of the second moment is corrected; \(epsilon)")
    return WrittenKerasOptimizer(
      className: className, name: name,
      options: [
        .init("beta_1", .number(beta1)), .init("beta_2", .number(beta2)),
        .init("epsilon", .number(epsilon)), .init("amsgrad", false),
      ],
      slots: [
        Slot(name: "momentum", source: "first_moment"),
        Slot(name: "velocity", source: "second_moment"),
      ], weightDecay: weightDecay)
  }
}

extension Adam: KerasWritableOptimizer {
  func keras(rate: Double, log: inout ConversionLog) throws -> WrittenKerasOptimizer {
    .adam("Adam", "adam", beta1, beta2, epsilon: epsilon, weightDecay: nil, log: &log)
  }
}

extension AdamW: KerasWritableOptimizer {
  func keras(rate: Double, log: inout ConversionLog) throws -> WrittenKerasOptimizer {
    .adam("AdamW", "adam_w", beta1, beta2, epsilon: epsilon, weightDecay: weightDecay, log: &log)
  }
}

extension AdaGrad: KerasWritableOptimizer {
  func keras(rate: Double, log: inout ConversionLog) throws -> WrittenKerasOptimizer {
    // √(s + ε²) is ε where s is 0, and all but √s + ε elsewhere.
    log.change("optimizer's epsilon", "its square, which Keras adds below the root")
    return WrittenKerasOptimizer(
      className: "Adagrad", name: "adagrad",
      options: [
        .init("initial_accumulator_value", 0.0), .init("epsilon", .number(epsilon * epsilon)),
      ], slots: [WrittenKerasOptimizer.Slot(name: "accumulator", source: "sum_of_squares")])
  }
}

extension RMSProp: KerasWritableOptimizer {
  func keras(rate: Double, log: inout ConversionLog) throws -> WrittenKerasOptimizer {
    log.change("optimizer's epsilon", "its square, which Keras adds below the root")
    var slots = [WrittenKerasOptimizer.Slot(name: "velocity", source: "mean_square")]
    if momentum > 0 {
      log.change("optimizer slot velocity", "times the learning rate, as Keras keeps it")
      slots.append(WrittenKerasOptimizer.Slot(name: "momentum", source: "velocity", factor: rate))
    }
    return WrittenKerasOptimizer(
      className: "RMSprop", name: "rm_sprop",
      options: [
        .init("rho", .number(decay)), .init("momentum", .number(momentum)),
        .init("epsilon", .number(epsilon * epsilon)), .init("centered", false),
      ], slots: slots, isInterleaved: false)
  }
}
