import Formats
import Layers

/// A recurrent layer with a mask as this project writes it: Scan over the operators of one step.
///
/// Which layer it is is found by computing the step with numbers and comparing it with the layers' formulas;
/// a graph that computes anything else is none of them.
struct ScanRecurrence {
  /// The kinds of cells.
  enum Cell: CaseIterable {
    case tanh, relu, lstm, gruAfter, gruBefore

    var gateCount: Int {
      switch self {
      case .tanh, .relu: 1
      case .lstm: 4
      case .gruAfter, .gruBefore: 3
      }
    }

    var stateCount: Int { self == .lstm ? 2 : 1 }
  }

  let cell: Cell
  let units: Int
  /// `[units, gates · units]`.
  let recurrentKernel: ConstantArray
  /// Of a GRU that resets after the product.
  let recurrentBias: ConstantArray?

  /// The layer of a graph of one step; nil where it is none.
  ///
  /// - Parameter outer: the initializers of the graph around it.
  init?(
    _ body: ONNXGraph, opset: Int, outer: (String) throws -> ConstantArray?, file: String
  ) throws {
    guard body.node.count <= 64 else { return nil }
    let step = try ScanStep(body, opset: opset, outer: outer, file: file)
    let matrices = step.constants(of: "MatMul", rank: 2)
    guard let units = matrices.first?.extents.first, units > 0, units <= 1 << 16,
      matrices.allSatisfy({ $0.extents[0] == units && $0.extents[1] <= 4 * units })
    else { return nil }
    let kernel =
      matrices.count == 1
      ? matrices[0] : ScanRecurrence.sideBySide(matrices.sorted { $0.extents[1] > $1.extents[1] })
    let bias = step.constants(of: "Add", rank: 1).first
    for cell in Cell.allCases
    where kernel.extents[1] == cell.gateCount * units
      && body.input.count == cell.stateCount + 2
    {
      let found = ScanRecurrence(
        cell: cell, units: units, recurrentKernel: kernel,
        recurrentBias: cell == .gruAfter ? bias : nil)
      if try found.matches(step) {
        self = found
        return
      }
    }
    return nil
  }

  private init(
    cell: Cell, units: Int, recurrentKernel: ConstantArray, recurrentBias: ConstantArray?
  ) {
    self.cell = cell
    self.units = units
    self.recurrentKernel = recurrentKernel
    self.recurrentBias = recurrentBias
  }

  private static func sideBySide(_ matrices: [ConstantArray]) -> ConstantArray {
    let (rows, width) = (matrices[0].extents[0], matrices.reduce(0) { $0 + $1.extents[1] })
    var numbers: [Float] = []
    for row in 0..<rows {
      for matrix in matrices {
        let columns = matrix.extents[1]
        for column in 0..<columns { numbers.append(matrix.real(row * columns + column)) }
      }
    }
    return ConstantArray([rows, width], .reals(numbers), sources: matrices.flatMap(\.sources))
  }

  /// Whether the step gives what the cell gives, for two states and gates, with the mask and without.
  private func matches(_ step: ScanStep) throws -> Bool {
    for seed in 1...2 {
      func numbers(_ count: Int, _ shift: Int) -> [Float] {
        (0..<count).map { Float(($0 * 37 + seed * 101 + shift * 53) % 199) / 99.5 - 1 }
      }
      let states = (0..<cell.stateCount).map { numbers(units, $0) }
      let gates = numbers(cell.gateCount * units, 7)
      for mask in [1, 0] {
        let found = try step.outputs(states: states, gates: gates, mask: mask)
        let expected = mask == 1 ? next(states, gates) : states
        guard found.count >= expected.count else { return false }
        // Behind the states the output of the step, which is the first of them.
        for (mine, right) in zip(found, expected + [expected[0]]) {
          guard mine.count == right.count,
            zip(mine, right).allSatisfy({ abs($0 - $1) <= 1e-4 })
          else { return false }
        }
      }
    }
    return true
  }

  /// The states behind a step, as the layer computes them.
  private func next(_ states: [[Float]], _ gates: [Float]) -> [[Float]] {
    let width = cell.gateCount * units
    let state = states[0]
    func product(_ state: [Float], _ column: Int) -> Float {
      state.indices.reduce(0) { $0 + state[$1] * recurrentKernel.real($1 * width + column) }
    }
    func sigmoid(_ x: Float) -> Float { 1 / (1 + exponential(-x)) }
    func sum(_ gate: Int, _ unit: Int) -> Float {
      gates[gate * units + unit] + recurrent(gate, unit)
    }
    func recurrent(_ gate: Int, _ unit: Int) -> Float {
      product(state, gate * units + unit) + (recurrentBias?.real(gate * units + unit) ?? 0)
    }
    let all = 0..<units
    switch cell {
    case .tanh: return [all.map { tangent(sum(0, $0)) }]
    case .relu: return [all.map { max(sum(0, $0), 0) }]
    case .lstm:
      let cells = all.map {
        sigmoid(sum(1, $0)) * states[1][$0] + sigmoid(sum(0, $0)) * tangent(sum(2, $0))
      }
      return [all.map { sigmoid(sum(3, $0)) * tangent(cells[$0]) }, cells]
    case .gruAfter, .gruBefore:
      let reset = all.map { sigmoid(sum(1, $0)) }
      let kept = all.map { reset[$0] * state[$0] }
      return [
        all.map { unit in
          let update = sigmoid(sum(0, unit))
          let inner =
            cell == .gruAfter
            ? reset[unit] * recurrent(2, unit) : product(kept, 2 * units + unit)
          return update * state[unit]
            + (1 - update) * tangent(gates[2 * units + unit] + inner)
        }
      ]
    }
  }
}

