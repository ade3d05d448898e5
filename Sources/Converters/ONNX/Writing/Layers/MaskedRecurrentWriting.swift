import Formats
import Layers

/// A recurrent layer with a mask, which may leave out any step: Scan over the operators of one step, and
/// a step that is left out hands its states on.
struct ONNXMaskedRecurrence {
  private let recurrence: ONNXRecurrence
  private let writer: ONNXLayerWriter
  private let prefix: String
  private let name: String

  /// The layer, or one direction of two.
  ///
  /// - Parameter prefix: of the names of its parameters.
  init(_ recurrence: ONNXRecurrence, _ writer: ONNXLayerWriter, prefix: String = "") {
    self.recurrence = recurrence
    self.writer = writer
    self.prefix = prefix
    name = "\(writer.node.name)/\(prefix)Scan"
  }

  /// The mask as truth values, `[batch, time, 1]`.
  static func mask(_ writer: ONNXLayerWriter) -> String {
    writer.unsqueeze(writer.cast(writer.input(1), to: .bool), axes: 2)
  }

  /// Adds everything; gives the output `[batch, units]` or `[batch, time, units]`.
  ///
  /// - Parameter alignsSteps: whether a sequence that is taken backwards comes out in the order of the
  ///   input.
  func output(alignsSteps: Bool = false) -> String {
    var gates = writer.add("MatMul", [writer.input(), writer.parameter(prefix + "kernel")])
    if recurrence.usesBias {
      gates = writer.add("Add", [gates, writer.parameter(prefix + "bias")])
    }
    let states = (0..<recurrence.stateCount).map { state in
      recurrence.hasInitialState
        ? writer.input(recurrence.statePlace + state) : zeros(like: gates)
    }
    let direction = recurrence.goesBackwards ? 1 : 0
    var attributes: [ONNXNodeAttribute] = [
      .graph("body", body()), .integer("num_scan_inputs", 2),
      .integers("scan_input_axes", [1, 1]),
      .integers("scan_input_directions", [direction, direction]),
    ]
    if recurrence.returnsSequence {
      attributes += [
        .integers("scan_output_axes", [1]),
        .integers("scan_output_directions", [alignsSteps ? direction : 0]),
      ]
    }
    // Every output has to have a name; the last is the sequence, the first the last state.
    let count = states.count + (recurrence.returnsSequence ? 1 : 0)
    let outputs = writer.graph.add(
      "Scan", states + [gates, Self.mask(writer)], attributes,
      outputs: Array(repeating: true, count: count), named: name)
    return outputs[recurrence.returnsSequence ? count - 1 : 0]
  }

  /// A state of zeros for every example.
  private func zeros(like value: String) -> String {
    let shape = writer.add(
      "Concat",
      [writer.extents(of: value, 0..<1), writer.graph.integers([recurrence.units])],
      .integer("axis", 0))
    return writer.add("ConstantOfShape", [shape])
  }
}

// MARK: - One step

extension ONNXMaskedRecurrence {
  /// The graph of one step: states, the input's part of the gates and the mask in; states, and the output
  /// of the step, out.
  private func body() -> ONNXGraph {
    let body = ONNXGraphWriter(scope: name)
    let stateNames = ["state", "cells"].prefix(recurrence.stateCount).map { "\(name)/\($0)" }
    let (gates, mask) = ("\(name)/gates", "\(name)/mask")
    let step = ONNXRecurrentStep(
      recurrence: recurrence, graph: body, scope: name, gates: gates, states: stateNames)
    let next = step.next(
      kernels: recurrentKernels(),
      bias: recurrence.cell == .gruResettingAfter && recurrence.usesBias
        ? writer.parameter(prefix + "recurrent_bias") : nil)
    let kept = zip(next, stateNames).map { next, before in step.add("Where", [mask, next, before]) }
    let units = ONNXExtent.known(recurrence.units)
    let width = ONNXExtent.known(recurrence.units * recurrence.gateCount)
    var graph = ONNXGraph()
    graph.name = "step"
    graph.input =
      stateNames.map { ONNXValueInfo($0, .float32, [.batch, units]) } + [
        ONNXValueInfo(gates, .float32, [.batch, width]),
        ONNXValueInfo(mask, .bool, [.batch, .known(1)]),
      ]
    var outputs = kept
    if recurrence.returnsSequence { outputs.append(step.add("Identity", [kept[0]])) }
    graph.output = outputs.map { ONNXValueInfo($0, .float32, [.batch, units]) }
    graph.node = body.nodes
    graph.initializer = body.initializers
    return graph
  }

