import Formats
import Kernels
import ModelFiles
import Networks
import Tensors
import Training

/// Reads the state of an optimizer of PyTorch: options, steps, and what it keeps for every parameter.
struct TorchTrainingState {
  let checkpoint: TorchCheckpoint
  /// Which tensor of the state dict is what.
  let match: WeightMatch
  let parameters: Parameters

  /// A parameter of the optimizer; what it is made of is nil where the network has nothing like it.
  private typealias Slot = (name: String, assignment: WeightMatch.Assignment?)

  /// Puts the state of the optimizer into a model that has the checkpoint's weights.
  ///
  /// - Throws: ``ConversionError`` for what has no counterpart, unless losses are allowed.
  func load(into model: inout Model, from architecture: Model, log: inout ConversionLog) throws {
    guard let state = checkpoint.optimizer else {
      if checkpoint.schedule != nil {
        log.ignore("scheduler", "there is no optimizer whose learning rate it would change")
      }
      return
    }
    let tree = checkpoint.file.tree
    let groupList = tree.value(TorchOptimizers.groupsName, of: state)
    guard let groups = groupList.flatMap({ tree.elements(of: $0) }), let first = groups.first
    else {
      return try log.lose("optimizer", "expected '\(TorchOptimizers.groupsName)', found none")
    }
    var options = TorchOptimizers.Options(tree, first)
    var current = options.number(TorchOptimizers.rateName) ?? 0
    if current == 0 {
      // Where a schedule has come to its end.
      current = options.number(TorchOptimizers.initialRateName) ?? 0.001
      log.change(
        "optimizer lr", "0, at which nothing is learned; \(current) until another one is asked for")
    }
    let base = options.number(TorchOptimizers.initialRateName) ?? current
    try compare(groups, log: &log)
    let schedule = try TorchSchedules.schedule(
      checkpoint, base: base, current: current, log: &log)
    guard
      let optimizer = try TorchOptimizers.optimizer(
        &options, rate: schedule.rate, log: &log),
      let slots = try slotsByIndex(groups, states(state), log: &log),
      let snapshot = try snapshot(of: optimizer, slots, state, log: &log)
    else { return }
    model.snapshot = snapshot
    model.training = TrainingRecord(
      options: try trainingOptions(optimizer, schedule, architecture, log: &log),
      progress: schedule.progress, history: [], live: nil)
    if let epoch = checkpoint.epoch {
      log.ignore("entry 'epoch'", "\(epoch); our history of epochs begins with this file")
    }
  }

  /// Checks that all groups have one set of options.
  private func compare(
    _ groups: [PickleValue], log: inout ConversionLog
  ) throws(ConversionError) {
    let tree = checkpoint.file.tree
    let names = [TorchOptimizers.parametersName, TorchOptimizers.parameterNamesName]
    func options(_ group: PickleValue) -> [String: PickleValue] {
      var options: [String: PickleValue] = [:]
      for entry in tree.entries(of: group) ?? [] {
        guard case .text(let name) = entry.key, !names.contains(name) else { continue }
        // Pairs lie in different places.
        if let pair = tree.elements(of: entry.value) {
          for (index, value) in pair.enumerated() { options["\(name) \(index)"] = value }
        } else {
          options[name] = entry.value
        }
      }
      return options
    }
    guard let first = groups.first.map(options) else { return }
    for (index, group) in groups.enumerated().dropFirst() where options(group) != first {
      try log.lose(
        "optimizer group \(index)",
        "its options differ from those of group 0, and one set holds for all parameters here")
    }
  }
}

// MARK: - Parameters

extension TorchTrainingState {
  /// By index of the optimizer the parameter that is meant; nil where that cannot be told and losses are
  /// allowed.
  private func slotsByIndex(
    _ groups: [PickleValue], _ states: [(index: Int, shapes: [Shape])], log: inout ConversionLog
  ) throws -> [Int: Slot]? {
    let tree = checkpoint.file.tree
    var byName: [String: WeightMatch.Assignment] = [:]
    for assignment in match.assignments { byName[assignment.stored.name] = assignment }
    var indices: [Int] = []
    var given: [Int: String] = [:]
    for group in groups {
      let list = tree.value(TorchOptimizers.parametersName, of: group)
      let found = list.flatMap { tree.elements(of: $0) }?.compactMap(\.integer) ?? []
      let names = tree.value(TorchOptimizers.parameterNamesName, of: group)
        .flatMap { tree.elements(of: $0) }
      for (place, index) in found.enumerated() {
        indices.append(index)
        if let names, place < names.count, case .text(let name) = names[place] {
          given[index] = name
        }
      }
    }
    var ordered = orderedParameters(byName)
    guard !given.isEmpty || indices.count == ordered.count else {
      try log.lose(
        "optimizer",
        "it has \(indices.count) parameters, the state dict \(ordered.count); which are meant, the "
          + "file does not say")
      return nil
    }
    guard Set(indices).count == indices.count else {
      throw log.error("optimizer", "two parameters have one index")
    }
    if given.isEmpty {
      guard let found = order(of: ordered, groups: groups.count, states) else {
        try log.lose(
          "optimizer", "its states have other shapes than the parameters of the state dict in order"
        )
        return nil
      }
      if found != ordered {
        log.change("optimizer", "its groups are taken as those of matrices and of vectors")
      }
      ordered = found
    }
    var slots: [Int: Slot] = [:]
    for (place, index) in indices.sorted().enumerated() {
      let name = given[index] ?? (place < ordered.count ? ordered[place] : "")
      slots[index] = (name, byName[name])
    }
    return slots
  }

