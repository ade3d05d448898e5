import Foundation
import HDF5

/// What is to be written, as a tree of names, so that every group is made once and in order.
struct WritableTree {
  /// Something under a name.
  enum Item {
    case dataset(WritableDataset)
    case group([(name: String, item: Item)], attributes: [String: Attribute] = [:])
  }

  /// The file that it is for, for messages.
  let file: String

  private var items: [(name: String, item: Item)] = []

  /// An empty tree.
  init(file: String) { self.file = file }

  /// Adds something at a path, whose groups are made as they are met.
  mutating func insert(_ item: Item, at path: String) {
    WritableTree.insert(item, at: path.split(separator: "/").map(String.init)[...], in: &items)
  }

  private static func insert(
    _ item: Item, at names: ArraySlice<String>, in items: inout [(name: String, item: Item)]
  ) {
    guard let name = names.first else { return }
    guard names.count > 1 else {
      items.append((name, item))
      return
    }
    // What belongs together comes one after the other: the group is most often the last one.
    let index = items.lastIndex { $0.name == name }
    var (children, attributes): ([(name: String, item: Item)], [String: Attribute]) = ([], [:])
    if let index, case .group(let known, let facts) = items[index].item {
      (children, attributes) = (known, facts)
      // Given back before the change, so that the list is changed where it is.
      items[index].item = .group([])
    }
    insert(item, at: names.dropFirst(), in: &children)
    if let index {
      items[index].item = .group(children, attributes: attributes)
    } else {
      items.append((name, .group(children)))
    }
  }
}

// MARK: - Writing

extension WritableTree {
  /// Writes a whole file, and compares what is in it with what was to be written.
  ///
  /// Digests are computed from memory by other threads while this one writes.
  ///
  /// - Parameter path: where no file exists yet.
  func write(to path: String, threads: Int?) throws {
    let leaves = WritableTree.leaves(of: items, under: "")
    let digests = PendingDigests(leaves.map(\.dataset), threads: threads)
    let rows: [ModelIndex.Row]
    do {
      let file = try HDF5.File(creating: path, metadataBlockSize: metadataBlockSize)
      let root = file.root
      try root.setAttribute(ModelFilePaths.format, .text(FormatVersion.formatName))
      let version = FormatVersion.current
      try root.setAttribute(
        ModelFilePaths.formatVersion, .integers([Int64(version.major), Int64(version.minor)]))
      try root.setAttribute(ModelFilePaths.writer, .text(ProgramVersion.name))
      var offsets: [Int] = []
      let writeback = EarlyWriteback(path)
      try WritableTree.write(items, into: root, offsets: &offsets, writeback: writeback)
      rows = zip(zip(leaves, offsets), digests.wait()).map { leaf, digest in
        ModelIndex.Row(
          path: leaf.0.path, type: ModelIndex.name(of: leaf.0.dataset.type),
          shape: leaf.0.dataset.shape, offset: leaf.1, byteCount: leaf.0.dataset.byteCount,
          digest: digest)
      }
      try ModelIndex(rows).write(into: root)
      try file.close()
      try ModelIndex.seal(path)
    } catch {
      _ = digests.wait()
      throw error
    }
    try check(path, leaves: leaves, rows: rows, threads: threads)
  }

  /// Reads the file as any reader would, and compares every byte of its datasets, and of its index,
  /// with memory.
  private func check(
    _ path: String, leaves: [(path: String, dataset: WritableDataset)], rows: [ModelIndex.Row],
    threads: Int?
  ) throws {
    let written = try NativeFile(reading: path)
    let root = written.root
    let found = TensorFile.datasets(of: root)
    let index = IndexComparison(root: root, datasets: found, fileByteCount: written.byteCount)
    let isSame =
      found.count == leaves.count && index.problems.isEmpty
      && rows.allSatisfy { index.digests[$0.path] == $0.digest }
    let byteCount = leaves.reduce(0) { $0 + $1.dataset.byteCount }
    let differences = Digest.parallel(
      isSame ? found.count : 0, byteCount: byteCount, threads: threads
    ) { index in
      let (leaf, dataset) = (leaves[index], found[index])
      return leaf.path == dataset.place.path && leaf.dataset.shape == dataset.shape
        && leaf.dataset.type == dataset.type
        && (unsafe leaf.dataset.withBytes { unsafe dataset.hasBytes($0) })
    }
    guard isSame, differences.allSatisfy({ $0 }) else {
      throw ModelFileError(
        file, "what was written is not what is read back; the disk or the memory may be failing")
    }
  }

  /// An eighth of what the metadata will need, at some 400 bytes for a dataset or group, so that
  /// little of the last block is left over; and no more than 64 KiB.
  private var metadataBlockSize: Int {
    let objectCount = WritableTree.count(items) + ModelIndex.objectCount
    var size = 2048
    while size < 64 << 10, size * 8 < 400 * objectCount { size *= 2 }
    return size
  }

  private static func count(_ items: [(name: String, item: Item)]) -> Int {
    items.reduce(0) { sum, entry in
      if case .group(let children, _) = entry.item { return sum + 1 + count(children) }
      return sum + 1
    }
  }

  private static func write(
    _ items: [(name: String, item: Item)], into group: Group, offsets: inout [Int],
    writeback: EarlyWriteback
  ) throws {
    for (name, item) in items {
      switch item {
      case .dataset(let dataset):
        offsets.append(Int(try dataset.write(name, into: group).offset() ?? 0))
        writeback.note(dataset.byteCount)
      case .group(let children, let attributes):
        let child = try group.createGroup(name, expectedCount: max(children.count, 4))
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
          try child.setAttribute(name, value)
        }
        try write(children, into: child, offsets: &offsets, writeback: writeback)
      }
    }
  }

  /// Every dataset with its path, in the order in which they are written.
  private static func leaves(
    of items: [(name: String, item: Item)], under path: String
  ) -> [(path: String, dataset: WritableDataset)] {
    items.flatMap { entry -> [(path: String, dataset: WritableDataset)] in
      let place = "\(path)/\(entry.name)"
      switch entry.item {
      case .dataset(let dataset): return [(place, dataset)]
      case .group(let children, _): return leaves(of: children, under: place)
      }
    }
  }
}

/// The digests of datasets, computed by other threads.
private final class PendingDigests: @unchecked Sendable {
  private let group = DispatchGroup()
  private var digests: [Digest] = []

  /// Begins to compute digests; small amounts are done at once.
  init(_ datasets: [WritableDataset], threads: Int?) {
    let byteCount = datasets.reduce(0) { $0 + $1.byteCount }
    let compute: @Sendable () -> [Digest] = {
      Digest.parallel(datasets.count, byteCount: byteCount, threads: threads) { index in
        unsafe datasets[index].withBytes { unsafe Digest(of: $0) }
      }
    }
    guard byteCount > Digest.fewBytes else {
      digests = compute()
      return
    }
    // The group orders the write before the read.
    DispatchQueue.global().async(group: group) { [self] in digests = compute() }
  }

  /// The digests, when they are done.
  func wait() -> [Digest] {
    group.wait()
    return digests
  }
}
