import Layers

/// LSTM, GRU and RNN.
enum RecurrentOperators {
  static let all: [OperatorReader] = [OperatorReader("LSTM", "GRU", "RNN", read: read)]

  private static func read(
    _ operation: Operation, _ tracer: inout GraphTracer
  ) throws -> [GraphValue] {
    let cell = try RecurrentCellWeights(operation, tracer)
    // Before opset 14 time stands first always.
    let isBatchFirst = try operation.integer("layout", default: 0) == 1
    let given = try tracer.computed(0, of: operation)
    guard given.axes.count == 3 else {
      throw operation.error(
        "works on \(tracer.words(given.extents)); expected time, batch and features")
    }
    let input = isBatchFirst ? given.permuted([1, 0, 2]) : given
    let rows = input.axes[1]
    guard rows == (tracer.batch.map { [$0] } ?? []) else {
      throw operation.error(
        "expected time, batch and features, found \(tracer.words(input.extents)) with the batch "
          + "elsewhere; a graph with batch_first, or with a dynamic axis named batch, tells which it is"
      )
    }
    let stored = try tracer.arranged(
      input, as: [input.axes[0], input.axes[2]], for: operation)
    guard input.axes[2].extent == cell.features else {
      throw operation.error(
        "weights for \(cell.features) features do not fit an input of "
          + "\(tracer.words(given.extents))")
    }
    try checkOthers(operation, tracer, steps: input.axes[0].extent)
    func isUsed(_ index: Int) -> Bool {
      operation.hasOutput(index) && tracer.graph.uses[operation.node.output[index], default: 0] > 0
    }
    if isUsed(2) {
      throw operation.error("its last cells are used (output Y_c), which has no counterpart")
    }
    let states = tracer.initialStates(of: operation)
    let units = tracer.axis(cell.units)
    let directions = tracer.axis(cell.directions)
    var inputs = [stored.node]
    if let states {
      guard cell.directions == 1 else {
        throw operation.error("an initial state of a layer that goes both ways has no counterpart")
      }
      for state in states {
        inputs.append(
          try tracer.arranged(state, as: [state.axes[2]], for: operation).node)
      }
    }
    func add(returnsSequence: Bool, keepsOrder: Bool = false) throws -> Int {
      let layer = cell.layer(
        returnsSequence: returnsSequence, hasInitialState: states != nil, keepsOrder: keepsOrder)
      return try tracer.add(
        layer, to: inputs, parameters: cell.parameters(for: layer),
        hint: tracer.hint(of: operation, parameter: 1), for: operation)
    }
    var outputs: [GraphValue?] = [nil, nil]
    if isUsed(0) {
      let isReverse = cell.direction == "reverse"
      var inner = directions + units
      var node = try add(returnsSequence: true, keepsOrder: isReverse)
      if isReverse {
        // Taken backwards and put in order: half of a layer that goes both ways, unless the graph turns
        // the sequence once more.
        let plain = node
        inner = units
        if states == nil {
          let both = try add(returnsSequence: true)
          node = try tracer.add(Slice(start: cell.units), to: [both], for: operation)
        } else {
          node = try tracer.add(Activation(.identity), to: [plain], for: operation)
          tracer.unordered.insert(node)
        }
        tracer.backwards[node] = plain
      }
      let value = tracer.value(
        node, storage: [input.axes[0], inner],
        axes: [input.axes[0], directions, rows, units])
      outputs[0] = .computed(isBatchFirst ? value.permuted([2, 0, 1, 3]) : value)
    }
    if isUsed(1) {
      let node = try add(returnsSequence: false)
      let value = tracer.value(
        node, storage: [directions + units], axes: [directions, rows, units])
      outputs[1] = .computed(isBatchFirst ? value.permuted([1, 0, 2]) : value)
    }
    // What nothing looks at has no value; a constant stands in its place.
    return outputs.map { $0 ?? .constant(ConstantArray([])) }
  }