  /// The shapes of what the optimizer keeps for each parameter, single numbers apart.
  private func states(_ state: PickleValue) -> [(index: Int, shapes: [Shape])] {
    let tree = checkpoint.file.tree
    let entries =
      tree.value(TorchOptimizers.stateName, of: state)
      .flatMap { tree.entries(of: $0) } ?? []
    return entries.compactMap { entry in
      guard case .int(let index) = entry.key else { return nil }
      let tensors = (tree.entries(of: entry.value) ?? []).compactMap { tree.tensor($0.value) }
      return (index, tensors.map(\.shape).filter { $0.rank > 0 })
    }
  }

  /// The order of parameters that fits what the optimizer keeps: that of the state dict, or where there are
  /// several groups, as programs make them, matrices before vectors; nil where neither does.
  private func order(
    of names: [String], groups: Int, _ states: [(index: Int, shapes: [Shape])]
  ) -> [String]? {
    func rank(_ name: String) -> Int { checkpoint.places[name]?.shape.rank ?? 0 }
    var orders = [names]
    if groups > 1 { orders.append(names.filter { rank($0) > 1 } + names.filter { rank($0) <= 1 }) }
    return orders.first { order in
      states.allSatisfy { state in
        guard order.indices.contains(state.index) else { return true }
        let shape = checkpoint.places[order[state.index]]?.shape
        return state.shapes.allSatisfy { $0 == shape }
      }
    }
  }

  /// The names of the state dict that are parameters, each tensor once.
  private func orderedParameters(_ byName: [String: WeightMatch.Assignment]) -> [String] {
    let trainable = Set(parameters.layout.entries.filter(\.spec.isTrainable).map(\.path))
    let buffers = ["running_mean", "running_var", "num_batches_tracked"]
    var seen: Set<PickledTensor> = []
    return checkpoint.tensors.map(\.name).filter { name in
      guard let place = checkpoint.places[name], seen.insert(place).inserted else { return false }
      guard let assignment = byName[name] else {
        return !buffers.contains { name == $0 || name.hasSuffix("." + $0) }
      }
      switch assignment.tensor.numbers {
      case .counter: return false
      case .constant: return true
      default: return assignment.tensor.parameters.allSatisfy(trainable.contains)
      }
    }
  }

  private func snapshot(
    of optimizer: any Optimizer, _ slots: [Int: Slot], _ state: PickleValue,
    log: inout ConversionLog
  ) throws -> TrainingSnapshot? {
    let tree = checkpoint.file.tree
    let entries =
      tree.value(TorchOptimizers.stateName, of: state)
      .flatMap { tree.entries(of: $0) } ?? []
    let names = TorchOptimizers.slotNames[optimizer.kind] ?? [:]
    var steps: Set<Int> = []
    var stored: [String: [WeightMatch.Assignment]] = [:]
    var hasState: Set<Int> = []
    for entry in entries {
      guard case .int(let index) = entry.key, let slot = slots[index] else {
        throw log.error("optimizer", "has a state of a parameter that no group has")
      }
      guard hasState.insert(index).inserted else {
        throw log.error("optimizer", "has two states of parameter \(index)")
      }
      for part in tree.entries(of: entry.value) ?? [] {
        guard case .text(let name) = part.key else { continue }
        if name == TorchOptimizers.stepName {
          steps.insert(try step(part.value, log: log))
        } else if let own = names.first(where: { $0.value == name })?.key,
          optimizer.slots.contains(own)
        {
          guard let tensor = tree.tensor(part.value) else { continue }
          guard let assignment = slot.assignment else { continue }
          let subject = "optimizer state \(slot.name) \(name)"
          guard tensor.shape == assignment.tensor.shape else {
            throw log.error(
              subject, "expected the shape \(assignment.tensor.shape), found \(tensor.shape)")
          }
          stored[own, default: []].append(
            .init(
              stored: try checkpoint.file.stored(tensor, named: "\(slot.name) \(name)"),
              tensor: assignment.tensor, node: assignment.node))
        } else if tree.tensor(part.value) != nil {
          try log.lose("optimizer state \(slot.name) \(name)", "\(optimizer.kind) keeps no such")
        }
      }
    }
    var snapshot = TrainingSnapshot(parameters)
    snapshot.optimizerStep = stepCount(steps, hasState: !stored.isEmpty, log: &log)
    guard snapshot.optimizerStep > 0 else {
      log.ignore("optimizer state", "there is none")
      return snapshot
    }
    report(slots, hasState, log: &log)
    for name in optimizer.slots {
      var values = Parameters(zeros: parameters.layout, elementType: parameters.elementType)
      try WeightLoading.store(
        ordered(stored[name] ?? []), into: &values, meaning: .optimizerState, log: &log)
      snapshot.slots.append((name: name, values: values.trainable))
      log.map("optimizer state \(names[name] ?? name)", to: "\(optimizer.kind)/\(name)")
    }
    return snapshot
  }

