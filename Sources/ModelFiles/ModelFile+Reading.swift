import HDF5
import Layers
import Networks
import Tensors
import Training

extension ModelFile {
  /// The weights that predictions use.
  ///
  /// - Throws: ``ModelFileError`` when one is missing or does not fit the network.
  public func parameters() throws -> Parameters {
    try parameters(in: ModelFilePaths.weights)
  }

  /// The weights that predictions use, to be read where the file is mapped, so that a weight that is
  /// not looked at is never loaded. Those that are stored as another type are converted copies.
  ///
  /// - Parameter elementType: float32 or float64; as the weights are stored when nil.
  /// - Throws: as ``parameters()``.
  public func liveParameters(as elementType: ElementType? = nil) throws -> LiveParameters {
    let datasets = try layout.entries.map { try dataset(of: $0, in: ModelFilePaths.weights) }
    let type = elementType ?? weightType
    guard datasets.allSatisfy({ ElementType($0.type) == type }) else {
      let parameters = try parameters()
      return LiveParameters(parameters.converted(to: type))
    }
    let views = try datasets.map { dataset in try dataset.withView { $0 } }
    return LiveParameters(reading: views, layout: layout, elementType: type, owner: file)
  }

  /// Everything in the file.
  ///
  /// - Throws: ``ModelFileError`` when something is missing or does not fit the network.
  public func model() throws -> Model {
    var record: TrainingRecord?
    if let options, let progress {
      record = TrainingRecord(
        options: options, progress: progress, history: history,
        live: try liveOptimizerStep.map { step in
          try snapshot(
            weights: ModelFilePaths.liveWeights, optimizer: ModelFilePaths.liveOptimizer,
            step: step, options: options)
        }, environment: environment)
    }
    return Model(
      network: network,
      snapshot: try snapshot(
        weights: ModelFilePaths.weights, optimizer: ModelFilePaths.optimizer,
        step: optimizerStep, options: options),
      link: link, furtherLinks: Array(links.dropFirst()), preprocessing: preprocessing,
      training: record, configuration: configuration,
      provenance: provenance, extensions: try extensions())
  }

  /// Checks that every weight is there in its shape, without reading any.
  func checkWeights() throws {
    for entry in layout.entries { _ = try dataset(of: entry, in: ModelFilePaths.weights) }
  }

  private func snapshot(
    weights: String, optimizer: String, step: Int, options: TrainingOptions?
  ) throws -> TrainingSnapshot {
    let parameters = try parameters(in: weights)
    guard step > 0, let names = options?.optimizer.slots else {
      return TrainingSnapshot(parameters, slots: [], optimizerStep: step)
    }
    let slots = try names.map { name in
      let slot = try self.parameters(
        in: "\(optimizer)/\(name)", elementType: parameters.elementType, where: { $0.isTrainable })
      return (name: name, values: slot.trainable)
    }
    return TrainingSnapshot(parameters, slots: slots, optimizerStep: step)
  }

  private func parameters(in group: String) throws -> Parameters {
    try parameters(in: group, elementType: weightType) { _ in true }
  }

  /// The tensors of a group as parameters; those that are not asked for are zeros.
  private func parameters(
    in group: String, elementType: ElementType, where isStored: (ParameterSpec) -> Bool
  ) throws -> Parameters {
    var parameters = Parameters(zeros: layout, elementType: elementType)
    let stored = layout.entries.indices.filter { isStored(layout.entries[$0].spec) }
    let sources = try stored.map { index in
      try dataset(of: layout.entries[index], in: group).withView { $0 }
    }
    parameters.withMutableViews { targets in
      _ = Digest.parallel(stored.count, byteCount: byteCount) { index in
        targets[stored[index]].convert(from: sources[index])
      }
    }
    return parameters
  }

  /// The type in which weights are computed with: float64 where all of them are stored so, otherwise
  /// float32, to which 16-bit types are widened.
  var weightType: ElementType {
    let prefix = "/\(ModelFilePaths.weights)/"
    let weights = datasets.filter { $0.place.path.hasPrefix(prefix) }
    return !weights.isEmpty && weights.allSatisfy { $0.type == .float64 } ? .float64 : .float32
  }

  /// The dataset of a parameter, checked against the network.
  private func dataset(
    of entry: ParameterLayout.Entry, in group: String
  ) throws -> NativeDataset {
    let dataset = try wordingErrors { try root.dataset(at: "\(group)/\(entry.path)") }
    let expected = entry.spec.shape
    guard dataset.shape == expected.dimensions, dataset.type.isFloatingPoint else {
      throw ModelFileError(
        name, path: dataset.place.path,
        "expected real numbers \(expected), found \(dataset.type) \(dataset.shape)")
    }
    return dataset
  }
}

// MARK: - Tensors

extension ModelFile {
  /// Every tensor of the file but those of the index, in the file's order.
  ///
  /// - Throws: ``ModelFileError`` when one has more axes than tensors have.
  public func tensors() throws -> [StoredTensor] { try container.tensors() }

  /// Calls a closure with the numbers of a tensor, where they are mapped.
  ///
  /// - Throws: ``ModelFileError`` when there is no such tensor.
  public func withTensor<Result>(
    at path: String, _ body: (TensorView) throws -> Result
  ) throws -> Result { try container.withTensor(at: path, body) }

  /// The number of datasets, those of the index not among them.
  public var datasetCount: Int { datasets.count }
}

extension NativeDataset {
  /// Calls a closure with the elements, where they are mapped, for reading only.
  func withView<Result>(_ body: (TensorView) throws -> Result) throws -> Result {
    guard let type = ElementType(type) else {
      throw ModelFileError(place.file, path: place.path, "expected numbers, found text")
    }
    let shape: Shape
    do {
      shape = try Shape(checking: self.shape)
    } catch {
      throw ModelFileError(place.file, path: place.path, "\(error)")
    }
    return try unsafe withBytes { bytes in
      try body(unsafe TensorView(readOnly: bytes, shape: shape, elementType: type))
    }
  }

  /// A copy of the elements.
  func tensor() throws -> Tensor { try withView { Tensor(copying: $0) } }
}