  /// The recurrent kernel; for a GRU that resets before in two parts, for its proposal has another
  /// factor.
  private func recurrentKernels() -> [String] {
    let parameter = prefix + "recurrent_kernel"
    guard recurrence.cell == .gruResettingBefore else { return [writer.parameter(parameter)] }
    let units = recurrence.units
    return [0..<2 * units, 2 * units..<3 * units].map { columns in
      writer.derived([parameter], as: "columns \(columns)") { $0[0].columns(columns) }
    }
  }
}

/// The operators of one step, in the body of a Scan.
private struct ONNXRecurrentStep {
  let recurrence: ONNXRecurrence
  let graph: ONNXGraphWriter
  let scope: String
  /// x · W + b of the step, `[batch, gates · units]`.
  let gates: String
  /// The states before the step.
  let states: [String]

  func add(_ operation: String, _ inputs: [String]) -> String {
    graph.add(operation, inputs, [], outputs: [true], named: "\(scope)/\(operation)")[0]
  }

  private func split(_ value: String, _ count: Int) -> [String] {
    graph.add(
      "Split", [value], [.integer("axis", -1)], outputs: Array(repeating: true, count: count),
      named: "\(scope)/Split")
  }

  /// The states behind the step.
  func next(kernels: [String], bias: String?) -> [String] {
    let state = states[0]
    var product = add("MatMul", [state, kernels[0]])
    if let bias { product = add("Add", [product, bias]) }
    switch recurrence.cell {
    case .tanh: return [add("Tanh", [add("Add", [gates, product])])]
    case .relu: return [add("Relu", [add("Add", [gates, product])])]
    case .lstm:
      let parts = split(add("Add", [gates, product]), 4)
      let kept = add("Mul", [add("Sigmoid", [parts[1]]), states[1]])
      let new = add("Mul", [add("Sigmoid", [parts[0]]), add("Tanh", [parts[2]])])
      let cells = add("Add", [kept, new])
      return [add("Mul", [add("Sigmoid", [parts[3]]), add("Tanh", [cells])]), cells]
    case .gruResettingAfter:
      let (input, recurrent) = (split(gates, 3), split(product, 3))
      let update = add("Sigmoid", [add("Add", [input[0], recurrent[0]])])
      let reset = add("Sigmoid", [add("Add", [input[1], recurrent[1]])])
      let proposal = add("Tanh", [add("Add", [input[2], add("Mul", [reset, recurrent[2]])])])
      return [mix(state, proposal, by: update)]
    case .gruResettingBefore:
      let (input, recurrent) = (split(gates, 3), split(product, 2))
      let update = add("Sigmoid", [add("Add", [input[0], recurrent[0]])])
      let reset = add("Sigmoid", [add("Add", [input[1], recurrent[1]])])
      let part = add("MatMul", [add("Mul", [reset, state]), kernels[1]])
      return [mix(state, add("Tanh", [add("Add", [input[2], part])]), by: update)]
    }
  }

  /// n + z · (h − n), which is z · h + (1 − z) · n.
  private func mix(_ state: String, _ proposal: String, by update: String) -> String {
    add("Add", [proposal, add("Mul", [update, add("Sub", [state, proposal])])])
  }
}