  /// The states in the order of the state dict, so that of two summands the first comes first.
  private func ordered(_ states: [WeightMatch.Assignment]) -> [WeightMatch.Assignment] {
    states.filter { state in
      if case .constant = state.tensor.numbers { return false }
      return true
    }
  }

  private func report(
    _ slots: [Int: Slot], _ hasState: Set<Int>, log: inout ConversionLog
  ) {
    for (index, slot) in slots.sorted(by: { $0.key < $1.key }) {
      if slot.assignment == nil {
        log.ignore("optimizer state \(slot.name)", "belongs to no parameter of the network")
      } else if !hasState.contains(index) {
        log.change("optimizer state \(slot.name)", "0, for it has none")
      }
      if case .summand(_, isFirst: false)? = slot.assignment?.tensor.numbers {
        log.change(
          "optimizer state \(slot.name)",
          "two biases are one here: from now on a step moves their sum half as far")
      }
    }
  }

  private func step(_ value: PickleValue, log: ConversionLog) throws -> Int {
    var number = value.number
    if let tensor = checkpoint.file.tree.tensor(value), tensor.shape.count == 1 {
      number = try checkpoint.file.stored(tensor, named: TorchOptimizers.stepName).tensor()
        .doubles().first
    }
    guard let number, let count = Int(exactly: number), (0...1 << 48).contains(count) else {
      throw log.error("optimizer", "expected a count of steps, found \(value.kindDescription)")
    }
    return count
  }

  private func stepCount(
    _ steps: Set<Int>, hasState: Bool, log: inout ConversionLog
  ) -> Int {
    if let last = steps.max() {
      if steps.count > 1 {
        log.change("optimizer step", "\(last) for all parameters, which differ in the file")
      } else {
        log.map("optimizer step", to: "\(last)")
      }
      return last
    }
    guard hasState else { return 0 }
    let count = max(1, min(checkpoint.step ?? 1, 1 << 48))
    log.change("optimizer step", "\(count), for this optimizer does not count")
    return count
  }
}

// MARK: - Options

extension TorchTrainingState {
  private func trainingOptions(
    _ optimizer: any Optimizer, _ schedule: TorchSchedules.Result, _ architecture: Model,
    log: inout ConversionLog
  ) throws -> TrainingOptions {
    var options: TrainingOptions
    if let known = architecture.training?.options {
      options = known
      options.warmUp = .none
      log.ignore("loss", "a checkpoint has none; that of the architecture holds")
    } else {
      let losses = architecture.links.map(TorchTrainingState.loss)
      options = TrainingOptions(
        loss: losses[0], furtherLosses: losses.dropFirst().map { OutputLoss($0) })
      log.ignore("loss", "a checkpoint has none; \(losses[0].kind) suits the outputs")
    }
    options.optimizer = optimizer
    options.schedule = schedule.schedule
    options.scheduleUnit = schedule.unit
    if let epochs = schedule.epochs { options.epochs = epochs }
    do {
      try options.validate()
    } catch {
      throw log.error("optimizer", "\(error)")
    }
    return options
  }

  private static func loss(of link: Link) -> any Loss {
    switch link {
    case .softmax: CrossEntropy()
    case .sigmoid: BinaryCrossEntropy()
    case .identity: MeanSquaredError()
    }
  }
}
