import HDF5

/// What is in an HDF5 file that is no model file.
public struct HDF5Contents: Sendable {
  /// The file, as it was named.
  public let path: String
  /// The size of the file in bytes.
  public let byteCount: Int
  /// What it is.
  public let kind: ForeignKind
  /// Every object, each group before what is in it.
  public let objects: [Object]

  /// A group, a dataset or a named type.
  public struct Object: Sendable {
    /// What it is.
    public enum Kind: String, Sendable, Encodable {
      case group, dataset
      case namedType = "type"
    }

    /// Its path, `/` for the root group.
    public let path: String
    public let kind: Kind
    /// How the elements of a dataset are stored, in words.
    public let type: String?
    /// The extents of a dataset, outermost first.
    public let shape: [Int]?
    /// The bytes of a dataset, unpacked.
    public let byteCount: Int?
    /// Why the elements of a dataset have no meaning here.
    public let unread: String?
    public let attributes: [Attribute]
  }

  /// An attribute of an object.
  public struct Attribute: Sendable {
    public let name: String
    /// How it is stored, in words.
    public let type: String
    public let shape: [Int]
    /// The value in words, or its beginning.
    public let value: String
    /// Whether the value goes on.
    public let isShortened: Bool
  }

  init(_ file: ForeignFile) {
    path = file.name
    byteCount = file.byteCount
    kind = ForeignKind(file.root)
    var objects: [Object] = []
    HDF5Contents.add(.group(file.root), to: &objects)
    self.objects = objects
  }

  private static func add(_ object: ForeignObject, to objects: inout [Object]) {
    switch object {
    case .group(let group):
      objects.append(Object(object, kind: .group, attributes: group.attributes))
      for name in group.childNames {
        if let child = group.child(name) { add(child, to: &objects) }
      }
    case .dataset(let dataset):
      objects.append(
        Object(object, kind: .dataset, attributes: dataset.attributes, value: dataset.value))
    case .namedType(_, let attributes):
      objects.append(Object(object, kind: .namedType, attributes: attributes))
    }
  }
}

extension HDF5Contents.Object {
  fileprivate init(
    _ object: ForeignObject, kind: Kind, attributes: ForeignAttributes, value: ForeignValue? = nil
  ) {
    path = object.place.path
    self.kind = kind
    type = value?.type
    shape = value?.shape
    byteCount = value?.byteCount
    unread = value?.reasonForNothing
    self.attributes = attributes.names.compactMap { name in
      attributes[name].map { HDF5Contents.Attribute(name, $0) }
    }
  }
}

extension HDF5Contents.Attribute {
  /// The characters and the elements of a value that are shown at most.
  private static let characterLimit = 200
  private static let elementLimit = 16

  fileprivate init(_ name: String, _ value: ForeignValue) {
    self.name = name
    type = value.type
    shape = value.shape
    guard value.reasonForNothing == nil, let first = try? value.first(Self.elementLimit) else {
      self.value = ""
      isShortened = value.reasonForNothing == nil
      return
    }
    let words =
      switch first {
      case .texts(let texts) where value.shape.isEmpty: texts.first ?? ""
      case .texts(let texts): texts.joined(separator: ", ")
      case .integers(let numbers) where value.elementType == .bool:
        numbers.map { $0 == 0 ? "false" : "true" }.joined(separator: ", ")
      case .integers(let numbers): numbers.map { "\($0)" }.joined(separator: ", ")
      case .numbers(let numbers): numbers.map { "\($0)" }.joined(separator: ", ")
      case .text(let text): text
      case .integer(let number): "\(number)"
      case .number(let number): "\(number)"
      }
    self.value = String(words.prefix(Self.characterLimit))
    isShortened = value.count > Self.elementLimit || self.value.utf8.count < words.utf8.count
  }
}

// MARK: - Coding

extension HDF5Contents: Encodable {
  private enum CodingKeys: String, CodingKey {
    case path, bytes, kind, description, objects
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encode(byteCount, forKey: .bytes)
    try container.encode(kind.name, forKey: .kind)
    try container.encode("\(kind)", forKey: .description)
    try container.encode(objects, forKey: .objects)
  }
}

extension HDF5Contents.Object: Encodable {
  private enum CodingKeys: String, CodingKey {
    case path, kind, type, shape
    case byteCount = "bytes"
    case unread, attributes
  }
}

extension HDF5Contents.Attribute: Encodable {
  private enum CodingKeys: String, CodingKey {
    case name, type, shape, value
    case isShortened = "is_shortened"
  }
}