  /// Checks the inputs that have no counterpart.
  private static func checkOthers(
    _ operation: Operation, _ tracer: GraphTracer, steps: Int
  ) throws {
    if let lengths = try tracer.constant(4, of: operation), lengths.scalar != Double(steps) {
      throw operation.error(
        "sequence_lens: other lengths than that of the input have no counterpart")
    }
    for index in 5...6 where operation.inputName(index) != nil {
      guard case .constant(let array)? = try tracer.input(index, of: operation) else { continue }
      guard array.scalar == 0 else {
        throw operation.error("a constant initial state other than 0 has no counterpart")
      }
    }
    if operation.kind == "LSTM", let peepholes = try tracer.constant(7, of: operation),
      peepholes.scalar != 0
    {
      throw operation.error("peepholes (input P) have no counterpart")
    }
  }
}

extension GraphTracer {
  /// The computed initial states of a recurrent node; nil where they are 0.
  func initialStates(of operation: Operation) -> [TracedValue]? {
    let indices = operation.kind == "LSTM" ? [5, 6] : [5]
    let states = indices.compactMap { index -> TracedValue? in
      guard let name = operation.inputName(index), case .computed(let value)? = values[name]
      else { return nil }
      return value
    }
    return states.count == indices.count && states.allSatisfy { $0.axes.count == 3 }
      ? states : nil
  }
}

/// The weights of a recurrent node in both programs' order.
struct RecurrentCellWeights {
  let kind: String
  let direction: String
  let units: Int
  let features: Int
  private let resetsAfter: Bool
  private let activation: SimpleRecurrent.Function
  private let kernels: ConstantArray
  private let recurrent: ConstantArray
  private let biases: ConstantArray?

  var directions: Int { direction == "bidirectional" ? 2 : 1 }

  /// How many gates a cell has.
  private var gates: Int { kind == "LSTM" ? 4 : kind == "GRU" ? 3 : 1 }

  /// - Throws: ``ConversionError`` when weights do not fit or options have no counterpart.
  init(_ operation: Operation, _ tracer: GraphTracer) throws {
    kind = operation.kind
    direction = try operation.text("direction") ?? "forward"
    guard ["forward", "reverse", "bidirectional"].contains(direction) else {
      throw operation.error("direction: unknown value '\(direction)'")
    }
    kernels = try tracer.neededConstant(1, of: operation)
    recurrent = try tracer.neededConstant(2, of: operation)
    biases = try tracer.constant(3, of: operation)
    resetsAfter = try operation.flag("linear_before_reset")
    if try operation.real("clip", default: 0) != 0 {
      throw operation.error("clip: expected none, which has no counterpart")
    }
    if try operation.flag("input_forget") {
      throw operation.error("input_forget has no counterpart")
    }
    operation.passOver("output_sequence", "activation_alpha", "activation_beta")
    let gates = kind == "LSTM" ? 4 : kind == "GRU" ? 3 : 1
    let directions = direction == "bidirectional" ? 2 : 1
    guard kernels.extents.count == 3, recurrent.extents.count == 3,
      kernels.extents[1] % gates == 0, kernels.extents[1] > 0
    else {
      throw operation.error(
        "expected weights [directions, gates, features], found \(kernels.extents) and "
          + "\(recurrent.extents)")
    }
    units = kernels.extents[1] / gates
    features = kernels.extents[2]
    let width = gates * units
    guard kernels.extents == [directions, width, features],
      recurrent.extents == [directions, width, units],
      biases.map({ $0.extents == [directions, 2 * width] }) ?? true,
      try operation.integer("hidden_size", default: units) == units
    else {
      throw operation.error(
        "weights of \(kernels.extents), \(recurrent.extents) and "
          + "\(biases.map { "\($0.extents)" } ?? "no biases") do not fit together")
    }
    let standard =
      kind == "LSTM"
      ? ["sigmoid", "tanh", "tanh"]
      : kind == "GRU" ? ["sigmoid", "tanh"] : ["tanh"]
    let functions = try operation.texts("activations")?.map { $0.lowercased() } ?? []
    let expected = Array(repeating: standard, count: directions).flatMap { $0 }
    let rectified = Array(repeating: "relu", count: directions)
    guard functions.isEmpty || functions == expected || kind == "RNN" && functions == rectified
    else {
      throw operation.error("activations: expected \(expected), found \(functions)")
    }
    activation = kind == "RNN" && functions == rectified ? .relu : .tanh
  }

