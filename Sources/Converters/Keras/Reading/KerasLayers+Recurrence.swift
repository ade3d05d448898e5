import Formats
import Layers
import Tensors

extension KerasLayers {
  /// Layers with a state, and what is put around layers.
  static let recurrence: [String: KerasTranslation] = [
    "SimpleRNN": recurrent, "GRU": recurrent, "LSTM": recurrent, "CuDNNGRU": recurrent,
    "CuDNNLSTM": recurrent, "RNN": recurrent, "Bidirectional": bidirectional,
    "TimeDistributed": timeDistributed,
  ]

  private static let recurrent: KerasTranslation = { use, graph in
    let cell = try KerasCell(use, era: graph.era, log: &graph.log)
    let options = use.options
    guard var input = use.inputs.first else { throw options.error("expected an input, found none") }
    input = try graph.unmoved(input, use)
    let states = try states(of: use, count: cell.stateCount)
    var taken = [try dropped(input, by: cell, use, graph)]
    if let mask = input.mask { taken.append(try graph.value(of: mask, use)) }
    taken += try states.map { try graph.unmoved($0, use) }
    let layer = cell.layer(isMasked: input.mask != nil, hasInitialState: !states.isEmpty)
    if cell.givesZerosForMask, input.mask != nil, cell.returnsSequence {
      throw options.error("zero_output_for_mask: expected false, found true")
    }
    var result = try graph.add(layer, for: use, to: taken)
    graph.declare(
      cell.variables(
        features: input.spec.shape.last, of: result.name, part: ["cell"], firstIndex: 0),
      for: use, oldCount: cell.oldCount, modernize: cell.modernize(graph.era))
    try graph.takePenalty(
      ["kernel_regularizer", "W_regularizer"], on: "kernel", of: result, use)
    try graph.takePenalty(
      ["recurrent_regularizer", "U_regularizer"], on: "recurrent_kernel", of: result, use)
    try finish(cell, use, graph)
    if cell.returnsSequence { result.mask = input.mask }
    return cell.returnsState ? try withState(result, cell, use, graph) : [result]
  }

  /// The initial states, by place or by name.
  private static func states(of use: KerasUse, count: Int) throws -> [KerasValue] {
    let states = Array(use.inputs.dropFirst()) + (use.named["initial_state"] ?? [])
    guard states.isEmpty || states.count == count else {
      throw use.options.error("expected \(count) initial state(s), found \(states.count)")
    }
    return states
  }

  /// The input behind the dropout of a recurrent layer, which drops the same features of all steps.
  private static func dropped(
    _ input: KerasValue, by cell: KerasCell, _ use: KerasUse, _ graph: KerasTranslator
  ) throws -> KerasValue {
    guard cell.dropout > 0 else { return input }
    graph.log.change("\(use.options.subject) dropout", "is a layer of its own before it")
    return try graph.add(SpatialDropout(cell.dropout), for: use, part: "dropout", to: [input])
  }

  private static func finish(
    _ cell: KerasCell, _ use: KerasUse, _ graph: KerasTranslator
  ) throws {
    if cell.recurrentDropout > 0 {
      try graph.loseInTraining(
        "\(use.options.subject) recurrent_dropout", "dropout between steps has no counterpart")
    }
    if cell.isStateful {
      try graph.log.lose(
        "\(use.options.subject) stateful", "no state is kept from one batch to the next")
    }
  }

  /// The last step of a sequence as the state, where the state is what comes out.
  private static func withState(
    _ result: KerasValue, _ cell: KerasCell, _ use: KerasUse, _ graph: KerasTranslator
  ) throws -> [KerasValue] {
    var state = result
    state.mask = nil
    if cell.returnsSequence {
      let last = try graph.add(
        Slice(axis: 0, start: -1), for: use, part: "last", to: [result])
      state = try graph.add(Reshape([cell.units]), for: use, part: "state", to: [last])
    }
    // The cells of an LSTM do not come out here: whoever takes them is told so.
    return [result, state]
  }

