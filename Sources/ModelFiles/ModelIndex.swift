import HDF5
import Tensors

/// The table of all datasets of a file but its own: what and where each is, and its SHA-256.
///
/// It is stored as the group `index`, one dataset per column, row by row in the order in which the
/// file names its datasets (groups from the root down, children as they were created):
///
/// | dataset | type | what it holds |
/// | --- | --- | --- |
/// | `names` | uint8 `[m]` | all paths, UTF-8, one after the other: `/weights/dense_1/kernel` |
/// | `name_end` | uint64 `[n]` | where in `names` each path ends, and the next begins |
/// | `type` | text of 8 bytes `[n]` | `float32`, …, or `text` |
/// | `rank` | uint8 `[n]` | the number of axes |
/// | `shape` | uint64 `[n, r]` | the extent along each axis, then zeros; r is the largest rank, or 1 |
/// | `offset` | uint64 `[n]` | the first byte in the file; 0 for a dataset of no bytes |
/// | `byte_count` | uint64 `[n]` | the number of bytes |
/// | `sha256` | uint8 `[n, 32]` | SHA-256 of those bytes |
///
/// The attribute `file_size` is the size of the file when the index was written: of a file of another
/// size it tells nothing for certain. Two more attributes, each 64 hexadecimal digits, say what the file holds wherever in it
/// that lies. `identity` is the SHA-256 of a listing of all rows, and `weights_identity` that of the
/// rows below `/weights/` alone. A listing has the rows in the order of their paths' bytes, each as
///
///     <sha256, 64 lower-case digits> <type> [<extents, between commas>] <path><one zero byte>
///
/// for example `9f…03 float32 [64,10] /weights/dense_1/kernel\0`. No path has a zero byte in it.
struct ModelIndex {
  /// What is known of one dataset.
  struct Row: Hashable {
    let path: String
    let type: String
    let shape: [Int]
    var offset: Int
    let byteCount: Int
    let digest: Digest
  }

  /// One row per dataset.
  let rows: [Row]

  /// The identities that the file states, or those of the rows where it is to be written.
  let identity: String
  let weightsIdentity: String

  /// The size of the file that the index was written for; nil where it is not said, or to be written.
  let fileByteCount: Int?

  /// The index of these rows.
  init(_ rows: [Row]) {
    self.rows = rows
    identity = ModelIndex.identity(of: rows)
    weightsIdentity = ModelIndex.identity(of: ModelIndex.weights(of: rows))
    fileByteCount = nil
  }

  /// The rows of the weights that predictions use.
  static func weights(of rows: [Row]) -> [Row] {
    rows.filter { $0.path.hasPrefix("/\(ModelFilePaths.weights)/") }
  }

  /// The digest of a listing of rows, whatever their order.
  static func identity(of rows: [Row]) -> String {
    // Comparing bytes that were taken out once is several times faster than comparing views of texts.
    let sorted = rows.map { (path: Array($0.path.utf8), row: $0) }
      .sorted { $0.path.lexicographicallyPrecedes($1.path) }
    var listing: [UInt8] = []
    for (path, row) in sorted {
      let shape = row.shape.map(String.init).joined(separator: ",")
      listing += "\(row.digest.hexadecimal) \(row.type) [\(shape)] ".utf8
      listing += path
      listing.append(0)
    }
    return Digest(of: listing).hexadecimal
  }

  /// The type of a row's dataset; nil for a name that is none.
  static func type(of row: Row) -> Datatype? {
    if let number = numbers[row.type] { return number }
    let count = row.shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
    guard row.type == "text", count > 0, row.byteCount > 0, row.byteCount % count == 0 else {
      return nil
    }
    return .text(byteCount: row.byteCount / count)
  }

  private static let numbers = Dictionary(
    uniqueKeysWithValues: Datatype.numbers.map { ("\($0)", $0) })

  /// The name of a type in an index.
  static func name(of type: Datatype) -> String {
    if case .text = type { "text" } else { "\(type)" }
  }
}

/// The names of the columns of the group `index`, and of its attributes.
private enum Columns {
  static let names = "names"
  static let nameEnd = "name_end"
  static let type = "type"
  static let rank = "rank"
  static let shape = "shape"
  static let offset = "offset"
  static let byteCount = "byte_count"
  static let digest = "sha256"
  static let all = [names, nameEnd, type, rank, shape, offset, byteCount, digest]
  static let identity = "identity"
  static let weightsIdentity = "weights_identity"
  static let fileByteCount = "file_size"
  /// The bytes of the longest name of a type.
  static let typeWidth = 8
}

