import HDF5
import Layers
import Networks
import Tensors
import Training

// MARK: - Identity

extension ModelFile {
  /// What the file holds, as 64 hexadecimal digits: the SHA-256 over paths, types, shapes and
  /// digests of all its datasets.
  ///
  /// Two files of equal models have one identity, wherever their datasets lie. It is the digests
  /// of the index that are taken: ``verify()`` tells whether the bytes have them. Where the index
  /// lacks one, the dataset is read.
  public var identity: String { ModelIndex.identity(of: contentRows(datasets)) }

  /// The same of the weights that predictions use alone: that of all files with these weights.
  public var weightsIdentity: String {
    let prefix = "/\(ModelFilePaths.weights)/"
    return ModelIndex.identity(
      of: contentRows(datasets.filter { $0.place.path.hasPrefix(prefix) }))
  }

  /// What a reader should know: that the index was rebuilt, or is damaged.
  public var notes: [String] {
    indexNotes + (unknownPaths.isEmpty ? [] : [unknownNote])
  }

  /// What a rewrite would not keep.
  private var unknownNote: String {
    let count = unknownPaths.count
    return "\(name): holds \(unknownPaths[0])" + (count > 1 ? " and \(count - 1) more" : "")
      + ", which this program does not know; a model written from it is without"
  }

  private var indexNotes: [String] {
    guard let first = comparison.problems.first else { return [] }
    let count = comparison.problems.count
    let found = "\(first)" + (count > 1 ? ", and \(count - 1) more" : "")
    return comparison.problems.allSatisfy(\.isTolerated)
      ? ["\(name): its index was rebuilt, since another program has written the file (\(found))"]
      : ["\(name): its index does not fit it (\(found)); see nnmodel verify \(name)"]
  }

  /// The paths of all datasets that one of two files has and the other not, or otherwise, in order.
  package func pathsOfDifferences(from other: ModelFile) -> [String] {
    func content(_ file: ModelFile) -> [String: ModelIndex.Row] {
      var content: [String: ModelIndex.Row] = [:]
      for var row in file.contentRows(file.datasets) {
        row.offset = 0
        content[row.path] = row
      }
      return content
    }
    let (one, two) = (content(self), content(other))
    return Set(one.keys).union(two.keys).filter { one[$0] != two[$0] }.sorted()
  }

  private func contentRows(_ datasets: [NativeDataset]) -> [ModelIndex.Row] {
    let stored = datasets.map { comparison.digests[$0.place.path] }
    let digests = Digest.parallel(datasets.count, byteCount: byteCount) {
      stored[$0] ?? datasets[$0].digest()
    }
    return zip(datasets, digests).map { dataset, digest in
      ModelIndex.Row(
        path: dataset.place.path, type: ModelIndex.name(of: dataset.type), shape: dataset.shape,
        offset: dataset.range.lowerBound, byteCount: dataset.byteCount, digest: digest)
    }
  }
}

// MARK: - Verification

extension ModelFile {
  /// Everything that is wrong with the file; empty for a file that is as it was written.
  ///
  /// Reads the whole file: that the index fits it, every dataset its digest and every gap is zeros,
  /// that weights and optimizer are finite numbers, that parameters and their attributes fit the
  /// network, the optimizer's state its kind, and the history the run.
  public func verify() -> [ModelFileProblem] {
    var problems = comparison.problems + comparison.identityProblems() + digestProblems()
    if let place = file.strayByte() {
      problems.append(.init(.padding, "byte \(place) belongs to nothing and is not zero"))
    }
    problems += snapshotProblems(
      weights: ModelFilePaths.weights, optimizer: ModelFilePaths.optimizer, step: optimizerStep)
    if let liveOptimizerStep {
      problems += snapshotProblems(
        weights: ModelFilePaths.liveWeights, optimizer: ModelFilePaths.liveOptimizer,
        step: liveOptimizerStep)
    } else if datasets.contains(where: { $0.place.path.hasPrefix("/training/live/") }) {
      problems.append(
        .init(.parameters, path: "/training/live", "is there, but the run does not mention it"))
    }
    problems += datasets.compactMap { dataset in
      let count = dataset.wrongTruthCount()
      return count == 0
        ? nil
        : .init(.number, path: dataset.place.path, "\(count) truth values are neither 0 nor 1")
    }
    problems += unknownPaths.map { path in
      .init(.structure, path: path, "is nothing that format \(version) knows")
    }
    return problems + historyProblems() + extensionProblems()
  }

  private func extensionProblems() -> [ModelFileProblem] {
    extensionNames.filter { !ModelExtension.isName($0) }.map { name in
      .init(
        .structure, path: "/\(ModelFilePaths.extensions)/\(name)",
        "expected a reverse domain name, as in org.example.calibration")
    }
  }

  /// Checks that the bytes of all datasets are those that were written, as far as the index knows
  /// them.
  ///
  /// - Throws: ``ModelFileError`` for the first that is not, or for a damaged index.
  public func checkDigests() throws {
    let problems =
      comparison.problems.filter { !$0.isTolerated } + comparison.identityProblems()
      + digestProblems()
    guard let first = problems.first else { return }
    throw ModelFileError(
      name, path: first.path,
      "\(first.problem); the file is damaged; put a copy in its place or train again")
  }

