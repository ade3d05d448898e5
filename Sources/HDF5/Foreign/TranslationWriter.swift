/// Writes objects and values of a foreign file under the names of ``TranslationPaths``.
struct TranslationWriter {
  /// An object that was begun.
  struct Object {
    let number: Int
    let group: Group
  }

  private let root: Group
  private var bucket: Group?
  private var count = 0

  init(_ root: Group) { self.root = root }

  /// Begins the file.
  func writeVersion() throws(HDF5Error) {
    try root.setAttribute(TranslationPaths.version, .integer(TranslationPaths.currentVersion))
  }

  /// Adds an object.
  ///
  /// - Parameter parent: the number of its group; that of the root group itself is 0.
  mutating func addObject(
    _ kind: TranslationPaths.ObjectCode, name: String, parent: Int
  ) throws(HDF5Error) -> Object {
    let (bucketNumber, position) = count.quotientAndRemainder(
      dividingBy: TranslationPaths.bucketSize)
    if position == 0 { bucket = try root.createGroup("\(bucketNumber)") }
    guard let bucket else { preconditionFailure("the first object opens the first bucket") }
    let group = try bucket.createGroup("\(position)")
    try group.setAttribute(TranslationPaths.kind, .integer(kind.rawValue))
    try group.setAttribute(TranslationPaths.parent, .integer(Int64(parent)))
    try group.setAttribute(TranslationPaths.name, .text(name))
    defer { count += 1 }
    return Object(number: count, group: group)
  }

  /// Writes what was read of a dataset or attribute.
  func write(
    _ content: ForeignSource.Content, of source: ForeignSource, named name: String,
    into group: Group
  ) throws(HDF5Error) -> any WritableAttributeOwner {
    let owner = try write(content, shape: source.shape ?? [0], named: name, into: group)
    try owner.setAttribute(TranslationPaths.stored, .text(source.type.description))
    return owner
  }

  private func write(
    _ content: ForeignSource.Content, shape: [Int], named name: String, into group: Group
  ) throws(HDF5Error) -> any WritableAttributeOwner {
    switch content {
    case .numbers(let type, let bytes):
      return try group.createDataset(name, type: type, shape: shape, bytes: bytes.span.bytes)
    case .fields(let width, let bytes):
      return try group.createDataset(
        name, type: .text(byteCount: width), shape: shape, bytes: bytes.span.bytes)
    case .texts(let bytes, let ends):
      let starts = [0] + ends.dropLast()
      let width = max(zip(starts, ends).map { Int($1 - $0) }.max() ?? 1, 1)
      // Fields of one size, where the longest text does not make all others long.
      if width.multipliedReportingOverflow(by: ends.count).overflow == false,
        width * ends.count <= 2 * bytes.count + 4096
      {
        var fields = [UInt8](repeating: 0, count: width * ends.count)
        for (index, (start, end)) in zip(starts, ends).enumerated() {
          let text = bytes[Int(start)..<Int(end)]
          fields.replaceSubrange(index * width..<index * width + text.count, with: text)
        }
        return try group.createDataset(
          name, type: .text(byteCount: width), shape: shape, bytes: fields.span.bytes)
      }
      let value = try group.createGroup(name)
      try value.createDataset(
        TranslationPaths.bytes, type: .uint8, shape: [bytes.count], bytes: bytes.span.bytes)
      let words = ends.flatMap { end in (0..<8).map { UInt8(truncatingIfNeeded: end >> (8 * $0)) } }
      try value.createDataset(
        TranslationPaths.ends, type: .int64, shape: shape, bytes: words.span.bytes)
      return value
    case .nothing(let reason):
      let value = try group.createGroup(name)
      try value.setAttribute(TranslationPaths.reason, .text(reason))
      if !shape.isEmpty {
        try value.setAttribute(TranslationPaths.shape, .integers(shape.map { Int64($0) }))
      }
      return value
    }
  }
}

/// A group or dataset that is being written.
protocol WritableAttributeOwner {
  func setAttribute(_ name: String, _ value: Attribute) throws(HDF5Error)
}

extension Group: WritableAttributeOwner {}
extension Dataset: WritableAttributeOwner {}
