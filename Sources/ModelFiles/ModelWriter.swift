import HDF5
import Networks
import Tensors
import Training

extension Model {
  /// Writes the model, replacing what is there only when all of it is on the disk.
  ///
  /// The same model gives the same bytes.
  ///
  /// - Parameters:
  ///   - path: where to; its folder exists.
  ///   - keepsPrevious: whether the file that is there stays beside the new one, under its name with
  ///     `.previous` behind it.
  /// - Throws: ``ModelFileError`` when the file cannot be written. What was there stays whole.
  public func write(to path: String, keepsPrevious: Bool = false) throws {
    do {
      try ReplacingFile.write(to: path, keepsPrevious: keepsPrevious) { temporary in
        try WritableTree(self).write(to: temporary)
      }
    } catch let error as HDF5Error {
      throw ModelFileError(path, path: error.place.path, "\(error.reason)")
    }
  }
}

/// What is to be written, as a tree of names, so that every group is made once and in order.
private struct WritableTree {
  private enum Item {
    case text(String)
    case tensor(Tensor, attributes: [(name: String, value: Attribute)])
    case group([(name: String, item: Item)])
  }

  private var items: [(name: String, item: Item)] = []

  init(_ model: Model) throws {
    try addText(ModelFilePaths.network, CanonicalJSON.text(of: model.network))
    try addText(ModelFilePaths.output, CanonicalJSON.text(of: StoredOutput(link: model.link)))
    if let preprocessing = model.preprocessing {
      try addText(ModelFilePaths.preprocessing, CanonicalJSON.text(of: preprocessing))
    }
    try addText(ModelFilePaths.provenance, CanonicalJSON.text(of: model.provenance))
    add(model.snapshot, weights: ModelFilePaths.weights, optimizer: ModelFilePaths.optimizer)
    if let training = model.training {
      try addText(ModelFilePaths.trainingOptions, CanonicalJSON.text(of: training.options))
      let stored = StoredProgress(
        progress: training.progress, optimizerStep: model.snapshot.optimizerStep,
        liveOptimizerStep: training.live?.optimizerStep)
      try addText(ModelFilePaths.trainingProgress, CanonicalJSON.text(of: stored))
      if let environment = training.environment {
        try addText(ModelFilePaths.environment, CanonicalJSON.text(of: environment))
      }
      if let live = training.live {
        add(live, weights: ModelFilePaths.liveWeights, optimizer: ModelFilePaths.liveOptimizer)
      }
      add(training.history)
    }
    if let configuration = model.configuration {
      addText(ModelFilePaths.configuration, configuration)
    }
  }

  private mutating func addText(_ path: String, _ text: String) { insert(.text(text), at: path) }

  private mutating func add(_ snapshot: TrainingSnapshot, weights: String, optimizer: String) {
    for entry in snapshot.parameters.layout.entries {
      let attributes = StoredTensorAttributes.values(of: entry.spec)
        .sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
      insert(
        .tensor(snapshot.parameters[entry], attributes: attributes),
        at: "\(weights)/\(entry.path)")
    }
    for slot in snapshot.slots {
      for entry in snapshot.parameters.layout.entries where entry.spec.isTrainable {
        let part = slot.values.withView {
          Tensor(copying: $0.part(at: entry.offset, shape: entry.spec.shape))
        }
        insert(.tensor(part, attributes: []), at: "\(optimizer)/\(slot.name)/\(entry.path)")
      }
    }
  }

  private mutating func add(_ history: [EpochRecord]) {
    for (name, values) in HistoryColumns.columns(of: history) {
      insert(.tensor(values, attributes: []), at: "\(ModelFilePaths.history)/\(name)")
    }
  }