  private static let bidirectional: KerasTranslation = { use, graph in
    let options = use.options
    let input = try graph.unmoved(use.input(), use)
    let forward = try inner("layer", of: use, graph)
    let cell = try KerasCell(forward, era: graph.era, log: &graph.log)
    if options.take(["backward_layer"]) != nil {
      let backward = try inner("backward_layer", of: use, graph)
      let other = try KerasCell(backward, era: graph.era, log: &graph.log)
      guard other.kind == cell.kind, other.units == cell.units, other.usesBias == cell.usesBias,
        other.activation == cell.activation, other.returnsSequence == cell.returnsSequence
      else { throw options.error("its two layers are not alike, which has no counterpart") }
    }
    guard !cell.goesBackwards, !cell.returnsState else {
      throw options.error("expected a layer that goes forwards and returns no state")
    }
    let name = try options.text("merge_mode", or: "none")
    let merges: [String: Bidirectional.Merge] = [
      "concat": .concatenate, "sum": .sum, "ave": .average, "mul": .multiply,
    ]
    guard let merge = merges[name] else {
      throw options.error("merge_mode", expected: "concat, sum, ave or mul", found: "'\(name)'")
    }
    var taken = [try dropped(input, by: cell, use, graph)]
    if let mask = input.mask { taken.append(try graph.value(of: mask, use)) }
    let layer = Bidirectional(
      cell.layer(isMasked: input.mask != nil, hasInitialState: false), merge: merge)
    var result = try graph.add(layer, for: use, to: taken)
    let features = input.spec.shape.last
    let variables = ["forward", "backward"].flatMap { direction in
      cell.variables(
        features: features, of: result.name, prefix: "\(direction)_",
        part: ["\(direction)_layer", "cell"], firstIndex: 0)
    }
    graph.declare(
      variables, for: use, oldCount: cell.oldCount.map { 2 * $0 },
      modernize: inHalves(cell.modernize(graph.era)))
    for direction in ["forward", "backward"] {
      let other = direction == "forward" ? forward : try inner("layer", of: use, graph)
      try graph.takePenalty(
        ["kernel_regularizer", "W_regularizer"], on: "\(direction)_kernel", of: result, other)
      try graph.takePenalty(
        ["recurrent_regularizer", "U_regularizer"], on: "\(direction)_recurrent_kernel",
        of: result, other)
    }
    try finish(cell, forward, graph)
    if use.isFirst { try graph.report(forward.options) }
    if cell.returnsSequence { result.mask = input.mask }
    return [result]
  }

  /// The same for the arrays of two directions, one behind the other.
  private static func inHalves(
    _ modernize: (@Sendable ([Tensor]) -> [Tensor])?
  ) -> (@Sendable ([Tensor]) -> [Tensor])? {
    guard let modernize else { return nil }
    return { arrays in
      let middle = arrays.count / 2
      return modernize(Array(arrays[..<middle])) + modernize(Array(arrays[middle...]))
    }
  }

  /// The layer in a wrapper.
  private static func inner(
    _ name: String, of use: KerasUse, _ graph: KerasTranslator, part: String? = nil
  ) throws -> KerasUse {
    guard let json = use.options.take([name]), let config = json["config"],
      let className = json["class_name"]?.text
    else { throw use.options.error("\(name): expected the description of a layer") }
    let layer = KerasLayer(
      className: className, name: config["name"]?.text ?? className, options: config, calls: [],
      model: nil, build: nil)
    guard json["config"]?["layers"] == nil else {
      throw use.options.error("\(name): a model in a wrapper has no counterpart")
    }
    return use.replacing(
      layer,
      options: KerasOptions(
        config, subject: "\(use.options.subject) \(name)", file: graph.file), in: part)
  }

  /// Layers that see nothing but the last axis, of which every step is a row.
  private static let perStep: Set<String> = [
    "Dense", "Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "LayerNormalization",
    "RMSNormalization", "Rescaling", "Dropout", "GaussianNoise", "BatchNormalization",
  ]

  private static let timeDistributed: KerasTranslation = { use, graph in
    let inner = try inner("layer", of: use, graph, part: "layer")
    let input = try graph.unmoved(use.input(), use)
    let rank = input.spec.shape.rank
    guard rank >= 2 else {
      throw use.options.error("expected [steps, ...], found \(input.spec.shape)")
    }
    if inner.layer.className == "Flatten" {
      let shape = [input.spec.shape[0], input.spec.shape.count / max(input.spec.shape[0], 1)]
      return [try graph.add(Reshape(shape), for: use, to: [input])]
    }
    guard perStep.contains(inner.layer.className) else {
      throw use.options.error(
        "'\(inner.layer.className)' for every step has no counterpart; known: "
          + perStep.sorted().joined(separator: ", "))
    }
    guard let translation = table[inner.layer.className] else {
      throw use.options.error(refusal(of: inner.layer.className))
    }
    var taken = input
    taken.mask = nil
    var results = try translation(
      use.replacing(inner.layer, options: inner.options, inputs: [taken], in: "layer"), graph)
    if use.isFirst { try graph.report(inner.options) }
    if !results.isEmpty { results[0].mask = input.mask }
    return results
  }
}
