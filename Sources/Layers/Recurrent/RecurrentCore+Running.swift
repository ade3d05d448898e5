import Kernels
import Tensors

/// One pass of a recurrent layer: its views, and where in its scratch everything is.
struct RecurrentPass {
  let core: RecurrentCore
  let inputs: [TensorView]
  let parameters: ArraySlice<TensorView>
  let scratch: ArraySlice<TensorView>
  let workers: Workers

  var batch: Int { inputs[0].shape[0] }
  var time: Int { inputs[0].shape[1] }
  var features: Int { inputs[0].shape[2] }
  var units: Int { core.units }
  var width: Int { core.units * core.cell.gateCount }

  private var kernel: TensorView { parameters[parameters.startIndex] }
  private var recurrentKernel: TensorView { parameters[parameters.startIndex + 1] }

  private func room(_ room: RecurrentCore.Room) -> TensorView? {
    core.place(of: room).map { scratch[scratch.startIndex + $0] }
  }

  /// A room that every layer has.
  private func always(_ room: RecurrentCore.Room) -> TensorView {
    self.room(room) ?? inputs[0]
  }

  /// The sequence, and in backward its gradient at last.
  var inputSteps: TensorView {
    always(.input).reshaped(to: Shape(time, batch, features))
  }
  private var gates: TensorView { always(.gates).reshaped(to: Shape(time, batch, width)) }
  private var states: TensorView { always(.states).reshaped(to: Shape(time + 1, batch, units)) }
  private var cells: TensorView? {
    room(.cells)?.reshaped(to: Shape(time + 1, batch, units))
  }

  /// The pass as the kernels take it, but for the recurrent kernel.
  private func recurrence(kernel: TensorView) -> Recurrence {
    var recurrence = Recurrence(
      core.cell, gates: gates, states: states, recurrentKernel: kernel)
    recurrence.cells = cells
    recurrence.saved = room(.saved)
    recurrence.work = room(.work)
    recurrence.mask = room(.mask)
    if core.cell == .gruResettingAfter {
      recurrence.recurrentBias =
        core.usesBias ? parameters[parameters.startIndex + 3] : room(.zeroBias)
    }
    return recurrence
  }
}

// MARK: - Forward

extension RecurrentPass {
  /// Computes the output: `[batch, units]`, or `[batch, time, units]`.
  func forward(into output: TensorView) {
    Kernels.putStepsFirst(
      inputs[0], into: inputSteps, backwards: core.goesBackwards, on: workers)
    if let place = core.maskPlace, let mask = room(.mask) {
      Kernels.putStepsFirst(
        inputs[place], into: mask.reshaped(to: Shape(time, batch)), backwards: core.goesBackwards,
        on: workers)
    }
    // The input's part of the gates, of all steps at once.
    let rows = gates.reshaped(to: Shape(time * batch, width))
    Kernels.multiply(
      inputSteps.reshaped(to: Shape(time * batch, features)), by: kernel, into: rows, on: workers)
    if core.usesBias {
      Kernels.addBias(parameters[parameters.startIndex + 2], to: rows, on: workers)
    }
    start(states, at: core.statePlace)
    if let cells { start(cells, at: core.statePlace + 1) }
    room(.zeroBias)?.clear()
    Kernels.recur(recurrence(kernel: forwardKernel()), on: workers)
    if core.returnsSequence {
      Kernels.putExamplesFirst(
        states.rows(1..<time + 1), into: output,
        backwards: core.goesBackwards && core.alignsOutput, on: workers)
      if core.givesZerosForMask, let place = core.maskPlace {
        clearRows(of: output.reshaped(to: Shape(batch * time, units)), where: inputs[place])
      }
    } else {
      output.copy(from: states.rows(time..<time + 1).reshaped(to: output.shape))
    }
  }

  /// Sets the first of the states.
  private func start(_ states: TensorView, at place: Int) {
    let first = states.rows(0..<1)
    if core.hasInitialState {
      first.copy(from: inputs[place].reshaped(to: first.shape))
    } else {
      first.clear()
    }
  }

  /// The recurrent kernel as the steps take it: for a GRU that resets before in two parts.
  private func forwardKernel() -> TensorView {
    guard core.cell == .gruResettingBefore else { return recurrentKernel }
    let packed = always(.packedKernel)
    let first = packed.part(at: 0, shape: Shape(units, 2 * units))
    let second = packed.part(at: 2 * units * units, shape: Shape(units, units))
    Kernels.copyColumns(of: recurrentKernel, from: 0, count: 2 * units, into: first, at: 0)
    Kernels.copyColumns(
      of: recurrentKernel, from: 2 * units, count: units, into: second, at: 0)
    return packed
  }
}

// MARK: - Backward

