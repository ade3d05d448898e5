/// The elements of a foreign dataset or attribute.
package struct ForeignValue: Sendable {
  /// The dataset, or the object whose attribute this is, for messages.
  package let place: Place
  /// The type in words, as it is stored: `big-endian float32`, `text of any length`.
  package let type: String
  /// The extent along each axis, outermost first; empty for a scalar.
  package let shape: [Int]

  let content: Content

  /// What is known of the elements.
  enum Content: Sendable {
    /// Numbers, truth values or text in fields, which lie in the translation.
    case elements(NativeDataset)
    /// Texts one after the other.
    case texts(NativeDataset, ends: NativeDataset)
    /// Nothing, and why.
    case nothing(String)
  }
}

extension ForeignValue {
  /// How many elements there are; 0 of those that are not read.
  package var count: Int { reasonForNothing == nil ? shape.reduce(1, *) : 0 }

  /// The bytes of all elements, unpacked; 0 of those that are not read.
  package var byteCount: Int {
    switch content {
    case .elements(let dataset): dataset.byteCount
    case .texts(let bytes, _): bytes.byteCount
    case .nothing: 0
    }
  }

  /// How elements are stored here; nil for text, and for elements that are not read.
  package var elementType: Datatype? {
    guard case .elements(let dataset) = content else { return nil }
    if case .text = dataset.type { return nil }
    return dataset.type
  }

  /// Why the elements are not read; nil for those that are.
  package var reasonForNothing: String? {
    if case .nothing(let reason) = content { reason } else { nil }
  }

  /// Numbers or truth values, little-endian, where they are mapped.
  ///
  /// - Throws: ``HDF5Error/Reason/wrongType(expected:found:)`` for text and all else.
  package func numbers() throws(HDF5Error) -> NativeDataset {
    guard case .elements(let dataset) = content, elementType != nil else {
      throw wrongType("numbers")
    }
    return dataset
  }

  /// Texts, in the order of the elements. An empty list of anything is one of texts too: programs
  /// store lists of no texts as no numbers.
  ///
  /// - Throws: ``HDF5Error/Reason/wrongType(expected:found:)`` for all else.
  package func texts() throws(HDF5Error) -> [String] {
    switch content {
    case .elements(let dataset) where elementType == nil: return try dataset.texts()
    case .elements(let dataset) where dataset.byteCount == 0: return []
    case .texts(let bytes, let ends): return try ForeignValue.texts(bytes, ends: ends)
    default: throw wrongType("text")
    }
  }

  /// One text: of a scalar, or of the only element of a list.
  ///
  /// - Throws: ``HDF5Error/Reason/wrongType(expected:found:)`` for all else.
  package func text() throws(HDF5Error) -> String {
    let texts = try texts()
    guard texts.count == 1 else { throw wrongType("one text") }
    return texts[0]
  }

  /// The first elements as a list, however many axes there are, for people to look at.
  ///
  /// - Throws: ``HDF5Error`` for elements that are not read.
  package func first(_ limit: Int) throws(HDF5Error) -> Attribute {
    switch content {
    case .elements(let dataset):
      let count = min(count, limit)
      let range = dataset.range.prefix(count * dataset.type.byteCount)
      return try Attribute(
        type: dataset.type, shape: [count], bytes: dataset.mapping.copy(range), at: place)
    case .texts: return .texts(Array(try texts().prefix(limit)))
    case .nothing: throw wrongType("numbers or text")
    }
  }

  /// The value as native files have attributes: one or a list of numbers or texts.
  ///
  /// - Throws: ``HDF5Error`` for more than one axis, and for elements that are not read.
  package func attribute() throws(HDF5Error) -> Attribute {
    switch content {
    case .elements(let dataset):
      return try Attribute(
        type: dataset.type, shape: shape, bytes: dataset.bytes(), at: place)
    case .texts:
      let texts = try texts()
      return shape.isEmpty ? .text(texts.first ?? "") : .texts(texts)
    case .nothing: throw wrongType("numbers or text")
    }
  }

  private func wrongType(_ expected: String) -> HDF5Error {
    let found = reasonForNothing ?? "\(type) \(shape)"
    return HDF5Error(place, .wrongType(expected: expected, found: found))
  }

  /// Texts one after the other, each of which ends where a dataset of int64 says.
  static func texts(
    _ bytes: NativeDataset, ends: NativeDataset
  ) throws(HDF5Error) -> [String] {
    guard bytes.type == .uint8, ends.type == .int64 else {
      throw HDF5Error(bytes.place, .damaged("texts of another form"))
    }
    let all = bytes.bytes()
    var texts: [String] = []
    var start = 0
    for end in ends.integers() {
      guard end >= start, end <= all.count,
        let text = String(validating: all[start..<Int(end)], as: UTF8.self)
      else { throw HDF5Error(bytes.place, .damaged("texts that end nowhere")) }
      texts.append(text)
      start = Int(end)
    }
    return texts
  }
}

/// The attributes of a foreign object.
package struct ForeignAttributes: Sendable {
  /// The names, in the order of the library.
  package let names: [String]

  private let values: [String: ForeignValue]

  init(_ attributes: [(name: String, value: ForeignValue)]) {
    names = attributes.map(\.name)
    values = Dictionary(attributes.map { ($0.name, $0.value) }) { first, _ in first }
  }

  /// The value of an attribute, if there is one of that name.
  package subscript(name: String) -> ForeignValue? { values[name] }

  /// An attribute that is one text; nil where there is none of that name.
  ///
  /// - Throws: ``HDF5Error`` when it is something else.
  package func text(_ name: String) throws(HDF5Error) -> String? {
    guard let value = values[name] else { return nil }
    return try value.text()
  }

  /// An attribute that is a list of texts; nil where there is none of that name.
  ///
  /// Keras cuts a list that is too long for one attribute into several: `weight_names0`,
  /// `weight_names1` and so on. They are joined.
  ///
  /// - Throws: ``HDF5Error`` when it is something else.
  package func texts(_ name: String) throws(HDF5Error) -> [String]? {
    if let value = values[name] { return try value.texts() }
    var texts: [String] = []
    var count = 0
    while let part = values["\(name)\(count)"] {
      texts += try part.texts()
      count += 1
    }
    return count == 0 ? nil : texts
  }
}
