import Formats
import ModelFiles
import Networks
import Tensors
import Training

/// Checkpoints of PyTorch: the state dict of a module, alone or beside that of its optimizer.
enum PyTorchConverter {
  static let kind = FileKind.pyTorch

  private static let modelName = "model"
  private static let optimizerName = "optimizer"
}

extension PyTorchConverter: WeightsImporter {
  static func model(
    reading path: String, onto architecture: Model, matching: WeightOptions,
    log: inout ConversionLog
  ) throws -> Model {
    let checkpoint = try TorchCheckpoint(path: path, log: &log)
    let loaded = try WeightLoading.load(
      checkpoint.tensors, isOrdered: true, onto: architecture, matching: matching, log: &log)
    var model = architecture.replacing(loaded.parameters)
    try TorchTrainingState(
      checkpoint: checkpoint, match: loaded.match, parameters: loaded.parameters
    ).load(into: &model, from: architecture, log: &log)
    return model
  }
}

// MARK: - Writing

extension PyTorchConverter: ModelExporter {
  static func write(_ model: Model, to path: String, log: inout ConversionLog) throws {
    let names = TorchNames(model.network)
    try names.lose(in: &log)
    names.note(in: &log)
    WeightWriting.report(names, log: &log)
    log.ignore("graph", "a state dict holds tensors alone; --onto gives the graph back")
    if model.preprocessing != nil { log.ignore("preprocessing", "it belongs to the graph") }
    let weights = WeightWriting.tensors(
      of: model.parameters, names: names, stepCount: model.snapshot.optimizerStep)
    let optimizer = try optimizerState(of: model, names: names, log: &log)
    WeightWriting.reportRest(of: model, hasTraining: optimizer != nil, log: &log)
    let state = PyTorchValue.stateDictionary(weights.map { (name: $0.name, tensor: $0) })
    let value: PyTorchValue
    if let optimizer {
      value = .dictionary([
        (key: .text(modelName), value: state), (key: .text(optimizerName), value: optimizer),
      ])
    } else {
      value = state
    }
    try ReplacingFile.write(to: path) {
      try PyTorchWriter.write(value, creating: $0, named: path)
    }
  }

  /// The state dict of the optimizer; nil where the model knows nothing of one.
  private static func optimizerState(
    of model: Model, names: TorchNames, log: inout ConversionLog
  ) throws -> PyTorchValue? {
    guard let training = model.training, model.snapshot.optimizerStep > 0 else { return nil }
    let optimizer = training.options.optimizer
    let snapshot = model.snapshot
    let layout = snapshot.parameters.layout
    let trainable = Set(layout.entries.filter(\.spec.isTrainable).map(\.path))
    let tensors = names.modules.flatMap { module in
      module.written.map { (name: module.fullName($0), tensor: $0) }
    }
    var seen: Set<[String]> = []
    let parameters = tensors.filter { entry in
      switch entry.tensor.numbers {
      case .counter: false
      case .constant, .summand: true
      // A parameter under two names is one.
      case .parts:
        entry.tensor.parameters.allSatisfy(trainable.contains)
          && seen.insert(entry.tensor.parameters).inserted
      }
    }
    let rate = training.options.learningRate(
      atStep: training.progress.step, stepsPerEpoch: max(training.progress.stepsPerEpoch ?? 1, 1),
      plateau: training.progress.plateau)
    guard
      let group = TorchOptimizers.group(
        of: optimizer, rate: rate, parameterCount: parameters.count)
    else {
      try log.lose("optimizer", "PyTorch has no \(optimizer.kind)")
      return nil
    }
    var states = Array(
      repeating: [(key: PyTorchValue, value: PyTorchValue)](), count: parameters.count)
    let step = Tensor([Float(snapshot.optimizerStep)], shape: [])
    if !["sgd", "gradient_descent", "momentum", "nesterov"].contains(optimizer.kind) {
      for index in states.indices {
        states[index].append(
          (
            key: .text(TorchOptimizers.stepName),
            value: .tensor(
              Formats.StoredTensor(name: "step", shape: [], elementType: .float32) { step })
          ))
      }
    }
    for slot in snapshot.slots {
      guard let name = TorchOptimizers.slotNames[optimizer.kind]?[slot.name] else {
        try log.lose("optimizer state \(slot.name)", "PyTorch's \(optimizer.kind) keeps no such")
        continue
      }
      var values = Parameters(zeros: layout, elementType: slot.values.elementType)
      values.trainable = slot.values
      var byName: [String: Formats.StoredTensor] = [:]
      for tensor in WeightWriting.tensors(
        of: values, names: names, meaning: .optimizerState, stepCount: 0)
      {
        byName[tensor.name] = tensor
      }
      for (index, parameter) in parameters.enumerated() {
        guard let tensor = byName[parameter.name] else { continue }
        states[index].append((key: .text(name), value: .tensor(tensor)))
      }
      log.map("optimizer state \(slot.name)", to: name)
    }
    for entry in parameters {
      if case .summand(let part, isFirst: false) = entry.tensor.numbers {
        log.change(
          "optimizer state \(part.parameter)",
          "two biases there: a step of PyTorch moves their sum twice as far")
      }
    }
    log.map("optimizer", to: optimizer.kind)
    log.map("optimizer step", to: "\(snapshot.optimizerStep)")
    if training.options.schedule.kind != Constant.kind {
      log.change("schedule", "the learning rate that it has reached, \(rate)")
    }
    if training.live != nil {
      log.ignore("live state", "the weights that predictions use are written")
    }
    let entries = states.enumerated().filter { !$0.element.isEmpty }.map { index, state in
      (key: PyTorchValue.int(index), value: PyTorchValue.dictionary(state))
    }
    return .dictionary([
      (key: .text(TorchOptimizers.stateName), value: .dictionary(entries)),
      (key: .text(TorchOptimizers.groupsName), value: .list([group])),
    ])
  }
}