  /// Writes a whole file.
  ///
  /// - Parameter path: where no file exists yet.
  func write(to path: String) throws {
    let file = try HDF5.File(creating: path, metadataBlockSize: metadataBlockSize)
    let root = file.root
    try root.setAttribute(ModelFilePaths.format, .text(FormatVersion.formatName))
    let version = FormatVersion.current
    try root.setAttribute(
      ModelFilePaths.formatVersion, .integers([Int64(version.major), Int64(version.minor)]))
    try root.setAttribute(ModelFilePaths.writer, .text(ProgramVersion.name))
    var rows = IndexedRows(digests: digests())
    try WritableTree.write(items, into: root, under: "", rows: &rows)
    try ModelIndex(rows.rows).write(into: root)
    try file.close()
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
      if case .group(let children) = entry.item { return sum + 1 + count(children) }
      return sum + 1
    }
  }

  private mutating func insert(_ item: Item, at path: String) {
    WritableTree.insert(item, at: path.split(separator: "/").map(String.init), in: &items)
  }

  private static func insert(
    _ item: Item, at names: [String], in items: inout [(name: String, item: Item)]
  ) {
    guard names.count > 1 else {
      items.append((names[0], item))
      return
    }
    let rest = Array(names.dropFirst())
    if let index = items.lastIndex(where: { $0.name == names[0] }),
      case .group(var children) = items[index].item
    {
      insert(item, at: rest, in: &children)
      items[index].item = .group(children)
    } else {
      var children: [(name: String, item: Item)] = []
      insert(item, at: rest, in: &children)
      items.append((names[0], .group(children)))
    }
  }

  private static func write(
    _ items: [(name: String, item: Item)], into group: Group, under path: String,
    rows: inout IndexedRows
  ) throws {
    for (name, item) in items {
      let place = "\(path)/\(name)"
      switch item {
      case .text(let text):
        try rows.add(group.createText(name, text), at: place)
      case .tensor(let tensor, let attributes):
        let dataset = try tensor.withView { view in
          try view.withRawSpan { span in
            try group.createDataset(
              name, type: Datatype(tensor.elementType), shape: tensor.shape.dimensions,
              bytes: span)
          }
        }
        for (name, value) in attributes { try dataset.setAttribute(name, value) }
        try rows.add(dataset, at: place)
      case .group(let children):
        try write(
          children, into: group.createGroup(name, expectedCount: max(children.count, 4)),
          under: place, rows: &rows)
      }
    }
  }

  /// The digests of all datasets in the order in which they are written, from memory, so that
  /// nothing is read again.
  private func digests() -> [Digest] {
    let leaves = WritableTree.leaves(of: items)
    let byteCount = leaves.reduce(0) { sum, leaf in
      if case .tensor(let tensor, _) = leaf { sum + tensor.byteCount } else { sum }
    }
    return Digest.parallel(leaves.count, byteCount: byteCount) { index in
      switch leaves[index] {
      // HDF5 has no text of no bytes: an empty one is stored as a zero.
      case .text(let text): Digest(of: text.isEmpty ? [0] : Array(text.utf8))
      case .tensor(let tensor, _):
        tensor.withView { view in unsafe view.withBytes { unsafe Digest(of: $0) } }
      case .group: preconditionFailure("a group has no bytes of its own")
      }
    }
  }

  private static func leaves(of items: [(name: String, item: Item)]) -> [Item] {
    items.flatMap { entry -> [Item] in
      if case .group(let children) = entry.item { return leaves(of: children) }
      return [entry.item]
    }
  }
}

/// The rows of the index, as one dataset after the other is written.
private struct IndexedRows {
  private let digests: [Digest]
  private(set) var rows: [ModelIndex.Row] = []

  init(digests: [Digest]) { self.digests = digests }

  mutating func add(_ dataset: Dataset, at path: String) throws {
    rows.append(
      ModelIndex.Row(
        path: path, type: ModelIndex.name(of: dataset.type), shape: dataset.shape,
        offset: Int(try dataset.offset() ?? 0), byteCount: dataset.byteCount,
        digest: digests[rows.count]))
  }
}

extension Datatype {
  init(_ elementType: ElementType) {
    switch elementType {
    case .float32: self = .float32
    case .float64: self = .float64
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .uint8, .bool: self = .uint8
    case .uint16: self = .uint16
    case .uint32: self = .uint32
    case .uint64: self = .uint64
    }
  }
}