// MARK: - Writing

extension ModelIndex {
  /// What stands for the size of the file until that is known; no size is as large.
  static let sizePlaceholder: UInt64 = 0x6e6e_5f73_697a_653f

  /// Puts the size of a written file into its index.
  static func seal(_ path: String) throws {
    try MetadataPatch.replace(sizePlaceholder, in: path, child: ModelFilePaths.index) {
      UInt64($0)
    }
  }

  /// The number of datasets and groups that an index adds to a file.
  static let objectCount = Columns.all.count + 1

  /// Writes the group `index`. The file is then to be closed and given to ``seal(_:)``.
  func write(into root: Group) throws {
    let group = try root.createGroup(ModelFilePaths.index, expectedCount: Columns.all.count)
    try group.setAttribute(Columns.identity, .text(identity))
    try group.setAttribute(Columns.weightsIdentity, .text(weightsIdentity))
    try group.setAttribute(
      Columns.fileByteCount, .integer(Int64(bitPattern: ModelIndex.sizePlaceholder)))
    func add(_ name: String, _ tensor: Tensor) throws {
      try tensor.withView { view in
        try view.withRawSpan { span in
          _ = try group.createDataset(
            name, type: Datatype(tensor.elementType), shape: tensor.shape.dimensions, bytes: span)
        }
      }
    }
    func integers(_ value: (Row) -> Int) -> Tensor { Tensor(rows.map { UInt64(value($0)) }) }
    var end = 0
    let nameEnds = rows.map { row -> UInt64 in
      end += row.path.utf8.count
      return UInt64(end)
    }
    let width = max(rows.map(\.shape.count).max() ?? 1, 1)
    let types = rows.flatMap { row -> [UInt8] in
      precondition(row.type.utf8.count <= Columns.typeWidth, "'\(row.type)' is too long a type")
      return Array(row.type.utf8)
        + [UInt8](repeating: 0, count: Columns.typeWidth - row.type.utf8.count)
    }
    let shapes = rows.flatMap { row in
      row.shape.map { UInt64($0) } + [UInt64](repeating: 0, count: width - row.shape.count)
    }
    try add(Columns.names, Tensor(rows.flatMap { Array($0.path.utf8) }))
    try add(Columns.nameEnd, Tensor(nameEnds))
    try unsafe group.createDataset(
      Columns.type, type: .text(byteCount: Columns.typeWidth), shape: [rows.count],
      bytes: types.span.bytes)
    try add(Columns.rank, Tensor(rows.map { UInt8($0.shape.count) }))
    try add(Columns.shape, Tensor(shapes, shape: [rows.count, width]))
    try add(Columns.offset, integers { $0.offset })
    try add(Columns.byteCount, integers { $0.byteCount })
    try add(
      Columns.digest,
      Tensor(rows.flatMap { $0.digest.bytes }, shape: [rows.count, Digest.byteCount]))
  }
}

// MARK: - Reading

/// Why an index cannot be read.
struct IndexDamage: Error {
  let path: String
  let words: String
}

extension ModelIndex {
  /// Reads the index of a file; nil where there is none.
  ///
  /// Nothing is believed: memory is taken in proportion to what the file really holds.
  ///
  /// - Throws: ``IndexDamage``.
  init?(in root: NativeGroup) throws(IndexDamage) {
    guard let child = root.child(ModelFilePaths.index) else { return nil }
    let path = "/\(ModelFilePaths.index)"
    guard case .group(let group) = child else {
      throw IndexDamage(path: path, words: "expected a group, found a dataset")
    }
    guard case .text(let identity)? = group.attributes[Columns.identity],
      case .text(let weightsIdentity)? = group.attributes[Columns.weightsIdentity]
    else { throw IndexDamage(path: path, words: "expected the identities, found none") }
    guard group.childNames.count == Columns.all.count else {
      throw IndexDamage(
        path: path, words: "expected \(Columns.all.count) columns, found \(group.childNames.count)")
    }
    let reader = ColumnReader(group: group)
    let ends = try reader.column(Columns.nameEnd, .uint64, as: UInt64.self)
    let count = ends.count
    let paths = try reader.paths(ends: ends)
    let types = try reader.types(count: count)
    let ranks = try reader.column(Columns.rank, .uint8, count: count, as: UInt8.self)
    let shapes = try reader.shapes(ranks: ranks)
    let offsets = try reader.column(Columns.offset, .uint64, count: count, as: UInt64.self)
    let byteCounts = try reader.column(Columns.byteCount, .uint64, count: count, as: UInt64.self)
    let digests = try reader.column(
      Columns.digest, .uint8, shape: [count, Digest.byteCount], as: UInt8.self)
    var rows: [Row] = []
    for index in 0..<count {
      guard let offset = Int(exactly: offsets[index]),
        let byteCount = Int(exactly: byteCounts[index])
      else { throw IndexDamage(path: path, words: "a place beyond every file") }
      let start = index * Digest.byteCount
      rows.append(
        Row(
          path: paths[index], type: types[index], shape: shapes[index], offset: offset,
          byteCount: byteCount,
          digest: Digest(stored: digests[start..<start + Digest.byteCount])))
    }
    self.rows = rows
    self.identity = identity
    self.weightsIdentity = weightsIdentity
    if case .integer(let size)? = group.attributes[Columns.fileByteCount] {
      fileByteCount = Int(size)
    } else {
      fileByteCount = nil
    }
  }
}

