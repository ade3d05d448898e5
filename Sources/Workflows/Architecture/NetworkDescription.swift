import Catalogs
import Foundation
import Networks

/// A network in words: layers, where each takes its input, and parts that are used several times.
///
/// In YAML a list of layers, each a word, a word with its main option, or a word with options; on
/// the command line the same as `convolution_2d(filters=32, kernel_size=3), relu, flatten, output`.
///
/// ```yaml
/// network:
///   parts:
///     tower: [{dense: 32}, relu]
///   layers:
///     - tower: {from: left}
///     - tower: {from: right}
///     - concatenate: {from: [tower_1, tower_2]}
///     - dense: {units: 16, activation: relu, name: joined}
///     - output
/// ```
public struct NetworkDescription: Hashable, Sendable {
  /// The description as it was given.
  let value: ConfigurationValue

  /// The layers in order.
  var layers: [Entry]

  /// Groups of layers that are used by name, everywhere with the same weights.
  var parts: [String: [Entry]]

  /// One layer, one use of a part, or several layers that are stacked.
  struct Entry: Hashable, Sendable {
    /// A kind of layer, an activation function, the name of a part, or one of ``Keyword``.
    var kind: String
    /// The value that stands for the main option, as 64 in `dense: 64`.
    var main: ConfigurationValue?
    /// Options by name, without those that stand below.
    var options: [String: ConfigurationValue] = [:]
    /// The name of the value that comes out.
    var name: String?
    /// Where the inputs come from; the entry before when nil.
    var from: [String]?
    /// The layer whose weights are used.
    var sharedWith: String?
    /// Parameters that are another layer's, as in `{kernel: embedding_1/kernel}`.
    var ties: [String: String] = [:]
    /// The layers that are stacked.
    var layers: [Entry] = []
    /// Where it stands in the configuration, for messages: `network.layers[2].dense`.
    var path: String
  }

  /// Words that are no layers.
  enum Keyword {
    /// The dense layer that gives what the target needs.
    static let output = "output"
    /// Layers put one behind the other several times, each time with weights of their own.
    static let stack = "stack"
    /// What the columns that are no inputs of their own give, beside each other.
    static let table = "table"
  }
}

/// What is wrong at a place of a description.
struct DescriptionError: Error, CustomStringConvertible {
  /// As ``NetworkDescription/Entry/path``.
  let path: String
  let problem: String

  var description: String { "\(path): \(problem)" }
}

// MARK: - Reading

extension NetworkDescription {
  /// Reads a description.
  ///
  /// - Throws: ``DescriptionError`` naming the place.
  init(_ value: ConfigurationValue) throws {
    let root = "network"
    self.value = value
    parts = [:]
    guard case .map(var map) = value else {
      layers = try NetworkDescription.entries(value, at: root)
      try check(root)
      return
    }
    guard let list = map.removeValue(forKey: "layers") else {
      throw DescriptionError(
        path: root, problem: "expected a list of layers, or a mapping with 'layers' and 'parts'")
    }
    layers = try NetworkDescription.entries(list, at: "\(root).layers")
    if let given = map.removeValue(forKey: "parts") {
      guard case .map(let given) = given else {
        throw DescriptionError(
          path: "\(root).parts", problem: "expected parts by name, found \(given.words)")
      }
      for (name, list) in given {
        parts[name] = try NetworkDescription.entries(list, at: "\(root).parts.\(name)")
      }
    }
    if let other = map.keys.sorted().first {
      throw DescriptionError(
        path: "\(root).\(other)",
        problem: "unknown key\(suggestion(for: other, among: ["layers", "parts"])); expected "
          + "'layers' and 'parts'")
    }
    try check(root)
  }

  private func check(_ root: String) throws {
    guard !layers.isEmpty else {
      throw DescriptionError(path: root, problem: "expected at least one layer, found none")
    }
  }

  fileprivate static func entries(
    _ value: ConfigurationValue, at path: String
  ) throws -> [Entry] {
    var values: [ConfigurationValue]
    switch value {
    case .list(let list): values = list
    case .text(let text):
      values = CallSyntax.parts(text[...]).map {
        .text($0.trimmingCharacters(in: .whitespacesAndNewlines))
      }
    default:
      throw DescriptionError(path: path, problem: "expected a list of layers, found \(value.words)")
    }
    return try values.enumerated().map { try Entry($1, at: "\(path)[\($0)]") }
  }
}

extension NetworkDescription.Entry {
  init(_ value: ConfigurationValue, at path: String) throws {
    switch value {
    case .text(let text):
      do {
        let call = try CallSyntax(text)
        kind = call.name
        main = call.main
        options = call.options
      } catch {
        throw DescriptionError(path: path, problem: "\(error)")
      }
      self.path = path
    case .map(let map):
      guard map.count == 1, let (kind, value) = map.first else {
        throw DescriptionError(
          path: path,
          problem:
            "expected one layer per entry, as in dense: {units: 64, activation: relu}, found "
            + "the keys \(map.keys.sorted().joined(separator: ", "))")
      }
      self.kind = kind
      self.path = "\(path).\(kind)"
      switch value {
      case .map(let given): options = given
      case _ where value.isNone: break
      default: main = value
      }
    default:
      throw DescriptionError(path: path, problem: "expected a layer, found \(value.words)")
    }
    kind = kind.lowercased().replacing("-", with: "_")
    guard kind != NetworkDescription.Keyword.stack else {
      layers = try stacked()
      return
    }
    try takeCommonKeys()
  }

  /// Takes the keys out of the options that every entry may have.
  private mutating func takeCommonKeys() throws {
    name = try take("name") { try $0.string() }
    from = try take("from") { try $0.list().map { try $0.string() } }
    sharedWith = try take("share") { try $0.string() }
    ties = try take("tie") { try $0.map().mapValues { try $0.string() } } ?? [:]
  }

  private mutating func take<Value>(
    _ key: String, _ read: (ConfigurationValue) throws -> Value
  ) throws -> Value? {
    guard let value = options.removeValue(forKey: key) else { return nil }
    do {
      return try read(value)
    } catch {
      throw DescriptionError(path: "\(path).\(key)", problem: "\(error)")
    }
  }

  /// The layers of a stack, as often as is asked.
  private mutating func stacked() throws -> [NetworkDescription.Entry] {
    let times = try take("times") { try ConfigurationOption.positive($0) }
    let list = try take("layers") { $0 }
    from = try take("from") { try $0.list().map { try $0.string() } }
    guard let times, let list else {
      throw DescriptionError(
        path: path, problem: "expected 'times' and 'layers', as in {times: 3, layers: [dense(64)]}")
    }
    if let other = options.keys.sorted().first {
      throw DescriptionError(
        path: "\(path).\(other)", problem: "unknown key; a stack has 'times', 'layers' and 'from'")
    }
    let once = try NetworkDescription.entries(list, at: "\(path).layers")
    let size = once.reduce(0) { $0 + max($1.layers.count, 1) }
    let most = Network.mostNodes / max(size, 1)
    guard times <= most else {
      throw DescriptionError(
        path: "\(path).times", problem: "expected 1 to \(most), found \(times)")
    }
    for entry in once where entry.name != nil && times > 1 {
      throw DescriptionError(
        path: "\(entry.path).name", problem: "a layer that stands \(times) times can have no name")
    }
    return Array(repeating: once, count: times).flatMap { $0 }
  }
}
