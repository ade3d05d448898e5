import HDF5
import Layers
import Networks
import Tensors
import Training

extension Model {
  /// Writes the model, replacing what is there only when all of it is on the disk and found to be
  /// what was to be written.
  ///
  /// The same model gives the same bytes.
  ///
  /// - Parameters:
  ///   - path: where to; its folder exists.
  ///   - keepsPrevious: whether the file that is there stays beside the new one, under its name with
  ///     `.previous` behind it.
  ///   - weightType: how the weights that predictions use are stored: float32, float64, float16 or
  ///     bfloat16; as they are in memory when nil. Numbers that the type does not have become the
  ///     nearest one.
  ///   - threads: how many threads compute digests and compare; all processors when nil.
  /// - Throws: ``ModelFileError`` when the file cannot be written. What was there stays whole.
  public func write(
    to path: String, keepsPrevious: Bool = false, weightType: ElementType? = nil,
    threads: Int? = nil
  ) throws {
    do {
      try ReplacingFile.write(to: path, keepsPrevious: keepsPrevious) { temporary in
        try WritableTree(self, weightType: weightType, path: path).write(
          to: temporary, threads: threads)
      }
    } catch let error as HDF5Error {
      throw ModelFileError(path, path: error.place.path, "\(error.reason)")
    }
  }
}

// MARK: - What is written

extension WritableTree {
  /// Everything that a model holds.
  ///
  /// - Parameters:
  ///   - weightType: how the weights that predictions use are stored; as they are when nil.
  ///   - path: the file that it is for, for messages.
  /// - Throws: ``ModelFileError`` for an extension that cannot be stored.
  init(_ model: Model, weightType: ElementType? = nil, path: String) throws {
    self.init(file: path)
    try addText(ModelFilePaths.network, CanonicalJSON.text(of: model.network))
    try addText(ModelFilePaths.output, CanonicalJSON.text(of: StoredOutput(model.links)))
    if let preprocessing = model.preprocessing {
      try addText(ModelFilePaths.preprocessing, CanonicalJSON.text(of: preprocessing))
    }
    try addText(ModelFilePaths.provenance, CanonicalJSON.text(of: model.provenance))
    add(
      model.snapshot, weights: ModelFilePaths.weights, optimizer: ModelFilePaths.optimizer,
      weightType: weightType)
    if let training = model.training { try add(training, snapshot: model.snapshot) }
    if let configuration = model.configuration {
      try addText(ModelFilePaths.configuration, configuration)
    }
    for content in model.extensions { try add(content) }
  }

  private mutating func add(_ training: TrainingRecord, snapshot: TrainingSnapshot) throws {
    try addText(ModelFilePaths.trainingOptions, CanonicalJSON.text(of: training.options))
    let stored = StoredProgress(
      progress: training.progress, optimizerStep: snapshot.optimizerStep,
      liveOptimizerStep: training.live?.optimizerStep)
    try addText(ModelFilePaths.trainingProgress, CanonicalJSON.text(of: stored))
    if let environment = training.environment {
      try addText(ModelFilePaths.environment, CanonicalJSON.text(of: environment))
    }
    if let live = training.live {
      add(live, weights: ModelFilePaths.liveWeights, optimizer: ModelFilePaths.liveOptimizer)
    }
    for (name, values) in HistoryColumns.columns(of: training.history) {
      insert(.dataset(WritableDataset(values)), at: "\(ModelFilePaths.history)/\(name)")
    }
  }

  private mutating func addText(_ path: String, _ text: String) throws {
    let place = Place(file: file, path: "/\(path)")
    insert(.dataset(try WritableDataset(text: text, at: place)), at: path)
  }

  private mutating func add(
    _ snapshot: TrainingSnapshot, weights: String, optimizer: String,
    weightType: ElementType? = nil
  ) {
    let parameters = snapshot.parameters
    let type = weightType ?? parameters.elementType
    let trainable = parameters.trainable.converted(to: type)
    let statistics = parameters.statistics.converted(to: type)
    for entry in parameters.layout.entries {
      let buffer = entry.spec.isTrainable ? trainable : statistics
      let attributes = StoredTensorAttributes.values(of: entry.spec)
      insert(
        .dataset(
          WritableDataset(
            buffer, at: entry.offset, shape: entry.spec.shape, attributes: attributes)),
        at: "\(weights)/\(entry.path)")
    }
    for slot in snapshot.slots {
      for entry in parameters.layout.entries where entry.spec.isTrainable {
        insert(
          .dataset(WritableDataset(slot.values, at: entry.offset, shape: entry.spec.shape)),
          at: "\(optimizer)/\(slot.name)/\(entry.path)")
      }
    }
  }

  // MARK: Extensions

  private mutating func add(_ content: ModelExtension) throws {
    let path = "\(ModelFilePaths.extensions)/\(content.name)"
    guard ModelExtension.isName(content.name) else {
      throw ModelFileError(
        file, path: "/\(path)", "expected a reverse domain name, as in org.example.calibration")
    }
    insert(try item(content.content, path: path), at: path)
  }

  private func item(_ group: ModelExtension.Group, path: String) throws -> Item {
    var names: Set<String> = []
    let children = try group.children.map { child in
      let place = "\(path)/\(child.name)"
      guard names.insert(child.name).inserted else {
        throw ModelFileError(file, path: "/\(place)", "expected each name once")
      }
      return (name: child.name, item: try item(child.item, path: place))
    }
    return .group(children, attributes: group.attributes.mapValues(\.stored))
  }

  private func item(_ item: ModelExtension.Item, path: String) throws -> Item {
    switch item {
    case .group(let group): return try self.item(group, path: path)
    case .tensor(let tensor, let attributes):
      return .dataset(WritableDataset(tensor, attributes: attributes.mapValues(\.stored)))
    case .texts(let texts, let shape, let byteCount, let attributes):
      guard shape.allSatisfy({ $0 >= 0 }), shape.reduce(1, *) == texts.count, byteCount > 0,
        let dataset = WritableDataset(
          texts: texts, shape: shape, fieldByteCount: byteCount,
          attributes: attributes.mapValues(\.stored))
      else {
        throw ModelFileError(
          file, path: "/\(path)",
          "expected as many texts as \(shape) has places, none longer than \(byteCount) "
            + "bytes or with U+0000 in it")
      }
      return .dataset(dataset)
    }
  }
}
