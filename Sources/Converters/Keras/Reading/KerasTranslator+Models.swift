import Formats
import ModelFiles

// How a model of Keras is walked through, and the models in it.

extension KerasTranslator {
  /// Where a model stands in what it is in.
  struct Scope {
    /// What the names of its nodes begin with.
    var prefix = ""
    /// What its layers are called in messages begins with.
    var label = ""
    /// Where it stands among all layers.
    var position: [Int] = []
    /// Where its weights lie in the layout by path.
    var place: [String] = []
    /// The layer of the outermost model that it is in; nil for that model itself.
    var top: String?
    /// Whether it may be trained.
    var isTrainable = true
  }

  /// The group of a model's layers in the layout by path.
  static let layers = "layers"
  private static let inputLayer = "InputLayer"

  /// Adds all of a model.
  ///
  /// - Parameter given: what it takes, for a model in another one.
  /// - Returns: its outputs, in order.
  func translate(
    _ graph: KerasGraph, in scope: Scope, given: [KerasValue]? = nil
  ) throws -> [KerasValue] {
    var scope = scope
    scope.isTrainable = scope.isTrainable && graph.isTrainable
    return try graph.isChain
      ? chain(graph, scope, given) : self.graph(graph, scope, given)
  }

  /// The names of a model's layers in the layout by path: their classes, with a number from the second
  /// on.
  private static func places(of graph: KerasGraph) -> [String] {
    var counts: [String: Int] = [:]
    return graph.layers.map { layer in
      let name = snakeCase(layer.className)
      defer { counts[name, default: 0] += 1 }
      return counts[name].map { "\(name)_\($0)" } ?? name
    }
  }

  /// `MaxPooling2D` as `max_pooling2d`, `ReLU` as `re_lu`.
  static func snakeCase(_ name: String) -> String {
    let letters = Array(name)
    var result = ""
    for (place, letter) in letters.enumerated() {
      if letter.isUppercase, place > 0 {
        let before = letters[place - 1]
        let isWord = place + 1 < letters.count && letters[place + 1].isLowercase
        if before.isLowercase || (before.isNumber && isWord) || (before.isUppercase && isWord) {
          result += "_"
        }
      }
      result += letter.lowercased()
    }
    return result
  }
}

// MARK: - Chains

extension KerasTranslator {
  private func chain(
    _ graph: KerasGraph, _ scope: Scope, _ given: [KerasValue]?
  ) throws -> [KerasValue] {
    guard (given?.count ?? 1) == 1 else {
      throw log.error("layer \(scope.label)", "a chain takes 1 input, found \(given?.count ?? 0)")
    }
    var values = given
    let places = KerasTranslator.places(of: graph)
    for (number, layer) in graph.layers.enumerated() {
      if layer.className == KerasTranslator.inputLayer {
        if values == nil { values = [try input(of: layer)] }
        continue
      }
      if values == nil {
        values = [
          try addInput(
            "\(layer.name)_input", shape: graph.inputShape(before: layer),
            dtype: layer.options["input_dtype"]?.text)
        ]
      }
      values = try translate(
        layer, number, KerasCall(arguments: [], keywords: []), inputs: values ?? [], named: [:],
        place: places[number], scope)
    }
    guard let values, given != nil || !nodes.isEmpty else {
      throw log.error("model", "it has no layers")
    }
    return values
  }

  private func input(of layer: KerasLayer) throws -> KerasValue {
    try addInput(
      layer.name, shape: layer.options["batch_shape"] ?? layer.options["batch_input_shape"],
      dtype: layer.options["dtype"]?.text)
  }
}

extension KerasGraph {
  /// The shape of the input of a chain, of which the first layer may tell it.
  func inputShape(before layer: KerasLayer) -> KerasJSON? {
    if let shape = layer.options["batch_input_shape"] ?? layer.options["batch_shape"] {
      return shape
    }
    if let shape = layer.options["input_shape"]?.list { return .list([.null] + shape) }
    if let model = layer.model {
      guard let first = model.layers.first else { return nil }
      return model.inputShape(before: first)
    }
    if let shape = inputShape ?? layer.build?["input_shape"] { return shape }
    // Keras 1: of a layer of units, of indices, and of steps.
    if layer.className == "Embedding" {
      return .list([.null, layer.options["input_length"] ?? .null])
    }
    return layer.options["input_dim"].map { .list([.null, $0]) }
  }
}

// MARK: - Graphs

extension KerasTranslator {
  /// A call of a layer of a model, by their numbers.
  private struct CallID: Hashable, Comparable {
    let layer: Int
    let call: Int

    static func < (left: CallID, right: CallID) -> Bool {
      (left.layer, left.call) < (right.layer, right.call)
    }
  }

