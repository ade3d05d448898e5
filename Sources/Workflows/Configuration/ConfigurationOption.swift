import Catalogs
import Training

/// One option of ``Configuration``: its name, its meaning, and how it is read and written.
///
/// The same list serves the flags of the tool, the keys of YAML files, `init-config`, the
/// configuration in model files, and what `inspect` prints: a new option is one entry.
public struct ConfigurationOption: Sendable {
  /// The parts of a configuration.
  public enum Section: String, Sendable, CaseIterable {
    case table, network, training
  }

  /// The name in YAML and in files, as in `batch_size`.
  public let name: String

  /// The part of the configuration it belongs to.
  public let section: Section

  /// What stands for its value in help, as in `ROWS`.
  public let placeholder: String

  /// What it means and what it usually is, as one line.
  public let help: String

  /// The words it can be, for completion; empty where it takes anything else.
  public private(set) var words: [String] = []

  let set: @Sendable (inout Configuration, ConfigurationValue) throws -> Void
  let get: @Sendable (Configuration) -> ConfigurationValue

  /// The flag, as in `--batch-size`.
  public var flag: String { "--" + name.replacing("_", with: "-") }

  init<Value>(
    _ name: String, _ section: Section, _ placeholder: String,
    _ path: WritableKeyPath<Configuration, Value> & Sendable,
    read: @escaping @Sendable (ConfigurationValue) throws -> Value,
    write: @escaping @Sendable (Value) -> ConfigurationValue, _ help: String
  ) {
    self.name = name
    self.section = section
    self.placeholder = placeholder
    self.help = help
    set = { configuration, value in configuration[keyPath: path] = try read(value) }
    get = { configuration in write(configuration[keyPath: path]) }
  }

  init<Value>(
    optional name: String, _ section: Section, _ placeholder: String,
    _ path: WritableKeyPath<Configuration, Value?> & Sendable,
    read: @escaping @Sendable (ConfigurationValue) throws -> Value,
    write: @escaping @Sendable (Value) -> ConfigurationValue, _ help: String
  ) {
    self.init(
      name, section, placeholder, path, read: { try $0.optional(read) },
      write: { $0.map(write) ?? .none }, help)
  }
}

extension ConfigurationOption {
  /// The same option with the words it can be.
  func offering(_ words: [String]) -> ConfigurationOption {
    var option = self
    option.words = words
    return option
  }
}

// MARK: - Every option

extension ConfigurationOption {
  /// Every option, in the order in which they are documented.
  public static let all: [ConfigurationOption] = tableOptions + networkOptions + trainingOptions

  /// The option of a name, under its YAML or flag spelling.
  ///
  /// - Throws: `UnknownNameError` with the nearest name.
  public static func named(_ name: String) throws -> ConfigurationOption {
    let wanted = name.replacing("-", with: "_").lowercased()
    if let option = all.first(where: { $0.name == wanted }) { return option }
    throw UnknownNameError(subject: "option", name: name, known: all.map { $0.name })
  }
}

// MARK: - All values

extension Configuration {
  /// Sets options by name, each checked by itself.
  ///
  /// - Throws: ``ConfigurationError`` naming the option.
  public mutating func set(_ values: [(name: String, value: ConfigurationValue)]) throws {
    for (name, value) in values {
      let option = try ConfigurationOption.named(name)
      do {
        try option.set(&self, value)
      } catch {
        throw ConfigurationError.option(option.name, problem: "\(error)")
      }
    }
  }

  /// Every option with its value, as a model file keeps it.
  public var values: ConfigurationValue {
    .map(
      Dictionary(
        uniqueKeysWithValues: ConfigurationOption.all.map { ($0.name, $0.get(self)) }))
  }

  /// The configuration that ``values`` describes.
  ///
  /// - Throws: ``ConfigurationError`` naming the option.
  public init(values: ConfigurationValue) throws {
    self.init()
    try set(values.map().sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) })
  }
}

/// What is wrong with a configuration.
public enum ConfigurationError: Error, CustomStringConvertible {
  /// An option's value is wrong.
  case option(String, problem: String)
  /// A place in a configuration file is wrong.
  case line(Int, file: String, problem: String)
  /// Two options do not go together, or one is missing.
  case conflict(String)

  public var description: String {
    switch self {
    case .option(let name, let problem): "\(name): \(problem)"
    case .line(let line, let file, let problem): "\(file): line \(line): \(problem)"
    case .conflict(let problem): problem
    }
  }
}
