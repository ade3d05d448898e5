/// Every kind of layer that a file or a configuration can name.
///
/// The catalogue is a constant: what a file can say is decided when the program is built.
public struct LayerCatalog: Sendable {
  /// The kinds, in the order in which they are documented.
  public let kinds: [any Layer.Type]

  private let kindsByName: [String: any Layer.Type]

  /// A catalogue of the given kinds.
  ///
  /// - Precondition: no two kinds have the same name.
  public init(_ kinds: [any Layer.Type]) {
    self.kinds = kinds
    kindsByName = Dictionary(uniqueKeysWithValues: kinds.map { ($0.kind, $0) })
  }

  /// All layers of this library.
  public static let standard = LayerCatalog([
    Dense.self,
    Activation.self,
    Dropout.self,
    BatchNormalization.self,
    LayerNormalization.self,
    Embedding.self,
    Flatten.self,
    Reshape.self,
    Add.self,
    Concatenate.self,
  ])

  /// The kind of a name.
  ///
  /// - Throws: ``LayerError/unknownKind(_:known:)`` with the nearest name.
  public func kind(named name: String) throws -> any Layer.Type {
    guard let kind = kindsByName[name] else {
      throw LayerError.unknownKind(name, known: kinds.map { $0.kind })
    }
    return kind
  }
}
