import Formats

/// What a checkpoint of PyTorch holds: a state dict alone, or one beside an optimizer and whatever else a
/// program has saved.
struct TorchCheckpoint {
  let file: PyTorchFile
  /// The weights, in the order of the modules.
  private(set) var tensors: [Formats.StoredTensor] = []
  /// The places of their numbers, by name: equal ones are one parameter.
  private(set) var places: [String: PickledTensor] = [:]
  /// The state dict of an optimizer.
  private(set) var optimizer: PickleValue?
  /// The state dict of a schedule.
  private(set) var schedule: PickleValue?
  /// The epoch and the step that the program has noted.
  private(set) var epoch: Int?
  private(set) var step: Int?

  private static let weightKeys = [
    "state_dict", "model_state_dict", "model", "net", "network", "module", "weights", "params",
    "state", "generator",
  ]
  private static let optimizerKeys = [
    "optimizer", "optimizer_state_dict", "optimizer_states", "optim", "optimizer_state", "opt",
  ]
  private static let scheduleKeys = [
    "scheduler", "lr_scheduler", "scheduler_state_dict", "lr_scheduler_state_dict", "lr_schedulers",
    "schedule",
  ]
  private static let epochKeys = ["epoch", "epochs", "current_epoch"]
  private static let stepKeys = ["step", "global_step", "iteration", "iter", "steps"]

  /// Reads what a file holds.
  ///
  /// - Throws: ``ConversionError`` where there are no weights, or the error of the format.
  init(path: String, log: inout ConversionLog) throws {
    file = try PyTorchFile(path: path)
    let tree = file.tree
    guard let entries = tree.entries(of: tree.root) else {
      throw log.error(
        nil, "expected a state dict or a dictionary with one, found \(tree.root.kindDescription)")
    }
    if entries.contains(where: { tree.tensor($0.value) != nil }) {
      try readWeights(tree.root, log: &log)
      return
    }
    let key = try weightsKey(entries, log: log)
    for entry in entries {
      guard case .text(let name) = entry.key else {
        log.ignore("entry", "its key is \(entry.key.kindDescription)")
        continue
      }
      if name == key {
        try readWeights(entry.value, log: &log)
      } else {
        readEntry(name, entry.value, log: &log)
      }
    }
  }

  /// The key of the weights: a known one, or the only one with a dictionary of tensors.
  private func weightsKey(
    _ entries: [(key: PickleValue, value: PickleValue)], log: ConversionLog
  ) throws -> String {
    let tree = file.tree
    let candidates = entries.compactMap { entry -> String? in
      guard case .text(let name) = entry.key, let inner = tree.entries(of: entry.value),
        inner.contains(where: { tree.tensor($0.value) != nil })
      else { return nil }
      return name
    }
    if let known = TorchCheckpoint.weightKeys.first(where: candidates.contains) { return known }
    guard candidates.count == 1, let only = candidates.first else {
      let names = entries.compactMap { entry -> String? in
        if case .text(let name) = entry.key { name } else { nil }
      }
      throw log.error(
        nil,
        "expected a state dict under 'model' or 'state_dict', found: "
          + names.prefix(12).joined(separator: ", "))
    }
    return only
  }

  private mutating func readWeights(_ value: PickleValue, log: inout ConversionLog) throws {
    let tree = file.tree
    for entry in tree.entries(of: value) ?? [] {
      guard case .text(let name) = entry.key else {
        throw log.error("state dict", "expected names, found \(entry.key.kindDescription)")
      }
      guard let tensor = tree.tensor(entry.value) else {
        log.ignore("weights \(name)", "\(entry.value.kindDescription), no tensor")
        continue
      }
      guard places.updateValue(tensor, forKey: name) == nil else {
        throw log.error("weights \(name)", "two tensors have this name")
      }
      guard tensor.type.elementType != nil else {
        try log.lose("weights \(name)", "\(tensor.type.rawValue) numbers are not read")
        continue
      }
      tensors.append(try file.stored(tensor, named: name))
    }
  }

  private mutating func readEntry(
    _ name: String, _ value: PickleValue, log: inout ConversionLog
  ) {
    // Lightning has lists of them.
    let elements = file.tree.elements(of: value)
    let single = elements.map { $0.count == 1 ? $0[0] : .none } ?? value
    let isDictionary = file.tree.entries(of: single) != nil
    if optimizer == nil, TorchCheckpoint.optimizerKeys.contains(name), isDictionary {
      optimizer = single
    } else if schedule == nil, TorchCheckpoint.scheduleKeys.contains(name), isDictionary {
      schedule = single
    } else if epoch == nil, TorchCheckpoint.epochKeys.contains(name), let count = value.integer {
      epoch = count
    } else if step == nil, TorchCheckpoint.stepKeys.contains(name), let count = value.integer {
      step = count
    } else {
      log.ignore("entry '\(name)'", "\(value.kindDescription) of the program that saved it")
    }
  }
}
