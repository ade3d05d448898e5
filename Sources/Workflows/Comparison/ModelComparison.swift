import ModelFiles
import Networks

/// What differs between two models with a graph.
struct ModelComparison {
  private let old: (file: ComparedFile, model: ModelFile)
  private let new: (file: ComparedFile, model: ModelFile)
  private let options: Comparison.Options
  private let pairing: TensorPairing
  private let architecture: ArchitectureComparison
  private let layouts: (old: ParameterLayout, new: ParameterLayout)

  init(
    _ old: ComparedFile, _ oldModel: ModelFile, _ new: ComparedFile, _ newModel: ModelFile,
    _ options: Comparison.Options
  ) throws {
    self.old = (old, oldModel)
    self.new = (new, newModel)
    self.options = options
    pairing = try TensorPairing(oldModel, newModel)
    architecture = try ArchitectureComparison(
      ComparedNetwork(oldModel.network, weights: pairing.oldWeights),
      ComparedNetwork(newModel.network, weights: pairing.newWeights))
    layouts = (try ParameterLayout(oldModel.network), try ParameterLayout(newModel.network))
  }

  /// The whole report.
  func report(_ filter: DifferenceFilter) throws -> ComparisonReport {
    let training = try TrainingComparison(old.model, new.model)
    let provenance = try ProvenanceComparison(
      old.model, new.model, others: options.lineage.map { try ModelFile(reading: $0) })
    var parts: [ComparisonReport.Part] = []
    for part in ComparisonPart.allCases where isCompared(part) {
      let changes: [Change]
      var tensors: TensorsReport?
      switch part {
      case .architecture: changes = try architectureChanges()
      case .parameters:
        changes = []
        tensors = try compare(weights(in: ModelFilePaths.weights))
      case .behaviour: continue
      case .preprocessing:
        changes = try PreprocessingComparison.changes(
          old.model.preprocessing, new.model.preprocessing)
      case .training: changes = try trainingChanges(training)
      case .optimizer:
        changes = training.optimizerChanges()
        tensors = try compare(statePairs())
      case .schedule: changes = training.scheduleChanges()
      case .history: changes = try training.historyChanges()
      case .provenance: changes = try provenance.changes()
      case .extensions:
        changes = extensionChanges()
        tensors = try compare(pairing.pairs(below: ModelFilePaths.extensions))
      }
      parts.append(filter.part(part, changes, tensors: tensors.flatMap { $0.count > 0 ? $0 : nil }))
    }
    let behaviour = try options.data.flatMap { data in
      options.includes(.behaviour)
        && !filter.ignores(ComparisonPart.behaviour.rawValue, in: .behaviour)
        ? try BehaviourComparison.run(old.model, new.model, data: data, options) : nil
    }
    return ComparisonReport(
      old: ComparisonReport.File(old.file), new: ComparisonReport.File(new.file), parts: parts,
      lineage: isCompared(.provenance) ? provenance.lineage() : nil, behaviour: behaviour,
      layers: parts.first { $0.part == .architecture }.map { layers(changes: $0.changes) },
      commonEpochCount: isCompared(.history) ? training.commonEpochCount : nil,
      notes: old.file.notes + new.file.notes + (behaviour?.notes ?? []))
  }
}

// MARK: - Parts

extension ModelComparison {
  /// Whether a part was asked for, and may be in both files.
  private func isCompared(_ part: ComparisonPart) -> Bool {
    options.includes(part) && old.file.parts.contains(part) && new.file.parts.contains(part)
  }

  private func layers(changes: [Change]) -> ComparisonReport.LayersReport {
    let matching = architecture.matching
    let names = Set(changes.filter { $0.kind != .added }.compactMap(\.layer))
    let common = old.model.network.nodes.map(\.name).filter { architecture.newNames[$0] != nil }
    return ComparisonReport.LayersReport(
      old: matching.newPlaces.count, new: matching.oldPlaces.count,
      common: common.count, changed: common.count(where: names.contains))
  }

  private func architectureChanges() throws -> [Change] {
    let changes = try architecture.changes(
      oldLinks: old.model.links.map(\.rawValue), newLinks: new.model.links.map(\.rawValue))
    guard old.file.hasInitializers, new.file.hasInitializers else {
      return changes.filter { !$0.path.hasSuffix("_initializer") }
    }
    return changes
  }

  /// Of a run of another program no more is known than its loss.
  private func trainingChanges(_ training: TrainingComparison) throws -> [Change] {
    let changes = try training.trainingChanges()
    guard old.file.kind == .nnmodel, new.file.kind == .nnmodel else {
      return changes.filter { $0.path.hasPrefix(TrainingComparison.lossPath) }
    }
    return changes
  }

  private func compare(_ pairs: [TensorPair]) throws -> TensorsReport {
    try TensorComparison(tolerance: options.tolerance, threads: options.threadCount).report(pairs)
  }

  private func weights(in group: String) -> [TensorPair] {
    pairing.pairs(in: group, names: architecture.newNames, layouts: layouts)
  }

  /// What the optimizer keeps, and what an unfinished run goes on from.
  private func statePairs() -> [TensorPair] {
    let slots = (old.model.options?.optimizer.slots ?? [])
    let further = (new.model.options?.optimizer.slots ?? []).filter { !slots.contains($0) }
    let groups =
      (slots + further).map { "\(ModelFilePaths.optimizer)/\($0)" }
      + [ModelFilePaths.liveWeights]
      + (slots + further).map { "\(ModelFilePaths.liveOptimizer)/\($0)" }
    return groups.flatMap { weights(in: $0) }
  }

  /// Texts that other programs keep; their tensors are compared as such.
  private func extensionChanges() -> [Change] {
    let prefix = "/\(ModelFilePaths.extensions)/"
    let tensors = Set(
      pairing.pairs(below: ModelFilePaths.extensions).map { "/\($0.path)" })
    return old.model.pathsOfDifferences(from: new.model)
      .filter { $0.hasPrefix(prefix) && !tensors.contains($0) }
      .map { Change(.changed, String($0.dropFirst())) }
  }
}

extension Change {
  /// The name behind that of the part.
  fileprivate var layer: String? { path.split(separator: "/").dropFirst().first.map(String.init) }
}
