import ArgumentParser
import Datasets
import Workflows

/// Flags for options of a configuration. What they mean is written once, in
/// `ConfigurationOption`; here stands only how they appear on the command line.
protocol ConfigurationFlags: ParsableArguments {
  /// Each option with its value, in the order of the options; nil where it was not given.
  var values: [(name: String, value: String?)] { get }
}

extension ConfigurationFlags {
  /// The options that were given.
  var given: [(name: String, value: ConfigurationValue)] {
    values.compactMap { name, value in value.map { (name, .text($0)) } }
  }
}

extension ArgumentHelp {
  /// The help of an option of a configuration.
  static func option(_ name: String) -> ArgumentHelp {
    guard let option = ConfigurationOption.all.first(where: { $0.name == name }) else {
      preconditionFailure("no option is named '\(name)'")
    }
    return ArgumentHelp("\(option.help).", valueName: option.placeholder.lowercased())
  }
}

extension CompletionKind {
  /// The words that an option of a configuration can be.
  static func option(_ name: String) -> CompletionKind? {
    let words = ConfigurationOption.all.first { $0.name == name }?.words ?? []
    return words.isEmpty ? nil : .list(words)
  }
}

/// How a table is read.
struct TableFlags: ConfigurationFlags {
  @Option(name: .long, help: .option("delimiter")) var delimiter: String?
  @Option(name: .long, help: .option("header")) var header: String?
  @Option(name: .long, help: .option("decimal_mark")) var decimalMark: String?

  var values: [(name: String, value: String?)] {
    [("delimiter", delimiter), ("header", header), ("decimal_mark", decimalMark)]
  }

  /// How a table is read, for commands that have no other options of a configuration.
  ///
  /// - Throws: `ConfigurationError` naming the option.
  func csvOptions() throws -> CSVOptions {
    var configuration = Configuration()
    try configuration.set(given)
    return configuration.csvOptions
  }
}

/// What is learned from which columns.
struct ColumnFlags: ConfigurationFlags {
  @Option(name: .long, help: .option("target")) var target: String?
  @Option(name: .long, help: .option("task"), completion: .option("task")) var task: String?
  @Option(name: .long, help: .option("ignore")) var ignore: String?
  @Option(name: .long, help: .option("scaling"), completion: .option("scaling")) var scaling:
    String?
  @Option(name: .long, help: .option("target_scaling"), completion: .option("target_scaling"))
  var targetScaling: String?
  @Option(name: .long, help: .option("encoding"), completion: .option("encoding")) var encoding:
    String?
  @Option(name: .long, help: .option("missing"), completion: .option("missing")) var missing:
    String?
  @Option(name: .long, help: .option("unknown"), completion: .option("unknown")) var unknown:
    String?
  @Option(name: .long, help: .option("missing_column"), completion: .option("missing_column"))
  var missingColumn: String?
  @Option(name: .long, help: .option("columns")) var columns: String?
  @Option(name: .long, help: .option("input")) var input: String?

  var values: [(name: String, value: String?)] {
    [
      ("target", target), ("task", task), ("ignore", ignore), ("scaling", scaling),
      ("target_scaling", targetScaling), ("encoding", encoding), ("missing", missing),
      ("unknown", unknown), ("missing_column", missingColumn), ("columns", columns),
      ("input", input),
    ]
  }
}

/// Which rows are learned from, and which are held out.
struct RowFlags: ConfigurationFlags {
  @Option(name: .long, help: .option("unreadable"), completion: .option("unreadable"))
  var unreadable: String?
  @Option(name: .long, help: .option("validation_split")) var validationSplit: String?
  @Option(
    name: .long, help: .option("validation"), completion: .file(extensions: ["csv", "gz"]))
  var validation: String?

  var values: [(name: String, value: String?)] {
    [
      ("unreadable", unreadable), ("validation_split", validationSplit),
      ("validation", validation),
    ]
  }
}

/// What the network looks like.
struct NetworkFlags: ConfigurationFlags {
  @Option(name: .long, help: .option("network")) var network: String?
  @Option(name: .long, help: .option("hidden")) var hidden: String?
  @Option(name: .long, help: .option("activation"), completion: .option("activation"))
  var activation: String?
  @Option(name: .long, help: .option("dropout")) var dropout: String?
  @Option(name: .long, help: .option("batch_norm")) var batchNorm: String?
  @Option(name: .customLong("init"), help: .option("init"), completion: .option("init"))
  var initializer: String?

  var values: [(name: String, value: String?)] {
    [
      ("network", network), ("hidden", hidden), ("activation", activation), ("dropout", dropout),
      ("batch_norm", batchNorm), ("init", initializer),
    ]
  }
}