  private func digestProblems() -> [ModelFileProblem] {
    let known = datasets.compactMap { dataset in
      comparison.digests[dataset.place.path].map { (dataset: dataset, expected: $0) }
    }
    let found = Digest.parallel(known.count, byteCount: byteCount) { known[$0].dataset.digest() }
    return zip(known, found).compactMap { known, found in
      guard known.expected != found else { return nil }
      return ModelFileProblem(
        .digest, path: known.dataset.place.path,
        "expected bytes with SHA-256 \(known.expected.hexadecimal.prefix(16))…, found "
          + "\(found.hexadecimal.prefix(16))…")
    }
  }

  private func historyProblems() -> [ModelFileProblem] {
    func problem(_ words: String) -> [ModelFileProblem] {
      [.init(.history, path: "/\(ModelFilePaths.history)", words)]
    }
    guard let progress else {
      return history.isEmpty ? [] : problem("is there, but the file knows of no run")
    }
    guard history.count == progress.epoch else {
      return problem("expected \(progress.epoch) epochs, found \(history.count)")
    }
    guard history.enumerated().allSatisfy({ $0.element.epoch == $0.offset + 1 }) else {
      return problem("expected the epochs 1 to \(progress.epoch), found others")
    }
    return []
  }
}

// MARK: - Parameters and optimizer

extension ModelFile {
  private func snapshotProblems(
    weights: String, optimizer: String, step: Int
  ) -> [ModelFileProblem] {
    var problems = groupProblems(
      weights, entries: layout.entries, kind: .parameters, hasAttributes: true)
    let trained = layout.entries.filter(\.spec.isTrainable)
    let slots = step > 0 ? options?.optimizer.slots ?? [] : []
    for slot in slots {
      problems += groupProblems("\(optimizer)/\(slot)", entries: trained, kind: .optimizer)
    }
    let known = slots.map { "/\(optimizer)/\($0)/" }
    for dataset in self.datasets(in: optimizer)
    where !known.contains(where: { dataset.place.path.hasPrefix($0) }) {
      problems.append(
        .init(.optimizer, path: dataset.place.path, "is nothing that the optimizer keeps"))
    }
    return problems
  }

  /// What is wrong with a group that holds one tensor per parameter.
  private func groupProblems(
    _ group: String, entries: [ParameterLayout.Entry], kind: ModelFileProblem.Kind,
    hasAttributes: Bool = false
  ) -> [ModelFileProblem] {
    var found: [String: NativeDataset] = [:]
    for dataset in datasets(in: group) { found[dataset.place.path] = dataset }
    let expected = entries.map { entry in
      let path = "/\(group)/\(entry.path)"
      return (entry: entry, path: path, dataset: found.removeValue(forKey: path))
    }
    let problems = Digest.parallel(
      expected.count, byteCount: byteCount
    ) { index -> ModelFileProblem? in
      let (entry, path, dataset) = expected[index]
      guard let dataset else { return .init(kind, path: path, "is missing") }
      let shape = entry.spec.shape
      guard dataset.type.isFloatingPoint, dataset.shape == shape.dimensions else {
        return .init(
          kind, path: path,
          "expected real numbers \(shape), found \(dataset.type) \(dataset.shape)")
      }
      if hasAttributes, dataset.attributes != StoredTensorAttributes.values(of: entry.spec) {
        return .init(kind, path: path, "its attributes are not those of the network's parameter")
      }
      let count = dataset.nonFiniteCount()
      return count == 0
        ? nil
        : .init(.number, path: path, "\(count) of \(shape.count) numbers are NaN or infinite")
    }
    let unknown = found.keys.sorted().map {
      ModelFileProblem(kind, path: $0, "belongs to no parameter of the network")
    }
    return problems.compactMap { $0 } + unknown
  }

  private func datasets(in group: String) -> [NativeDataset] {
    datasets.filter { $0.place.path.hasPrefix("/\(group)/") }
  }
}

extension StoredTensorAttributes {
  /// The attributes of a parameter's dataset.
  static func values(of spec: ParameterSpec) -> [String: Attribute] {
    [axes: .text(spec.axes), isTrainable: .integer(spec.isTrainable ? 1 : 0)]
  }
}

extension NativeDataset {
  /// How many elements of a dataset of real numbers are NaN or infinite: those with every bit of
  /// the exponent set.
  fileprivate func nonFiniteCount() -> Int {
    switch type {
    case .float32: count(as: UInt32.self) { $0 & 0x7f80_0000 == 0x7f80_0000 }
    case .float64:
      count(as: UInt64.self) { $0 & 0x7ff0_0000_0000_0000 == 0x7ff0_0000_0000_0000 }
    case .float16: count(as: UInt16.self) { $0 & 0x7c00 == 0x7c00 }
    case .bfloat16: count(as: UInt16.self) { $0 & 0x7f80 == 0x7f80 }
    default: 0
    }
  }

  /// How many elements of a dataset of truth values are neither 0 nor 1.
  fileprivate func wrongTruthCount() -> Int {
    type == .bool ? count(as: UInt8.self) { $0 > 1 } : 0
  }

  private func count<Word: FixedWidthInteger & BitwiseCopyable>(
    as type: Word.Type, where isCounted: (Word) -> Bool
  ) -> Int {
    unsafe withBytes { bytes in
      unsafe bytes.withMemoryRebound(to: Word.self) { words in
        var count = 0
        for index in words.indices { count &+= unsafe isCounted(words[index]) ? 1 : 0 }
        return count
      }
    }
  }
}
