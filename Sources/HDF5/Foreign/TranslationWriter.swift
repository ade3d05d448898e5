/// Writes objects and values of a foreign file under the names of ``TranslationPaths``.
struct TranslationWriter {
  private let root: Group
  private var values: Buckets
  private var attributes: Buckets
  private var kinds: [UInt8] = []
  private var parents: [Int64] = []
  private var names: [UInt8] = []
  private var nameEnds: [Int64] = []

  init(_ root: Group) {
    self.root = root
    values = Buckets(name: TranslationPaths.values)
    attributes = Buckets(name: TranslationPaths.attributes)
  }

  /// Adds an object.
  ///
  /// - Parameter parent: the number of its group; that of the root group itself is 0.
  /// - Returns: its number.
  mutating func addObject(
    _ kind: TranslationPaths.ObjectCode, name: String, parent: Int
  ) -> Int {
    kinds.append(kind.rawValue)
    parents.append(Int64(parent))
    names += Array(name.utf8)
    nameEnds.append(Int64(names.count))
    return kinds.count - 1
  }

  /// Where the value of an object belongs, and its name there. Objects come in their order.
  mutating func placeForValue(of object: Int) throws(HDF5Error) -> (group: Group, name: String) {
    try values.place(for: object, in: root)
  }

  /// The group for the attributes of an object. Objects come in their order.
  mutating func groupForAttributes(of object: Int, count: Int) throws(HDF5Error) -> Group {
    let (bucket, name) = try attributes.place(for: object, in: root)
    return try bucket.createGroup(name, expectedCount: count)
  }

  /// Writes what is known of all objects, when there are no more.
  func finish() throws(HDF5Error) {
    try root.setAttribute(TranslationPaths.version, .integer(TranslationPaths.currentVersion))
    for (name, bytes) in [(TranslationPaths.kinds, kinds), (TranslationPaths.names, names)] {
      try root.createDataset(name, type: .uint8, shape: [bytes.count], bytes: bytes.span.bytes)
    }
    for (name, numbers) in [
      (TranslationPaths.parents, parents), (TranslationPaths.nameEnds, nameEnds),
    ] {
      let bytes = TranslationWriter.littleEndian(numbers)
      try root.createDataset(name, type: .int64, shape: [numbers.count], bytes: bytes.span.bytes)
    }
  }

  private static func littleEndian(_ numbers: [Int64]) -> [UInt8] {
    numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
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
      let words = TranslationWriter.littleEndian(ends)
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

/// Groups of a few objects each: a group of very many is slow to write.
private struct Buckets {
  let name: String
  private var all: Group?
  private var current: (number: Int, group: Group)?

  init(name: String) { self.name = name }

  mutating func place(
    for object: Int, in root: Group
  ) throws(HDF5Error) -> (group: Group, name: String) {
    let (number, position) = object.quotientAndRemainder(dividingBy: TranslationPaths.bucketSize)
    if let current, current.number == number { return (current.group, "\(position)") }
    let all = if let all { all } else { try root.createGroup(name) }
    self.all = all
    let group = try all.createGroup("\(number)")
    current = (number, group)
    return (group, "\(position)")
  }
}

/// A group or dataset that is being written.
protocol WritableAttributeOwner {
  func setAttribute(_ name: String, _ value: Attribute) throws(HDF5Error)
}

extension Group: WritableAttributeOwner {}
extension Dataset: WritableAttributeOwner {}
