import Catalogs
import Foundation
import Layers

/// The names of the options that kinds of layers have in files.
package enum LayerOptionNames {
  private static let cache = Cache()

  /// The names that a kind of layer stores, those among them that it usually leaves out.
  package static func of(_ kind: any Layer.Type) -> Set<String> {
    cache.lock.lock()
    defer { cache.lock.unlock() }
    if let names = cache.names[kind.kind] { return names }
    let names = found(kind.defaults)
    cache.names[kind.kind] = names
    return names
  }

  /// The names of the kinds that were asked for, under a lock.
  private final class Cache: @unchecked Sendable {
    let lock = NSLock()
    var names: [String: Set<String>] = [:]
  }

  private static func found(_ layer: any Layer) -> Set<String> {
    var names: Set<String> = []
    if let data = try? JSONEncoder().encode(AnyLayer(layer: layer)),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    {
      names.formUnion(object.keys)
    }
    // What is nil is not stored.
    for child in Mirror(reflecting: layer).children {
      guard let label = child.label else { continue }
      names.insert(snakeCase(label))
    }
    return names
  }

  /// A property's name as files have it: `keySize` is `key_size`.
  package static func snakeCase(_ name: String) -> String {
    name.reduce(into: "") { text, letter in
      text += letter.isUppercase ? "_\(letter.lowercased())" : String(letter)
    }
  }

  /// Refuses a name that the layer does not have: what it means would be lost.
  ///
  /// - Throws: ``UnknownLayerOption`` with the nearest right name.
  static func check(_ names: [String], of layer: any Layer) throws {
    let known = of(type(of: layer))
    for name in names.sorted() where !known.contains(name) {
      throw UnknownLayerOption(name: name, known: known.sorted())
    }
  }

  private struct AnyLayer: Encodable {
    let layer: any Layer
    func encode(to encoder: any Encoder) throws { try layer.encode(to: encoder) }
  }
}

/// An option that a layer does not have.
struct UnknownLayerOption: Error, CustomStringConvertible {
  let name: String
  let known: [String]

  var description: String {
    let near = suggestion(for: name, among: known)
    let choices =
      known.isEmpty ? "; it has none" : "; known: \(known.joined(separator: ", "))"
    return "unknown option '\(name)'\(near.isEmpty ? choices : near)"
  }
}
