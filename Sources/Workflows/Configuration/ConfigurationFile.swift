import Catalogs
import Foundation
import Yams

/// A configuration in YAML: one key per option, each as the flag of that name.
public enum ConfigurationFile {
  /// The options that a file sets, in its order.
  ///
  /// - Throws: ``ConfigurationError/line(_:file:problem:)``, or ``FileError`` when it cannot be read.
  public static func read(_ path: String) throws -> [(name: String, value: ConfigurationValue)] {
    try contents(path).values
  }

  /// The options that a file sets, in its order, and where each stands.
  ///
  /// - Throws: as ``read(_:)``.
  static func contents(
    _ path: String
  ) throws -> (values: [(name: String, value: ConfigurationValue)], places: ConfigurationPlaces) {
    try parse(TextFile.read(path, limit: 1 << 20), file: path)
  }

  static func parse(
    _ text: String, file: String
  ) throws -> (values: [(name: String, value: ConfigurationValue)], places: ConfigurationPlaces) {
    var places = ConfigurationPlaces(file: file)
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw ConfigurationError.line(line(of: error), file: file, problem: problem(of: error))
    }
    guard let node else { return ([], places) }
    guard case .mapping(let mapping) = node else {
      throw ConfigurationError.line(
        1, file: file, problem: "expected one 'option: value' per line")
    }
    var values: [(name: String, value: ConfigurationValue)] = []
    for (key, value) in mapping {
      let line = key.mark?.line ?? 1
      let name = key.string ?? ""
      do {
        let option = try ConfigurationOption.named(name)
        places.note(line, at: option.name)
        var budget = mostValues
        let converted = try ConfigurationValue(
          yaml: value, path: option.name, places: &places, budget: &budget)
        // Each value is tried at once, so that a message can name its line.
        var scratch = Configuration()
        try option.set(&scratch, converted)
        values.append((option.name, converted))
      } catch let error as DescriptionError {
        throw places.locate(error)
      } catch let error as UnknownNameError {
        throw ConfigurationError.line(line, file: file, problem: "\(error)")
      } catch {
        throw ConfigurationError.line(line, file: file, problem: "\(name): \(error)")
      }
    }
    return (values, places)
  }

  /// The most values of one option, which names for parts of a file could multiply.
  private static let mostValues = 100_000

  private static func line(of error: YamlError) -> Int {
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      mark.line
    case .duplicatedKeysInMapping(_, let context): context.mark.line
    default: 1
    }
  }

  private static func problem(of error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
      .composer(_, let problem, _, _):
      problem
    case .duplicatedKeysInMapping(let names, _):
      "\(names.joined(separator: ", ")): given more than once"
    default: "not YAML"
    }
  }
}

extension ConfigurationValue {
  /// Takes over a value, and notes the line of every part.
  fileprivate init(
    yaml node: Node, path: String, places: inout ConfigurationPlaces, budget: inout Int,
    depth: Int = 0
  ) throws {
    guard depth < 16 else {
      throw ConfigurationMismatch(expected: "fewer levels", found: .text("more than 16"))
    }
    budget -= 1
    guard budget > 0 else {
      throw ConfigurationMismatch(expected: "fewer values", found: .text("more than 100000"))
    }
    switch node {
    case .scalar(let scalar):
      self = .text(scalar.string)
    case .sequence(let sequence):
      var values: [ConfigurationValue] = []
      for (place, part) in sequence.enumerated() {
        let partPath = "\(path)[\(place)]"
        places.note(part.mark?.line, at: partPath)
        values.append(
          try ConfigurationValue(
            yaml: part, path: partPath, places: &places, budget: &budget, depth: depth + 1))
      }
      self = .list(values)
    case .mapping(let mapping):
      var values: [String: ConfigurationValue] = [:]
      for (key, value) in mapping {
        let name = key.string ?? ""
        let partPath = "\(path).\(name)"
        places.note(key.mark?.line, at: partPath)
        values[name] = try ConfigurationValue(
          yaml: value, path: partPath, places: &places, budget: &budget, depth: depth + 1)
      }
      self = .map(values)
    case .alias:
      throw ConfigurationMismatch(expected: "a plain value", found: .text("an alias"))
    }
  }
}

// MARK: - Writing

extension ConfigurationFile {
  /// A commented file with every option at its usual value, ready to be changed.
  public static func template() -> String {
    var lines = [
      "# Options of nnmodel train and finetune; each is also a flag: batch_size is --batch-size.",
      "# Use it with: nnmodel train data.csv --config FILE. A flag overrides the file.",
    ]
    let usual = Configuration()
    for section in ConfigurationOption.Section.allCases {
      lines += ["", "# --- \(section.rawValue) ---"]
      for option in ConfigurationOption.all where option.section == section {
        lines += [""] + wrapped(option.help, width: 96).map { "# \($0)" }
        let value = option.get(usual)
        // What is found out when not given stays commented out.
        lines.append(value.isNone ? "# \(option.name):" : "\(option.name): \(value.yaml)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [line]
  }
}

extension ConfigurationValue {
  /// The value on one line of YAML.
  public var yaml: String {
    switch self {
    case .none: "none"
    case .text(let text):
      ConfigurationValue.isPlainYAML(text)
        ? text : "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    case .flag(let flag): "\(flag)"
    case .integer(let integer): "\(integer)"
    case .number(let number):
      number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    case .list(let values): "[" + values.map { $0.yaml }.joined(separator: ", ") + "]"
    case .map(let values):
      "{"
        + values.sorted { $0.key < $1.key }
        .map { "\(ConfigurationValue.text($0.key).yaml): \($0.value.yaml)" }
        .joined(separator: ", ") + "}"
    }
  }

  private static func isPlainYAML(_ text: String) -> Bool {
    !text.isEmpty && text.first?.isWhitespace == false && text.last?.isWhitespace == false
      && text.allSatisfy { $0.isLetter || $0.isNumber || "_-.() /".contains($0) }
  }
}
