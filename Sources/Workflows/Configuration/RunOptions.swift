import Catalogs
import Training

extension ConfigurationOption {
  /// The options of training itself.
  static let trainingOptions: [ConfigurationOption] = lossOptions + rateOptions + runOptions

  private static let lossOptions: [ConfigurationOption] = [
    ConfigurationOption(
      optional: "loss", .training, "NAME", \.loss, read: { try Specification($0) },
      write: { $0.value },
      "What is made small: \(LossCatalog.standard.names.joined(separator: ", ")), with options as "
        + "in cross_entropy(label_smoothing=0.1); cross_entropy for classes and "
        + "mean_squared_error for numbers when not given"
    ).offering(LossCatalog.standard.names),
    ConfigurationOption(
      "losses", .training, "LOSSES", \.losses, read: losses,
      write: { .map($0.mapValues { $0.value }) },
      "What is made small for single targets where there are several, as in price=huber"),
    ConfigurationOption(
      "loss_weights", .training, "WEIGHTS", \.lossWeights, read: weights,
      write: { .map($0.mapValues { .number($0) }) },
      "What the losses of single targets count, as in price=0.5 (1)"),
    ConfigurationOption(
      "class_weights", .training, "WEIGHTS", \.classWeights, read: classWeighting,
      write: { weighting in
        switch weighting {
        case .none: .text("none")
        case .balanced: .text("balanced")
        case .weights(let weights): .list(weights.map { .number($0) })
        }
      }, "Weights of the classes in the loss: none, balanced, or numbers in class order (none)"
    ).offering(["none", "balanced"]),
    ConfigurationOption(
      "l1", .training, "NUMBER", \.l1, read: number("0 or more") { $0 >= 0 },
      write: { .number($0) },
      "Weight of the sum of magnitudes of all kernels in the loss (0)"),
    ConfigurationOption(
      "l2", .training, "NUMBER", \.l2, read: number("0 or more") { $0 >= 0 },
      write: { .number($0) },
      "Weight of the sum of squares of all kernels in the loss (0)"),
  ]

  private static let rateOptions: [ConfigurationOption] = [
    ConfigurationOption(
      "optimizer", .training, "NAME", \.optimizer, read: { try Specification($0) },
      write: { $0.value },
      "How parameters follow gradients: "
        + "\(OptimizerCatalog.standard.names.joined(separator: ", ")) (adamw)"
    ).offering(OptimizerCatalog.standard.names),
    ConfigurationOption(
      optional: "learning_rate", .training, "NUMBER", \.learningRate,
      read: number("more than 0") { $0 > 0 },
      write: { .number($0) }, "Learning rate before the schedule; the optimizer's usual one"),
    ConfigurationOption(
      optional: "momentum", .training, "SHARE", \.momentum,
      read: number("0 up to below 1") { $0 >= 0 && $0 < 1 },
      write: { .number($0) }, "Share of the velocity that is kept, where the optimizer has one"),
    ConfigurationOption(
      optional: "weight_decay", .training, "NUMBER", \.weightDecay,
      read: number("0 or more") { $0 >= 0 },
      write: { .number($0) }, "How strongly parameters are drawn to zero; the optimizer's usual"),
    ConfigurationOption(
      optional: "clip_norm", .training, "NUMBER", \.clipNorm,
      read: number("more than 0") { $0 > 0 },
      write: { .number($0) }, "Largest norm of the whole gradient; larger ones are scaled down"),
    ConfigurationOption(
      optional: "clip_value", .training, "NUMBER", \.clipValue,
      read: number("more than 0") { $0 > 0 },
      write: { .number($0) }, "Largest magnitude of a gradient's element; larger ones are cut"),
    ConfigurationOption(
      "schedule", .training, "NAME", \.schedule, read: { try Specification($0) },
      write: { $0.value },
      "How the learning rate changes: "
        + "\(ScheduleCatalog.standard.names.joined(separator: ", ")), with options as in "
        + "step(every=10, factor=0.5) (cosine)"
    ).offering(ScheduleCatalog.standard.names),
    ConfigurationOption(
      optional: "schedule_unit", .training, "UNIT", \.scheduleUnit,
      read: { try $0.choice(ScheduleUnit.self) }, write: { .text($0.rawValue) },
      "What the schedule counts: step or epoch; epoch, but step for cosine"
    ).offering(ScheduleUnit.allCases.map { $0.rawValue }),
    ConfigurationOption(
      "warmup", .training, "LENGTH", \.warmUp,
      read: { value in
        if value.isNone { return WarmUp.none }
        guard let warmUp = WarmUp(try value.string()) else {
          throw ConfigurationMismatch(expected: "steps or a share such as 5%", found: value)
        }
        return warmUp
      }, write: { .text($0.description) },
      "Rise of the learning rate at the start, in steps (100) or as a share (5%); 0 for none (5%)"
    ),
  ]