  private func graph(
    _ graph: KerasGraph, _ scope: Scope, _ given: [KerasValue]?
  ) throws -> [KerasValue] {
    let numbers = Dictionary(
      graph.layers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    func id(_ reference: KerasReference, _ subject: String) throws -> CallID {
      guard let layer = numbers[reference.layer] else {
        throw log.error(subject, "there is no layer '\(reference.layer)' in its model")
      }
      let count = graph.layers[layer].calls.count
      // Of a layer that is called once some versions count calls of its making, too.
      guard count > 1 else { return CallID(layer: layer, call: 0) }
      guard (0..<count).contains(reference.call) else {
        throw log.error(
          subject,
          "layer '\(reference.layer)' has \(count) calls, not one of number "
            + "\(reference.call)")
      }
      return CallID(layer: layer, call: reference.call)
    }
    var results: [CallID: [KerasValue]] = [:]
    try enter(graph, given, scope) { reference, value in
      results[try id(reference, "model")] = [value]
    }
    func value(_ reference: KerasReference, _ subject: String) throws -> KerasValue {
      let id = try id(reference, subject)
      guard let outputs = results[id] else {
        throw log.error(
          subject, "it takes '\(reference.layer)', which is not computed before it")
      }
      guard outputs.indices.contains(reference.output) else {
        throw log.error(
          subject, "output \(reference.output) of '\(reference.layer)' has no counterpart")
      }
      return outputs[reference.output]
    }

    // Each call when all that it takes is there.
    var waiting: [CallID: Int] = [:]
    var readers: [CallID: [CallID]] = [:]
    var ready: [CallID] = []
    for (number, layer) in graph.layers.enumerated() {
      for (call, description) in layer.calls.enumerated() {
        let own = CallID(layer: number, call: call)
        guard results[own] == nil else { continue }
        var needed: Set<CallID> = []
        for reference in description.references {
          let id = try id(reference, "layer \(scope.label)\(layer.name)")
          if results[id] == nil { needed.insert(id) }
        }
        for id in needed { readers[id, default: []].append(own) }
        waiting[own] = needed.count
        if needed.isEmpty { ready.append(own) }
      }
    }
    let places = KerasTranslator.places(of: graph)
    // In the order of the file as far as that can be: the last of these is the next.
    ready.sort { $1 < $0 }
    while let own = ready.popLast() {
      let layer = graph.layers[own.layer]
      let call = layer.calls[own.call]
      let subject = "layer \(scope.label)\(layer.name)"
      let inputs = try call.arguments.flatMap(\.references).map { try value($0, subject) }
      var named: [String: [KerasValue]] = [:]
      for (name, argument) in call.keywords {
        let references = argument.references
        if !references.isEmpty { named[name] = try references.map { try value($0, subject) } }
      }
      results[own] = try translate(
        layer, own.layer, call, inputs: inputs, named: named, place: places[own.layer], scope)
      for reader in readers[own] ?? [] {
        waiting[reader, default: 1] -= 1
        guard waiting[reader] == 0 else { continue }
        ready.insert(reader, at: ready.firstIndex { $0 < reader } ?? ready.count)
      }
    }
    return try graph.outputs.map { try value($0, "model") }
  }

  /// Gives the inputs of a model their values.
  private func enter(
    _ graph: KerasGraph, _ given: [KerasValue]?, _ scope: Scope,
    _ body: (KerasReference, KerasValue) throws -> Void
  ) throws {
    if let given, given.count != graph.inputs.count {
      throw log.error(
        "layer \(scope.label)", "expected \(graph.inputs.count) inputs, found \(given.count)")
    }
    for (number, reference) in graph.inputs.enumerated() {
      if let given {
        try body(reference, given[number])
        continue
      }
      guard let layer = graph.layers.first(where: { $0.name == reference.layer }) else {
        throw log.error("model", "there is no layer '\(reference.layer)' for an input")
      }
      try body(reference, try input(of: layer))
    }
  }
}

// MARK: - Layers

extension KerasTranslator {
  /// Adds a call of a layer, which may be a model.
  private func translate(
    _ layer: KerasLayer, _ number: Int, _ call: KerasCall, inputs: [KerasValue],
    named: [String: [KerasValue]], place: String, _ scope: Scope
  ) throws -> [KerasValue] {
    let position = scope.position + [number]
    let count = try nextUse(of: position)
    let label = scope.label + layer.name
    let suffix = count == 0 ? "" : "_\(count + 1)"
    var constants: [String: KerasJSON] = [:]
    for (name, argument) in call.keywords {
      if case .constant(let value) = argument, value != .null { constants[name] = value }
    }
    let options = KerasOptions(layer.options, subject: "layer \(label)", file: file)
    let use = KerasUse(
      layer: layer, options: options, inputs: inputs, named: named, constants: constants,
      call: call, base: scope.prefix + layer.name + suffix, position: position,
      place: scope.place + [KerasTranslator.layers, place], top: scope.top ?? layer.name,
      label: label,
      isTrainable: scope.isTrainable && (layer.options["trainable"]?.bool ?? true),
      isFirst: count == 0)
    if let model = layer.model {
      return try translate(
        model,
        in: Scope(
          prefix: use.base + "_", label: label + "/", position: position, place: use.place,
          top: use.top, isTrainable: use.isTrainable), given: inputs)
    }
    return try translate(use)
  }

  /// Adds a call of a layer that is no model, and reports it.
  func translate(_ use: KerasUse) throws -> [KerasValue] {
    let before = nodes.count
    let use = use.replacing(inputs: try masked(use))
    let name = use.layer.className
    let table = use.layer.isOperation ? KerasLayers.operations : KerasLayers.table
    guard let translation = table[name] else {
      throw use.options.error(
        KerasLayers.refusal(of: name, isOperation: use.layer.isOperation))
    }
    var results = try translation(use, self)
    if KerasLayers.passesMask.contains(name), !use.layer.isOperation, !results.isEmpty {
      results[0].mask = use.inputs.first?.mask
    }
    let added = nodes[before...].map { "\($0.layer.kind) '\($0.name)'" }
    log.map(
      "\(use.options.subject) (\(use.layer.className))",
      to: added.isEmpty ? "no layer of its own" : added.joined(separator: ", "))
    if use.isFirst {
      if !use.isTrainable, use.layer.options["trainable"]?.bool == false {
        try loseInTraining(
          "\(use.options.subject) trainable", "it was kept as it is; here all layers are trained")
      }
      try report(use.options)
    }
    return results
  }
}