/// Reads columns, each checked for type and shape.
private struct ColumnReader {
  let group: NativeGroup

  func column<Element: TensorElement>(
    _ name: String, _ type: Datatype, count: Int? = nil, as element: Element.Type
  ) throws(IndexDamage) -> [Element] {
    let dataset = try dataset(name)
    guard dataset.shape.count == 1 else {
      throw damage(name, "expected one axis, found \(dataset.shape.count)")
    }
    return try column(name, type, shape: [count ?? dataset.shape[0]], as: element)
  }

  func column<Element: TensorElement>(
    _ name: String, _ type: Datatype, shape: [Int], as element: Element.Type
  ) throws(IndexDamage) -> [Element] {
    let dataset = try dataset(name)
    guard dataset.type == type, dataset.shape == shape else {
      throw damage(name, "expected \(type) \(shape), found \(dataset.type) \(dataset.shape)")
    }
    do {
      return try dataset.withView { $0.elements(as: element) }
    } catch {
      throw damage(name, "\(error)")
    }
  }

  func paths(ends: [UInt64]) throws(IndexDamage) -> [String] {
    let names = try column(Columns.names, .uint8, as: UInt8.self)
    var paths: [String] = []
    var start: UInt64 = 0
    for end in ends {
      guard start < end, end <= UInt64(names.count),
        let path = String(validating: names[Int(start)..<Int(end)], as: UTF8.self)
      else { throw damage(Columns.nameEnd, "expected the end of a path, found \(end)") }
      paths.append(path)
      start = end
    }
    guard start == UInt64(names.count), Set(paths).count == paths.count else {
      throw damage(Columns.names, "expected each path once and nothing else")
    }
    return paths
  }

  func types(count: Int) throws(IndexDamage) -> [String] {
    let dataset = try dataset(Columns.type)
    let expected = Datatype.text(byteCount: Columns.typeWidth)
    guard dataset.type == expected, dataset.shape == [count] else {
      throw damage(
        Columns.type, "expected \(expected) \([count]), found \(dataset.type) \(dataset.shape)")
    }
    let bytes = dataset.bytes()
    return (0..<count).map { index in
      let field = bytes[index * Columns.typeWidth..<(index + 1) * Columns.typeWidth]
      let end = field.lastIndex { $0 != 0 }.map { $0 + 1 } ?? field.startIndex
      return String(decoding: field[..<end], as: UTF8.self)
    }
  }

  func shapes(ranks: [UInt8]) throws(IndexDamage) -> [[Int]] {
    let width = try dataset(Columns.shape).shape.last ?? 0
    let extents = try column(
      Columns.shape, .uint64, shape: [ranks.count, width], as: UInt64.self)
    var shapes: [[Int]] = []
    for (index, rank) in ranks.enumerated() {
      let row = extents[index * width..<(index + 1) * width]
      guard Int(rank) <= width, row.allSatisfy({ $0 < 1 << 48 }),
        row.dropFirst(Int(rank)).allSatisfy({ $0 == 0 })
      else { throw damage(Columns.shape, "expected \(rank) extents and then zeros, found \(row)") }
      shapes.append(row.prefix(Int(rank)).map { Int($0) })
    }
    return shapes
  }

  private func dataset(_ name: String) throws(IndexDamage) -> NativeDataset {
    do {
      return try group.dataset(name)
    } catch {
      throw damage(name, "\(error.reason)")
    }
  }

  private func damage(_ name: String, _ words: String) -> IndexDamage {
    IndexDamage(path: "/\(ModelFilePaths.index)/\(name)", words: words)
  }
}