/// What is learned, and in which portions: options that hold for a whole run.
struct LearningFlags: ConfigurationFlags {
  @Option(name: .long, help: .option("loss"), completion: .option("loss")) var loss: String?
  @Option(name: .long, help: .option("losses")) var losses: String?
  @Option(name: .long, help: .option("loss_weights")) var lossWeights: String?
  @Option(name: .long, help: .option("optimizer"), completion: .option("optimizer")) var optimizer:
    String?
  @Option(name: .long, help: .option("batch_size")) var batchSize: String?
  @Option(name: .long, help: .option("seed")) var seed: String?

  var values: [(name: String, value: String?)] {
    [
      ("loss", loss), ("losses", losses), ("loss_weights", lossWeights), ("optimizer", optimizer),
      ("batch_size", batchSize), ("seed", seed),
    ]
  }
}

/// How the network is trained: options that can change in the middle of a run.
struct TrainingFlags: ConfigurationFlags {
  @Option(name: .long, help: .option("class_weights"), completion: .option("class_weights"))
  var classWeights: String?
  @Option(name: .long, help: .option("l1")) var l1: String?
  @Option(name: .long, help: .option("l2")) var l2: String?
  @Option(name: .long, help: .option("learning_rate")) var learningRate: String?
  @Option(name: .long, help: .option("momentum")) var momentum: String?
  @Option(name: .long, help: .option("weight_decay")) var weightDecay: String?
  @Option(name: .long, help: .option("clip_norm")) var clipNorm: String?
  @Option(name: .long, help: .option("clip_value")) var clipValue: String?
  @Option(name: .long, help: .option("schedule"), completion: .option("schedule")) var schedule:
    String?
  @Option(name: .long, help: .option("schedule_unit"), completion: .option("schedule_unit"))
  var scheduleUnit: String?
  @Option(name: .long, help: .option("warmup")) var warmup: String?
  @Option(name: .long, help: .option("epochs")) var epochs: String?
  @Option(name: .long, help: .option("patience")) var patience: String?
  @Option(name: .long, help: .option("threads")) var threads: String?
  @Option(name: .long, help: .option("checkpoint_every")) var checkpointEvery: String?
  @Option(name: .long, help: .option("checkpoint_minutes")) var checkpointMinutes: String?

  var values: [(name: String, value: String?)] {
    [
      ("class_weights", classWeights), ("l1", l1), ("l2", l2), ("learning_rate", learningRate),
      ("momentum", momentum), ("weight_decay", weightDecay), ("clip_norm", clipNorm),
      ("clip_value", clipValue), ("schedule", schedule), ("schedule_unit", scheduleUnit),
      ("warmup", warmup), ("epochs", epochs), ("patience", patience), ("threads", threads),
      ("checkpoint_every", checkpointEvery), ("checkpoint_minutes", checkpointMinutes),
    ]
  }
}

/// A configuration file.
struct ConfigurationArgument: ParsableArguments {
  @Option(
    name: .customLong("config"),
    help: ArgumentHelp(
      "Options in YAML, as 'nnmodel init-config' writes them; a flag overrides it.",
      valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var path: String?

  /// What the file sets, then what flags set.
  ///
  /// - Throws: as `ConfigurationFile.read`.
  func values(
    followedBy flags: [any ConfigurationFlags]
  ) throws -> [(name: String, value: ConfigurationValue)] {
    try (path.map { try ConfigurationFile.read($0) } ?? []) + flags.flatMap { $0.given }
  }

  /// The usual configuration with what the file sets, then what flags set.
  ///
  /// - Throws: as `ConfigurationFile.read`.
  func configuration(followedBy flags: [any ConfigurationFlags]) throws -> Configuration {
    var configuration = try path.map { try Configuration(contentsOf: $0) } ?? Configuration()
    try configuration.set(flags.flatMap { $0.given })
    return configuration
  }
}

/// Options that may be given without their value, as in `--batch-norm`, or with a negative number.
enum PlainFlags {
  private static let flags: Set<String> = ["--batch-norm", "--header"]
  private static let truths: Set<String> = ["true", "false", "yes", "no", "on", "off"]

  /// The arguments with `true` for every value that was left out, and with negative numbers made
  /// one word with their option, so that they are not taken for options themselves.
  static func expanded(in arguments: [String]) -> [String] {
    var expanded: [String] = []
    for (index, argument) in arguments.enumerated() {
      if argument.hasPrefix("-"), Double(argument) != nil, let option = expanded.last,
        option.hasPrefix("--"), !option.contains("=")
      {
        expanded[expanded.count - 1] = "\(option)=\(argument)"
        continue
      }
      let next = index + 1 < arguments.count ? arguments[index + 1].lowercased() : ""
      expanded.append(argument)
      if argument == "--" { return expanded + arguments[(index + 1)...] }
      if flags.contains(argument), !truths.contains(next) { expanded.append("true") }
    }
    return expanded
  }
}
