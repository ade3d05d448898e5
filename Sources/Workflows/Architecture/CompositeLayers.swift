import Layers
import Networks

/// Words for several layers at once.
enum CompositeLayers {
  /// A word for several layers.
  struct Composite {
    let name: String
    /// Adds the layers behind some values; gives the last.
    let add:
      @Sendable (
        NetworkDescription.Entry, [NetworkBuilder.Value], NetworkBuilder, String?
      ) throws -> NetworkBuilder.Value

    func add(
      _ entry: NetworkDescription.Entry, to values: [NetworkBuilder.Value],
      in builder: NetworkBuilder, named name: String?
    ) throws -> NetworkBuilder.Value { try add(entry, values, builder, name) }
  }

  static let all: [Composite] = []

  static var names: [String] { all.map { $0.name } }

  static func named(_ name: String) throws -> Composite? { all.first { $0.name == name } }
}
