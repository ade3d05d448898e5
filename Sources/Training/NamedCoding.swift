import Catalogs

/// How a value of a catalogue is stored: its kind, and its options.
private enum NamedCodingKeys: String, CodingKey {
  case kind, options
}

extension KeyedEncodingContainer {
  /// Stores a value as its kind and its options.
  mutating func encode(_ value: any Encodable, kind: String, forKey key: Key) throws {
    var container = nestedContainer(keyedBy: NamedCodingKeys.self, forKey: key)
    try container.encode(kind, forKey: .kind)
    try value.encode(to: container.superEncoder(forKey: .options))
  }
}

extension KeyedDecodingContainer {
  /// Reads the kind of a value that a catalogue knows, and what its options are read from.
  ///
  /// - Throws: `UnknownNameError` with the nearest kind.
  func decodeKind<Entry>(
    from catalog: Catalog<Entry>, forKey key: Key
  ) throws -> (entry: Entry, options: any Decoder) {
    let container = try nestedContainer(keyedBy: NamedCodingKeys.self, forKey: key)
    let entry = try catalog.entry(named: container.decode(String.self, forKey: .kind))
    return (entry, try container.superDecoder(forKey: .options))
  }
}