  /// The layer.
  ///
  /// - Parameter keepsOrder: whether a sequence that is taken backwards comes out so.
  func layer(
    returnsSequence: Bool, hasInitialState: Bool, keepsOrder: Bool
  ) -> any Layer {
    // A sequence that is taken backwards comes out in the order of the input only from a layer that
    // goes both ways.
    let isDouble =
      direction == "bidirectional" || direction == "reverse" && returnsSequence && !keepsOrder
    let goesBackwards = direction == "reverse" && !isDouble
    let usesBias = biases != nil
    let single: any Layer
    switch kind {
    case "LSTM":
      single = LSTM(
        units, returnsSequence: returnsSequence, goesBackwards: goesBackwards,
        hasInitialState: hasInitialState, usesBias: usesBias)
    case "GRU":
      single = GRU(
        units, resetsAfter: resetsAfter, returnsSequence: returnsSequence,
        goesBackwards: goesBackwards, hasInitialState: hasInitialState, usesBias: usesBias)
    default:
      single = SimpleRecurrent(
        units, activation: activation, returnsSequence: returnsSequence,
        goesBackwards: goesBackwards, hasInitialState: hasInitialState, usesBias: usesBias)
    }
    return isDouble ? Bidirectional(single) : single
  }

  /// The parameters of a layer.
  func parameters(for layer: any Layer) throws -> [String: TracedParameter] {
    guard layer is Bidirectional else { return try parameters(direction: 0, prefix: "") }
    if direction == "bidirectional" {
      return try parameters(direction: 0, prefix: "forward_")
        .merging(parameters(direction: 1, prefix: "backward_")) { $1 }
    }
    let real = try parameters(direction: 0, prefix: "backward_")
    var both = real
    for (name, parameter) in real {
      both["forward_" + name.dropFirst("backward_".count)] = TracedParameter(
        Array(repeating: 0, count: parameter.numbers.count))
    }
    return both
  }

  /// The places of our gates among ONNX': i, o, f, c there are i, f, g, o here; z, r, h the same.
  private var order: [Int] { kind == "LSTM" ? [0, 2, 3, 1] : Array(0..<gates) }

  private func parameters(
    direction: Int, prefix: String
  ) throws -> [String: TracedParameter] {
    /// [directions, gates · units, width] to [width, gates · units].
    func matrix(_ array: ConstantArray, _ width: Int) throws -> TracedParameter {
      let reals = try array.reals()
      var numbers = Array(repeating: Float(0), count: gates * units * width)
      for (gate, old) in order.enumerated() {
        for unit in 0..<units {
          let row = ((direction * gates + old) * units + unit) * width
          for column in 0..<width {
            numbers[(column * gates + gate) * units + unit] = reals[row + column]
          }
        }
      }
      return TracedParameter(
        numbers, from: array.sources,
        change: kind == "LSTM" ? "gates i, f, g, o, transposed" : "transposed")
    }
    var result = [
      prefix + "kernel": try matrix(kernels, features),
      prefix + "recurrent_kernel": try matrix(recurrent, units),
    ]
    guard let biases else { return result }
    let reals = try biases.reals()
    func half(_ part: Int) -> [Float] {
      order.flatMap { old -> [Float] in
        let start = ((direction * 2 + part) * gates + old) * units
        return Array(reals[start..<start + units])
      }
    }
    if kind == "GRU", resetsAfter {
      result[prefix + "bias"] = TracedParameter(
        half(0), from: biases.sources, change: "its first half")
      result[prefix + "recurrent_bias"] = TracedParameter(
        half(1), from: biases.sources, change: "its second half")
    } else {
      result[prefix + "bias"] = TracedParameter(
        zip(half(0), half(1)).map { $0 + $1 }, from: biases.sources,
        change: "the sum of both halves")
    }
    return result
  }
}
