import Catalogs
import Foundation
import Training

/// A kind out of a catalogue with some of its options.
///
/// Written as a word, `adamw`, as a word with options, `adamw(beta2=0.99)`, or in YAML as a
/// mapping, `{kind: adamw, beta2: 0.99}`.
public struct Specification: Hashable, Sendable {
  /// The name of the kind.
  public var kind: String

  /// The options that are not the usual ones.
  public var options: [String: ConfigurationValue]

  /// A kind with options.
  public init(_ kind: String, options: [String: ConfigurationValue] = [:]) {
    self.kind = kind
    self.options = options
  }
}

// MARK: - Reading and writing

extension Specification {
  init(_ value: ConfigurationValue) throws {
    switch value {
    case .text(let text):
      try self.init(parsing: text)
    case .map(var options):
      guard let kind = try options.removeValue(forKey: "kind")?.string() else {
        throw ConfigurationMismatch(
          expected: "a name, or a 'kind' with options as in {kind: focal, gamma: 2}", found: value)
      }
      self.init(kind, options: options)
    default:
      throw ConfigurationMismatch(expected: "a name, or a name with options", found: value)
    }
  }

  private init(parsing text: String) throws {
    let call = try CallSyntax(text)
    guard call.main == nil else {
      throw ConfigurationMismatch(expected: "name(option=value, …)", found: .text(text))
    }
    self.init(call.name, options: call.options)
  }

  var value: ConfigurationValue {
    options.isEmpty ? .text(kind) : .map(options.merging(["kind": .text(kind)]) { $1 })
  }
}

// MARK: - Making

extension Specification {
  func makeLoss() throws -> any Loss {
    let kind = try LossCatalog.standard.entry(named: kind)
    let loss = try make(kind.defaults)
    try naming(kind.kind) { try loss.validate() }
    return loss
  }

  func makeOptimizer() throws -> any Optimizer {
    let kind = try OptimizerCatalog.standard.entry(named: kind)
    let optimizer = try make(kind.defaults)
    try naming(kind.kind) { try optimizer.validate() }
    return optimizer
  }

  func makeSchedule() throws -> any Schedule {
    let kind = try ScheduleCatalog.standard.entry(named: kind)
    let schedule = try make(kind.defaults)
    try naming(kind.kind) { try schedule.validate() }
    return schedule
  }

  /// Puts the kind before the name of an option that is wrong.
  private func naming(_ kind: String, _ check: () throws -> Void) throws {
    do {
      try check()
    } catch let error as OptionError {
      throw SpecificationError(kind: kind, option: error.name, problem: error.problem)
    }
  }

  /// The usual value with this specification's options put in.
  private func make<Value: Codable>(_ defaults: Value) throws -> Value {
    let stored = try JSONEncoder().encode(defaults)
    guard case .map(var values) = try JSONDecoder().decode(ConfigurationValue.self, from: stored)
    else { return defaults }
    for (name, given) in options {
      let key = name.replacing("-", with: "_")
      guard let usual = values[key] else {
        let choices = values.isEmpty ? "it has none" : values.keys.sorted().joined(separator: ", ")
        let near = suggestion(for: name, among: values.keys.sorted())
        throw UnknownOption(
          kind: kind, name: name, hint: near.isEmpty ? "; known: \(choices)" : near)
      }
      do {
        values[key] = try given.read(like: usual)
      } catch {
        throw SpecificationError(kind: kind, option: name, problem: "\(error)")
      }
    }
    return try JSONDecoder().decode(
      Value.self, from: JSONEncoder().encode(ConfigurationValue.map(values)))
  }
}

/// An option of a kind whose value is wrong.
struct SpecificationError: Error, CustomStringConvertible {
  let kind: String
  let option: String
  let problem: String

  var description: String { "\(kind): \(option): \(problem)" }
}

/// An option that a kind does not have.
struct UnknownOption: Error, CustomStringConvertible {
  let kind: String
  let name: String
  let hint: String

  var description: String { "'\(kind)' has no option '\(name)'\(hint)" }
}

extension ConfigurationValue {
  /// This value read as the type that another has.
  func read(like usual: ConfigurationValue) throws -> ConfigurationValue {
    switch usual {
    case .flag: .flag(try bool())
    case .integer, .number: .number(try double())
    case .list: .list(try list().map { .number(try $0.double()) })
    case .text: .text(try string())
    case .none, .map: self
    }
  }
}
