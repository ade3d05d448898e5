import Catalogs
import Foundation
import Layers
import Networks

/// The options of a kind of layer, from which a description in words makes a layer.
struct LayerOptions {
  let kind: any Layer.Type

  /// The usual value of every option by its name in files; none where it is usually not given.
  private let usual: [String: ConfigurationValue]

  /// The options of a kind.
  init(of kind: any Layer.Type) throws {
    self.kind = kind
    let layer = kind.defaults
    let stored = try JSONDecoder().decode(
      ConfigurationValue.self, from: JSONEncoder().encode(AnyEncodable(layer)))
    var usual: [String: ConfigurationValue] = [:]
    if case .map(let map) = stored { usual = map }
    // What is usually not given is not stored either.
    for name in LayerOptionNames.of(kind) where usual[name] == nil {
      usual[name] = ConfigurationValue.none
    }
    self.usual = usual
  }

  /// The names of all options.
  var names: [String] { usual.keys.sorted() }

  /// A layer with the given options.
  ///
  /// - Parameters:
  ///   - options: texts, as YAML and flags give them.
  ///   - main: the value that stands for the main option.
  ///   - path: where it stands, for messages.
  /// - Throws: ``DescriptionError`` naming the option.
  func layer(
    _ options: [String: ConfigurationValue], main: ConfigurationValue?, at path: String
  ) throws -> any Layer {
    var given: [String: ConfigurationValue] = [:]
    for (name, value) in options { given[name.replacing("-", with: "_")] = value }
    if let main {
      guard let name = kind.mainOption else {
        throw DescriptionError(
          path: path,
          problem: "'\(kind.kind)' takes no single value"
            + (usual.isEmpty ? "" : "; its options are \(names.joined(separator: ", "))"))
      }
      given[name] = main
    }
    var values = usual.filter { !$0.value.isNone }
    for (name, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let like = usual[name] else {
        let near = suggestion(for: name, among: names)
        let known = usual.isEmpty ? "; it has none" : "; known: \(names.joined(separator: ", "))"
        throw DescriptionError(
          path: "\(path).\(name)",
          problem: "'\(kind.kind)' has no option '\(name)'\(near.isEmpty ? known : near)")
      }
      if kind == Bidirectional.self, name == "layer" {
        values[name] = try LayerOptions.nested(value, at: "\(path).layer")
        continue
      }
      do {
        values[name] = try value.read(likeOption: like)
        // Each is tried by itself, so that a message can name its place.
        var tried = usual.filter { !$0.value.isNone }
        tried[name] = values[name]
        _ = try decode(tried)
      } catch {
        throw DescriptionError(path: "\(path).\(name)", problem: LayerOptions.words(error))
      }
    }
    for name in kind.neededOptions where given[name] == nil {
      throw DescriptionError(path: path, problem: "'\(kind.kind)' needs '\(name)'")
    }
    do {
      return try decode(values)
    } catch {
      throw DescriptionError(path: path, problem: LayerOptions.words(error))
    }
  }

  /// A layer inside another, as a file holds it.
  private static func nested(
    _ value: ConfigurationValue, at path: String
  ) throws -> ConfigurationValue {
    let entry = try NetworkDescription.Entry(value, at: path)
    let kind: any Layer.Type
    do {
      kind = try LayerCatalog.standard.entry(named: entry.kind)
    } catch {
      throw DescriptionError(path: path, problem: "\(error)")
    }
    let layer = try LayerOptions(of: kind).layer(entry.options, main: entry.main, at: entry.path)
    let stored = try JSONDecoder().decode(
      ConfigurationValue.self, from: JSONEncoder().encode(AnyEncodable(layer)))
    return .map(["kind": .text(kind.kind), "options": stored])
  }

  private func decode(_ values: [String: ConfigurationValue]) throws -> any Layer {
    try JSONDecoder().decode(kind, from: JSONEncoder().encode(ConfigurationValue.map(values)))
  }

  private static func words(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .dataCorrupted(let context): context.debugDescription
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "expected another kind of value: \(context.debugDescription)"
    case .keyNotFound(let key, _): "expected '\(key.stringValue)', found none"
    default: "\(error)"
    }
  }
}

extension ConfigurationValue {
  /// This value read as the type of an option's usual value. One number stands for a list of as many
  /// as usual: `3` for `[3, 3]`.
  fileprivate func read(likeOption usual: ConfigurationValue) throws -> ConfigurationValue {
    switch usual {
    case .flag: return .flag(try bool())
    case .integer, .number: return try integerOrNumber()
    case .text:
      // A word in place of which numbers may stand, as a padding.
      if case .list = self { return try guessed() }
      return .text(try string())
    case .list(let usualParts):
      if case .list(let parts) = self {
        guard let first = usualParts.first else { return .list(try parts.map { try $0.guessed() }) }
        return .list(try parts.map { try $0.read(likeOption: first) })
      }
      if case .text(let text) = self, text.contains(",") {
        return .list(try list().map { try $0.guessed() })
      }
      let part = try usualParts.first.map { try read(likeOption: $0) } ?? guessed()
      return .list(Array(repeating: part, count: max(usualParts.count, 1)))
    case .map, .none:
      return try guessed()
    }
  }

  private func integerOrNumber() throws -> ConfigurationValue {
    let number = try double()
    return Int(exactly: number).map { .integer($0) } ?? .number(number)
  }

  /// A text as what it looks like.
  private func guessed() throws -> ConfigurationValue {
    switch self {
    case .text(let text):
      if isNone { return .none }
      if let integer = Int(text) { return .integer(integer) }
      if let number = Double(text), number.isFinite { return .number(number) }
      if text == "true" || text == "false" { return .flag(text == "true") }
      return self
    case .list(let parts): return .list(try parts.map { try $0.guessed() })
    case .map(let map): return .map(try map.mapValues { try $0.guessed() })
    default: return self
    }
  }
}

/// Any layer as something that can be encoded.
private struct AnyEncodable: Encodable {
  let layer: any Layer

  init(_ layer: any Layer) { self.layer = layer }

  func encode(to encoder: any Encoder) throws { try layer.encode(to: encoder) }
}
