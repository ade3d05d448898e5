import Formats
import Kernels
import ModelFiles
import Networks
import Tensors
import Training

/// Where the training of a file's model stands: what was asked, and what the optimizer knows.
struct KerasTrainingState {
  let options: TrainingOptions
  /// The slots of the optimizer, laid out as the trainable parameters; none where it has not begun.
  let slots: [(name: String, values: Tensor)]
  /// The steps that the optimizer has taken.
  let step: Int

  /// The state of a file.
  ///
  /// - Throws: ``ConversionError`` for what has no counterpart, unless losses are allowed.
  /// - Returns: nil where the file tells of no training that could go on.
  init?(
    _ file: KerasFile, _ architecture: KerasArchitecture, arrays: KerasArrays,
    _ compilation: KerasCompilation?, _ outputs: KerasOutputs, layout: ParameterLayout,
    era: KerasEra, log: inout ConversionLog
  ) throws {
    guard let compilation, let losses = outputs.losses, let first = losses.first,
      let described = compilation.optimizer
    else {
      if !file.optimizer.isEmpty {
        try log.lose("optimizer", "the file does not say what its variables are of")
      }
      return nil
    }
    let variables = try KerasOptimizerVariables(file, described, era: era, log: &log)
    guard
      let optimizer = try KerasOptimizer(
        described, step: variables.step, storedRate: variables.rate,
        slotNames: variables.variables.map(\.name), era: era, log: &log)
    else { return nil }
    let penalty = try KerasTrainingState.penalty(architecture, layout, log: &log)
    options = TrainingOptions(
      loss: first.loss, lossWeight: first.weight, furtherLosses: Array(losses.dropFirst()),
      optimizer: optimizer.optimizer, schedule: optimizer.schedule.schedule,
      l1: penalty.l1, l2: penalty.l2, clipNorm: optimizer.clipNorm,
      clipValue: optimizer.clipValue)
    do {
      try options.validate()
    } catch {
      throw log.error("training", "\(error)")
    }
    step = variables.step
    slots = try variables.slots(
      of: optimizer, architecture: architecture, arrays: arrays, layout: layout, file: file.file,
      log: &log)
    log.change(
      "training",
      "batches are of \(options.batchSize) rows until another number is given; the file has none")
  }

  /// The penalty on all kernels; there is but one here.
  private static func penalty(
    _ architecture: KerasArchitecture, _ layout: ParameterLayout, log: inout ConversionLog
  ) throws -> KerasPenalty {
    let none = KerasPenalty(l1: 0, l2: 0)
    let paths = layout.entries.filter { $0.spec.role == .kernel }.map(\.path)
    guard let first = architecture.penalties.values.first else { return none }
    let isOfAll = paths.allSatisfy { architecture.penalties[$0] == first }
    guard isOfAll, Set(architecture.penalties.keys).isSubset(of: paths) else {
      try log.lose(
        "regularizers",
        "a penalty on some kernels, or another one on others; here one holds for all of them")
      return none
    }
    log.map("regularizers", to: "l1 \(first.l1), l2 \(first.l2) of all kernels")
    return first
  }
}

/// The variables of an optimizer as a file has them.
struct KerasOptimizerVariables {
  /// The steps taken.
  let step: Int
  /// The learning rate, where it is a variable.
  let rate: Double?
  /// All others.
  let variables: [KerasTensor]

  init(
    _ file: KerasFile, _ described: KerasJSON, era: KerasEra, log: inout ConversionLog
  ) throws {
    var rest = file.optimizer[...]
    guard let first = rest.first, first.shape.count == 1 else {
      if !rest.isEmpty {
        try log.lose("optimizer", "its first variable, the steps taken, is missing")
      }
      (step, rate, variables) = (0, nil, [])
      return
    }
    rest = rest.dropFirst()
    let steps = try first.tensor().doubles().first ?? 0
    guard let count = Int(exactly: steps.rounded()), (0...1 << 48).contains(count) else {
      throw log.error("optimizer \(first.name)", "expected 0 to 2^48 steps, found \(steps)")
    }
    step = count
    log.map("optimizer \(first.name)", to: "step \(count)")
    let config = described["config"]?["inner_optimizer"]?["config"] ?? described["config"]
    var rate: Double?
    if era.major >= 3, config?["learning_rate"]?.object == nil, let next = rest.first,
      next.shape.count == 1, next.elementType.isFloatingPoint
    {
      rate = try next.tensor().doubles().first
      log.map("optimizer \(next.name)", to: "learning rate \(rate.map { "\(Float($0))" } ?? "")")
      rest = rest.dropFirst()
    }
    self.rate = rate
    variables = Array(rest)
  }
}