// MARK: - Reading

extension ScanRecurrence {
  static let reader = OperatorReader("Scan") { operation, tracer in
    func refuse(_ why: String) -> ConversionError {
      operation.error("holds graphs of its own, which have no counterpart\(why)")
    }
    let file = tracer.file
    guard let body = try operation.graph("body"),
      let recurrence = try ScanRecurrence(
        body, opset: operation.opset, outer: { try tracer.initializer($0) }, file: file)
    else { throw refuse("") }
    let stateCount = recurrence.cell.stateCount
    let directions = try operation.integers("scan_input_directions") ?? [0, 0]
    let outputAxes = try operation.integers("scan_output_axes") ?? [1]
    let outputDirections = try operation.integers("scan_output_directions") ?? [0]
    guard try operation.integer("num_scan_inputs") == 2,
      try operation.integers("scan_input_axes") == [1, 1],
      directions == [0, 0] || directions == [1, 1],
      outputAxes == [1], outputDirections == [0]
    else { throw refuse(" in this order of steps") }
    let gates = try tracer.computed(stateCount, of: operation)
    let mask = try tracer.computed(stateCount + 1, of: operation)
    guard mask.isTruth, mask.axes.count == 3, gates.axes.count == 3,
      let dense = tracer.nodes[max(gates.node, 0)].layer as? Dense,
      dense.units == recurrence.cell.gateCount * recurrence.units,
      gates.storage == [gates.axes[1], gates.axes[2]],
      let kernel = tracer.nodes[gates.node].parameters["kernel"]
    else { throw refuse(": expected products of the input and a kernel, and a mask") }
    try tracer.checkBatch(of: gates, for: operation)
    var inputs = [
      tracer.nodes[gates.node].inputs[0],
      try tracer.arranged(mask, as: [mask.axes[1]], for: operation).node,
    ]
    var hasState = false
    for index in 0..<stateCount {
      switch try tracer.input(index, of: operation) {
      case .computed(let state):
        hasState = true
        inputs.append(
          try tracer.arranged(state, as: [state.axes.last ?? []], for: operation).node)
      case .constant(let array):
        guard array.scalar == 0, !hasState else { throw refuse(": an initial state other than 0") }
      case nil: throw refuse("")
      }
    }
    let bias = tracer.nodes[gates.node].parameters["bias"]
    let usesBias = bias != nil || recurrence.recurrentBias != nil
    let zeros = TracedParameter(
      Array(repeating: 0, count: recurrence.cell.gateCount * recurrence.units))
    var parameters = [
      "kernel": kernel,
      "recurrent_kernel": TracedParameter(
        try recurrence.recurrentKernel.reals(), from: recurrence.recurrentKernel.sources),
    ]
    if usesBias { parameters["bias"] = bias ?? zeros }
    if usesBias, recurrence.cell == .gruAfter {
      parameters["recurrent_bias"] =
        try recurrence.recurrentBias.map { TracedParameter(try $0.reals(), from: $0.sources) }
        ?? zeros
    }
    func add(returnsSequence: Bool) throws -> Int {
      try tracer.add(
        recurrence.layer(
          returnsSequence: returnsSequence, goesBackwards: directions[0] == 1,
          hasInitialState: hasState, usesBias: usesBias),
        to: inputs, parameters: parameters, hint: operation.node.name, for: operation)
    }
    func isUsed(_ index: Int) -> Bool {
      operation.hasOutput(index) && tracer.graph.uses[operation.node.output[index], default: 0] > 0
    }
    let units = tracer.axis(recurrence.units)
    var outputs = Array(
      repeating: GraphValue.constant(ConstantArray([])), count: operation.node.output.count)
    if isUsed(0) {
      let node = try add(returnsSequence: false)
      outputs[0] = .computed(
        tracer.value(node, storage: [units], axes: [gates.axes[0], units]))
    }
    if stateCount == 2, isUsed(1) { throw refuse(": its last cells are used") }
    if isUsed(stateCount) {
      let node = try add(returnsSequence: true)
      outputs[stateCount] = .computed(
        tracer.value(
          node, storage: [gates.axes[1], units], axes: [gates.axes[0], gates.axes[1], units]))
    }
    return outputs
  }

  private func layer(
    returnsSequence: Bool, goesBackwards: Bool, hasInitialState: Bool, usesBias: Bool
  ) -> any Layer {
    switch cell {
    case .tanh, .relu:
      SimpleRecurrent(
        units, activation: cell == .tanh ? .tanh : .relu, returnsSequence: returnsSequence,
        goesBackwards: goesBackwards, isMasked: true, hasInitialState: hasInitialState,
        usesBias: usesBias)
    case .lstm:
      LSTM(
        units, returnsSequence: returnsSequence, goesBackwards: goesBackwards, isMasked: true,
        hasInitialState: hasInitialState, usesBias: usesBias)
    case .gruAfter, .gruBefore:
      GRU(
        units, resetsAfter: cell == .gruAfter, returnsSequence: returnsSequence,
        goesBackwards: goesBackwards, isMasked: true, hasInitialState: hasInitialState,
        usesBias: usesBias)
    }
  }
}
