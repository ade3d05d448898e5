import ModelFiles
import Networks
import Tensors
import Training

/// A model as Keras has it, whatever file it is written to.
struct WrittenKerasModel {
  /// The layers.
  let graph: WrittenKerasGraph

  /// The places of the layers in Keras' order.
  let order: [Int]

  /// The values of all variables.
  let numbers: WrittenKerasNumbers

  /// How it is trained; nil for a model that was not trained.
  let training: WrittenKerasTraining?

  /// The version of Keras whose files are written.
  static let version = "3.15.1"

  /// A model of Keras.
  ///
  /// - Throws: ``ConversionError`` naming what Keras does not have.
  init(_ model: Model, log: inout ConversionLog) throws {
    let layout = model.parameters.layout
    let graph = try WrittenKerasGraph(
      model.network, layout: layout, links: model.links, units: WrittenKerasUnit.units(of: model),
      penalties: WrittenKerasPenalties(model), log: log)
    log = graph.log
    let order = graph.order
    (self.graph, self.order) = (graph, order)
    numbers = WrittenKerasNumbers(model.snapshot)
    let written = Set(
      graph.layers.flatMap { $0.variables.flatMap(\.parameterPaths) })
    for entry in layout.entries where !written.contains(entry.path) {
      throw log.error("weights \(entry.path)", "nothing in Keras holds them")
    }
    var trained: [(layer: String, variable: WrittenKerasVariable)] = []
    for layer in order.map({ graph.layers[$0] }) {
      trained += layer.variables.filter(\.isTrainable).map { (layer.name, $0) }
    }
    training = try WrittenKerasTraining(model, variables: trained, numbers: numbers, log: &log)
    try WrittenKerasModel.report(model, log: &log)
  }

  /// The layers in Keras' order that have a place among the weights.
  var weightedLayers: [WrittenKerasLayer] {
    order.map { graph.layers[$0] }.filter { !$0.isOperation }
  }

  /// The configuration of the model, without what compiling adds.
  var configuration: [WrittenKerasValue.Member] {
    graph.configuration(name: "model", order: order)
  }
}

// MARK: - Report

extension WrittenKerasModel {
  /// Lists what a model holds besides its network and its optimizer.
  private static func report(_ model: Model, log: inout ConversionLog) throws {
    if model.parameters.elementType != .float32 {
      log.change("element type \(model.parameters.elementType.rawValue)", "float32")
    }
    if let preprocessing = model.preprocessing {
      log.ignore(
        "preprocessing",
        "Keras takes the \(preprocessing.features.count) columns as they are encoded: 'nnmodel "
          + "predict' does that")
    }
    if !model.extensions.isEmpty {
      log.ignore("extensions", "what other programs keep in the file")
    }
    log.ignore("provenance", "Keras' files do not say where a model comes from")
    guard let training = model.training else { return }
    if training.live != nil {
      log.ignore(
        "weights of the last step", "Keras' file has one set of weights; those of the best epoch")
    }
    if !training.history.isEmpty {
      log.ignore("history", "\(training.history.count) epochs; Keras' files have none")
    }
    let options = training.options
    log.ignore("epochs, batch size, patience, seed, threads", "arguments of fit in Keras")
    if options.classWeights != nil {
      log.ignore("class_weights", "an argument of fit in Keras, class_weight")
    }
  }
}

extension WrittenKerasUnit {
  /// The units of the targets of a model's outputs, in their order.
  static func units(of model: Model) -> [WrittenKerasUnit] {
    model.network.outputs.indices.map { index in
      guard let targets = model.preprocessing?.targets, index < targets.count,
        case .number(let target) = targets[index]
      else { return WrittenKerasUnit() }
      return WrittenKerasUnit(extent: 1 / target.scale, offset: target.offset)
    }
  }
}

extension WrittenKerasPenalties {
  /// What a model's training adds to the loss for its parameters.
  fileprivate init(_ model: Model) {
    guard let options = model.training?.options else {
      self.init()
      return
    }
    self.init(
      l1: options.l1, l2: options.l2,
      decay: options.optimizer.addsDecayToGradients ? options.optimizer.weightDecay / 2 : 0)
  }
}

extension Optimizer {
  /// Whether the decay is part of the gradient that the optimizer keeps, and so to Keras one of the
  /// squares of all weights in the loss.
  fileprivate var addsDecayToGradients: Bool {
    self is Momentum || self is Nesterov || self is AdaGrad || self is RMSProp || self is Adam
  }
}