  private static let runOptions: [ConfigurationOption] = [
    ConfigurationOption(
      "epochs", .training, "COUNT", \.epochs, read: positive, write: { .integer($0) },
      "How often every row is seen, at most (100)"),
    ConfigurationOption(
      optional: "batch_size", .training, "ROWS", \.batchSize,
      read: { try $0 == .text("all") ? Int.max : positive($0) }, write: { .integer($0) },
      "Rows in one step, or all; 8 to 512 by the number of rows when not given, all for "
        + "gradient_descent"),
    ConfigurationOption(
      optional: "patience", .training, "EPOCHS", \.patience, read: positive,
      write: { .integer($0) },
      "Epochs without a better validation loss before stopping; none for never (20)"),
    ConfigurationOption(
      "seed", .training, "NUMBER", \.seed,
      read: { value in
        guard let seed = UInt64(try value.string()) else {
          throw ConfigurationMismatch(expected: "a whole number from 0", found: value)
        }
        return seed
      }, write: { Int(exactly: $0).map { .integer($0) } ?? .text("\($0)") },
      "From which everything random is drawn (0)"),
    ConfigurationOption(
      optional: "threads", .training, "COUNT", \.threads, read: positive,
      write: { .integer($0) }, "Threads that work on a batch; all processors when not given"),
    ConfigurationOption(
      optional: "checkpoint_every", .training, "STEPS", \.checkpointEvery, read: positive,
      write: { .integer($0) }, "Write a checkpoint after every so many steps"),
    ConfigurationOption(
      "checkpoint_minutes", .training, "MINUTES", \.checkpointMinutes,
      read: number("0 or more") { $0 >= 0 }, write: { .number($0) },
      "Write a checkpoint after every so many minutes; 0 for never (5)"),
  ]

  @Sendable private static func classWeighting(_ value: ConfigurationValue) throws -> ClassWeighting
  {
    if value.isNone { return .none }
    if case .text(let text) = value, text.lowercased() == "balanced" { return .balanced }
    return .weights(try value.list().map { try $0.double() })
  }
}

// MARK: - Several targets

extension ConfigurationOption {
  @Sendable fileprivate static func losses(
    _ value: ConfigurationValue
  ) throws -> [String: Specification] {
    try byTarget(value).mapValues { value in
      let specification = try Specification(value)
      _ = try specification.makeLoss()
      return specification
    }
  }

  @Sendable fileprivate static func weights(
    _ value: ConfigurationValue
  ) throws -> [String: Double] {
    try byTarget(value).mapValues(number("0 or more") { $0 >= 0 && $0.isFinite })
  }

  /// Values by target, as a mapping or as in `price=huber,kind=focal(gamma=2)`.
  private static func byTarget(
    _ value: ConfigurationValue
  ) throws -> [String: ConfigurationValue] {
    guard case .text(let text) = value, !value.isNone else { return try value.map() }
    var values: [String: ConfigurationValue] = [:]
    for part in CallSyntax.parts(text[...]) {
      let sides = part.split(separator: "=", maxSplits: 1)
      guard sides.count == 2 else {
        throw ConfigurationMismatch(expected: "target=value", found: value)
      }
      values[String(sides[0])] = .text(String(sides[1]))
    }
    return values
  }
}
