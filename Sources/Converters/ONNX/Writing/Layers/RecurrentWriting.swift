import Formats
import Layers

/// A recurrent layer in the terms that all of them share.
struct ONNXRecurrence {
  var cell: Cell
  var units: Int
  var usesBias: Bool
  var returnsSequence: Bool
  var goesBackwards: Bool
  var isMasked: Bool
  var hasInitialState: Bool

  /// What is done in a step. Gates stand in the order of the network: z, r, n and i, f, g, o.
  enum Cell: Hashable {
    case tanh, relu, gruResettingAfter, gruResettingBefore, lstm
  }

  /// The place of the initial state among the inputs.
  var statePlace: Int { isMasked ? 2 : 1 }

  /// The states that go from step to step.
  var stateCount: Int { cell == .lstm ? 2 : 1 }

  /// How many columns a kernel has for each unit.
  var gateCount: Int {
    switch cell {
    case .tanh, .relu: 1
    case .gruResettingAfter, .gruResettingBefore: 3
    case .lstm: 4
    }
  }
}

/// A layer that takes a sequence step by step.
protocol ONNXRecurrent: ONNXWritable {
  var recurrence: ONNXRecurrence { get }
}

extension ONNXRecurrent {
  /// RNN, GRU or LSTM; Scan over a cell where a mask may leave out any step, which those cannot.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let recurrence = recurrence
    guard !recurrence.isMasked else {
      return ONNXValue(last: ONNXMaskedRecurrence(recurrence, writer).output())
    }
    return ONNXValue(
      last: recurrence.operators(
        writer, prefixes: [""], direction: recurrence.goesBackwards ? "reverse" : "forward"
      ) { value, axis in
        let one = writer.squeeze(value, axis: axis)
        guard recurrence.returnsSequence else { return one }
        let sequence = writer.transpose(one, [1, 0, 2])
        // ONNX gives the steps in the order of the input, the layer in the order in which it took them.
        return recurrence.goesBackwards ? writer.reversedSteps(sequence) : sequence
      })
  }
}

extension SimpleRecurrent: ONNXRecurrent {
  var recurrence: ONNXRecurrence {
    ONNXRecurrence(
      cell: activation == .tanh ? .tanh : .relu, units: units, usesBias: usesBias,
      returnsSequence: returnsSequence, goesBackwards: goesBackwards, isMasked: isMasked,
      hasInitialState: hasInitialState)
  }
}

extension GRU: ONNXRecurrent {
  var recurrence: ONNXRecurrence {
    ONNXRecurrence(
      cell: resetsAfter ? .gruResettingAfter : .gruResettingBefore, units: units,
      usesBias: usesBias, returnsSequence: returnsSequence, goesBackwards: goesBackwards,
      isMasked: isMasked, hasInitialState: hasInitialState)
  }
}

extension LSTM: ONNXRecurrent {
  var recurrence: ONNXRecurrence {
    ONNXRecurrence(
      cell: .lstm, units: units, usesBias: usesBias, returnsSequence: returnsSequence,
      goesBackwards: goesBackwards, isMasked: isMasked, hasInitialState: hasInitialState)
  }
}

// MARK: - Operators

extension ONNXRecurrence {
  /// RNN, GRU or LSTM, and what follows it.
  ///
  /// - Parameters:
  ///   - prefixes: of the names of the parameters of each direction.
  ///   - finish: makes the layer's output of that of the operator, `[time, directions, batch, units]` or
  ///     `[directions, batch, units]`, with the place of the directions.
  func operators(
    _ writer: ONNXLayerWriter, prefixes: [String], direction: String,
    finish: (String, Int) -> String
  ) -> String {
    var inputs = [
      writer.transpose(writer.input(), [1, 0, 2]), kernels(writer, "kernel", prefixes),
      kernels(writer, "recurrent_kernel", prefixes), usesBias ? biases(writer, prefixes) : "", "",
    ]
    if hasInitialState {
      for state in 0..<stateCount {
        inputs.append(writer.unsqueeze(writer.input(statePlace + state), axes: 0))
      }
    }
    var attributes: [ONNXNodeAttribute] = [
      .integer("hidden_size", units), .word("direction", direction),
    ]
    let name: String
    switch cell {
    case .tanh, .relu:
      name = "RNN"
      let function = cell == .tanh ? "Tanh" : "Relu"
      attributes.append(.words("activations", prefixes.map { _ in function }))
    case .gruResettingAfter, .gruResettingBefore:
      name = "GRU"
      attributes.append(.integer("linear_before_reset", cell == .gruResettingAfter ? 1 : 0))
    case .lstm: name = "LSTM"
    }
    let outputs = writer.graph.add(
      name, inputs, attributes, outputs: returnsSequence ? [true] : [false, true],
      named: "\(writer.node.name)/\(name)")
    return finish(outputs[0], returnsSequence ? 1 : 0)
  }

  /// Where ONNX has each gate of the network: z, r, n alike; i, o, f, g for i, f, g, o.
  private var gates: [Int] { cell == .lstm ? [0, 3, 1, 2] : Array(0..<gateCount) }

  /// Kernels `[in, gates · units]` as `[directions, gates · units, in]`.
  private func kernels(
    _ writer: ONNXLayerWriter, _ name: String, _ prefixes: [String]
  ) -> String {
    writer.derived(prefixes.map { $0 + name }, as: "gates of \(cell)") { tensors in
      let turned = tensors.map { inGateOrder($0).permuted([1, 0]) }
      return ArrangedNumbers(
        turned.flatMap(\.values), shape: [turned.count] + (turned.first?.shape ?? []))
    }
  }

  /// Both biases of each direction behind each other, `[directions, 2 · gates · units]`.
  private func biases(_ writer: ONNXLayerWriter, _ prefixes: [String]) -> String {
    let own = cell == .gruResettingAfter ? ["bias", "recurrent_bias"] : ["bias"]
    let names = prefixes.flatMap { prefix in own.map { prefix + $0 } }
    return writer.derived(names, as: "biases of \(cell)") { tensors in
      var values: [Float] = []
      for tensor in tensors {
        values += inGateOrder(tensor).values
        // Where the layer has one bias, that of the state is zeros.
        if own.count == 1 { values += Array(repeating: 0, count: gateCount * units) }
      }
      return ArrangedNumbers(values, shape: [prefixes.count, 2 * gateCount * units])
    }
  }

  private func inGateOrder(_ tensor: ArrangedNumbers) -> ArrangedNumbers {
    guard cell == .lstm else { return tensor }
    let parts = gates.map { tensor.columns($0 * units..<($0 + 1) * units) }
    let rows = tensor.shape.dropLast().reduce(1, *)
    var values: [Float] = []
    values.reserveCapacity(tensor.values.count)
    for row in 0..<rows {
      for part in parts { values += part.values[row * units..<(row + 1) * units] }
    }
    return ArrangedNumbers(values, shape: tensor.shape)
  }
}

extension ONNXLayerWriter {
  /// A sequence `[batch, time, features]` from its last step to its first.
  func reversedSteps(_ sequence: String) -> String {
    slice(sequence, from: [-1], to: [Int.min], axes: [1], steps: [-1])
  }
}