// MARK: - Slots

extension KerasOptimizerVariables {
  /// The slots of ours, each in a buffer as the trainable parameters are.
  func slots(
    of optimizer: KerasOptimizer, architecture: KerasArchitecture, arrays: KerasArrays,
    layout: ParameterLayout, file: String, log: inout ConversionLog
  ) throws -> [(name: String, values: Tensor)] {
    /// How many arrays of every layer are trained.
    let counts = architecture.leaves.map { leaf in
      guard leaf.isTrainable else { return 0 }
      if arrays.isOld, let count = leaf.oldCount { return count }
      return leaf.variables.count { $0.isTrainable }
    }
    let count = counts.reduce(0, +)
    let kinds = optimizer.slots.count
    let (leading, trailing) = (optimizer.leadingSlots.count, optimizer.trailingSlots.count)
    if variables.isEmpty { return fresh(optimizer, layout) }
    guard variables.count == (leading + kinds + trailing) * count else {
      // Without momentum some versions keep the zeros of one all the same.
      if kinds == 0, variables.count == count {
        for slot in variables {
          log.ignore("optimizer \(slot.name)", "without momentum nothing is kept")
        }
        return []
      }
      try log.lose(
        "optimizer state",
        "expected \((leading + kinds + trailing) * count) variables beside the step, found "
          + "\(variables.count)")
      return fresh(optimizer, layout)
    }
    let target = KerasParameterTarget(layout)
    let own = Array(variables[leading * count..<(leading + kinds) * count])
    var results: [(name: String, values: Tensor)] = []
    for (number, kind) in optimizer.slots.enumerated() {
      var buffer = start(optimizer, kind.name, layout)
      var place = 0
      for (leaf, arrayCount) in zip(architecture.leaves, counts) where arrayCount > 0 {
        let stored = (place..<place + arrayCount).map { variable in
          own[optimizer.isInterleaved ? variable * kinds + number : number * count + variable]
        }
        place += arrayCount
        let tensors = try stored.map { try $0.numbers() }
        for (variable, name, values) in try leaf.parameters(
          of: tensors, named: stored.map { "optimizer \($0.name)" }, file: file, ofTrainable: true)
        {
          if variable.isMerged {
            try log.lose(name, "two offsets are one here; what is known of it begins anew")
            continue
          }
          let factor = Float(kind.factor)
          target.fill(
            &buffer,
            with: values.map { path, tensor in
              (path, factor == 1 ? tensor : tensor.mapped { $0 * factor })
            })
          let paths = values.map { "\(kind.name) of \($0.path)" }.joined(separator: ", ")
          if factor == 1 { log.map(name, to: paths) } else { log.change(name, paths) }
        }
      }
      results.append((kind.name, buffer.trainable))
    }
    return results
  }

  /// Slots of an optimizer that has not begun: none, unless they begin with another number than ours.
  private func fresh(
    _ optimizer: KerasOptimizer, _ layout: ParameterLayout
  ) -> [(name: String, values: Tensor)] {
    guard optimizer.initialSquare != 0 else { return [] }
    return optimizer.slots.map { ($0.name, start(optimizer, $0.name, layout).trainable) }
  }

  private func start(
    _ optimizer: KerasOptimizer, _ name: String, _ layout: ParameterLayout
  ) -> Parameters {
    var buffer = Parameters(zeros: layout)
    guard optimizer.initialSquare != 0 else { return buffer }
    for entry in layout.entries where entry.spec.isTrainable {
      let values = Array(repeating: Float(optimizer.initialSquare), count: entry.spec.shape.count)
      buffer[entry] = Tensor(values, shape: entry.spec.shape)
    }
    return buffer
  }
}