extension RecurrentPass {
  /// Computes the gradients.
  ///
  /// - Parameters:
  ///   - outputGradient: that of the output.
  ///   - inputGradients: of sequence, mask and states; the mask has none, and gets zeros.
  ///   - parameterGradients: in the order of the parameters.
  ///   - between: memory `[time, batch, features]` in between, where the gradient of the sequence is to be
  ///     added to what is there.
  func backward(
    outputGradient: TensorView, inputGradients: [TensorView?],
    parameterGradients: ArraySlice<TensorView?>, addingThrough between: TensorView? = nil
  ) {
    let packed = always(.packedKernel)
    Kernels.transpose(recurrentKernel, into: packed.reshaped(to: Shape(width, units)))
    var gradient = RecurrenceGradient(
      output: stepsFirst(outputGradient), isSequence: core.returnsSequence,
      state: always(.stateGradient), wantsInitial: core.hasInitialState)
    gradient.cells = room(.cellGradient)
    gradient.recurrent = room(.recurrentGradient)
    Kernels.recurGradient(recurrence(kernel: packed), gradient: gradient, on: workers)
    fill(parameterGradients)
    if core.hasInitialState { fillStates(inputGradients) }
    if let place = core.maskPlace { inputGradients[place]?.clear() }
    guard let target = inputGradients[0] else { return }
    // The input's steps are read for the last time above.
    Kernels.multiply(
      gates.reshaped(to: Shape(time * batch, width)), by: kernel, transposed: true,
      into: inputSteps.reshaped(to: Shape(time * batch, features)), on: workers)
    if let between {
      let examples = between.reshaped(to: Shape(batch, time, features))
      Kernels.putExamplesFirst(
        inputSteps, into: examples, backwards: core.goesBackwards, on: workers)
      Kernels.add(examples, to: target, on: workers)
    } else {
      Kernels.putExamplesFirst(
        inputSteps, into: target, backwards: core.goesBackwards, on: workers)
    }
  }

  private func stepsFirst(_ gradient: TensorView) -> TensorView {
    guard core.returnsSequence, let room = room(.outputGradient) else { return gradient }
    let steps = room.reshaped(to: Shape(time, batch, units))
    Kernels.putStepsFirst(
      gradient.reshaped(to: Shape(batch, time, units)), into: steps,
      backwards: core.goesBackwards && core.alignsOutput, on: workers)
    if core.givesZerosForMask, let mask = self.room(.mask) {
      clearRows(of: steps.reshaped(to: Shape(time * batch, units)), where: mask)
    }
    return steps
  }

  /// Sets the rows to 0 for which a mask has 0.
  private func clearRows(of rows: TensorView, where mask: TensorView) {
    for row in 0..<rows.shape[0] {
      let isOut =
        mask.elementType == .float64
        ? mask.element(row, as: Double.self) == 0 : mask.element(row, as: Float.self) == 0
      if isOut { rows.rows(row..<row + 1).clear() }
    }
  }

  private func fillStates(_ inputGradients: [TensorView?]) {
    let place = core.statePlace
    if let target = inputGradients[place] {
      target.copy(from: always(.stateGradient).reshaped(to: target.shape))
    }
    if core.cell == .lstm, let target = inputGradients[place + 1],
      let cells = room(.cellGradient)
    {
      target.copy(from: cells.reshaped(to: target.shape))
    }
  }

  private func fill(_ gradients: ArraySlice<TensorView?>) {
    let first = gradients.startIndex
    let gateRows = gates.reshaped(to: Shape(time * batch, width))
    let before = states.rows(0..<time).reshaped(to: Shape(time * batch, units))
    if let target = gradients[first] {
      Kernels.multiply(
        inputSteps.reshaped(to: Shape(time * batch, features)), transposed: true, by: gateRows,
        into: target, on: workers)
    }
    let recurrentRows =
      core.cell == .gruResettingAfter
      ? room(.recurrentGradient)?.reshaped(to: Shape(time * batch, width)) ?? gateRows : gateRows
    if let target = gradients[first + 1] {
      Kernels.multiply(before, transposed: true, by: recurrentRows, into: target, on: workers)
      if core.cell == .gruResettingBefore { fillProposal(target) }
    }
    guard core.usesBias else { return }
    if let target = gradients[first + 2] {
      Kernels.sumRows(of: gateRows, into: target, on: workers)
    }
    if core.cell == .gruResettingAfter, let target = gradients[first + 3] {
      Kernels.sumRows(of: recurrentRows, into: target, on: workers)
    }
  }

  /// The recurrent kernel of a GRU's proposal works on r·h in place of h.
  private func fillProposal(_ target: TensorView) {
    guard let square = room(.square), let saved = room(.saved),
      let slopes = room(.recurrentGradient)
    else { return }
    Kernels.multiply(
      saved.reshaped(to: Shape(time * batch, units)), transposed: true,
      by: slopes.reshaped(to: Shape(time * batch, units)), into: square, on: workers)
    Kernels.copyColumns(of: square, from: 0, count: units, into: target, at: 2 * units)
  }
}

// MARK: - Layers

/// A layer that takes a sequence step by step.
protocol RecurrentLayer: Layer {
  /// What it does, in the terms that all of them share.
  var core: RecurrentCore { get }
}

extension RecurrentLayer {
  public static var inputCount: ClosedRange<Int> { 1...4 }

  public static var neededOptions: [String] { ["units"] }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    try core.output(for: inputs)
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    core.parameters(for: inputs)
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] { core.scratch(for: inputs) }

  public func forward(_ pass: ForwardPass) {
    recurrentPass(pass).forward(into: pass.output)
  }

  public func backward(_ pass: BackwardPass) {
    recurrentPass(pass.forward).backward(
      outputGradient: pass.outputGradient, inputGradients: pass.inputGradients,
      parameterGradients: pass.parameterGradients[...])
  }

  private func recurrentPass(_ pass: ForwardPass) -> RecurrentPass {
    RecurrentPass(
      core: core, inputs: pass.inputs, parameters: pass.parameters[...],
      scratch: pass.scratch[...], workers: pass.workers)
  }
}
