import CKernels
import Tensors

/// The arithmetic of a recurrent layer's step.
package enum RecurrentCell: Sendable {
  /// h = tanh(x·W + b + h·U).
  case tanh
  /// The same with the positive part in place of tanh.
  case relu
  /// Gated recurrent unit whose reset gate works on the product h·U.
  case gruResettingAfter
  /// The same with the reset gate before the product, on h.
  case gruResettingBefore
  /// Long short-term memory.
  case lstm

  /// How many gates there are, each as wide as the state.
  package var gateCount: Int {
    switch self {
    case .tanh, .relu: 1
    case .gruResettingAfter, .gruResettingBefore: 3
    case .lstm: 4
    }
  }

  fileprivate var code: Int32 {
    switch self {
    case .tanh: Int32(NNK_CELL_TANH)
    case .relu: Int32(NNK_CELL_RELU)
    case .gruResettingAfter: Int32(NNK_CELL_GRU_AFTER)
    case .gruResettingBefore: Int32(NNK_CELL_GRU_BEFORE)
    case .lstm: Int32(NNK_CELL_LSTM)
    }
  }
}

/// The memory of one pass over a sequence, steps outermost everywhere, then the batch.
package struct Recurrence {
  package var cell: RecurrentCell
  /// `[time, batch, units · gates]`: before, the input's part of the gates; after, what they gave.
  package var gates: TensorView
  /// `[time + 1, batch, units]`, the initial one first.
  package var states: TensorView
  /// The same for the cells of an LSTM.
  package var cells: TensorView?
  /// `[time, batch, units]` for what backward needs besides; none for simple cells.
  package var saved: TensorView?
  /// `[batch, units · 3]` for a GRU.
  package var work: TensorView?
  /// `[time, batch]`, 0 where a step is left out.
  package var mask: TensorView?
  /// `[units, units · gates]`, for a GRU that resets before cut into `[units, 2 · units]` and `[units,
  /// units]`; in backward transposed.
  package var recurrentKernel: TensorView
  package var recurrentBias: TensorView?

  package init(
    _ cell: RecurrentCell, gates: TensorView, states: TensorView, recurrentKernel: TensorView
  ) {
    self.cell = cell
    self.gates = gates
    self.states = states
    self.recurrentKernel = recurrentKernel
  }
}

/// What a pass back over a sequence fills.
package struct RecurrenceGradient {
  /// `[time, batch, units]`, or of the last step alone `[batch, units]`.
  package var output: TensorView
  package var isSequence: Bool
  /// `[batch, units]` each: the gradients of the initial state and cells.
  package var state: TensorView
  package var cells: TensorView?
  /// For a GRU that resets after `[time, batch, units · 3]`: the gradient of the state's part; for one
  /// that resets before `[time, batch, units]`: that of the proposal.
  package var recurrent: TensorView?
  /// Whether ``state`` and ``cells`` are wanted.
  package var wantsInitial: Bool

  package init(
    output: TensorView, isSequence: Bool, state: TensorView, wantsInitial: Bool
  ) {
    self.output = output
    self.isSequence = isSequence
    self.state = state
    self.wantsInitial = wantsInitial
  }
}

extension Kernels {
  /// Runs a recurrent layer over all steps.
  package static func recur(_ pass: Recurrence, on workers: Workers) {
    var native = checked(pass)
    nnk_recurrent_forward(code(of: pass.states), workers.pool, &native)
  }

  /// Runs back over all steps: the gates become the gradient of what went into them.
  package static func recurGradient(
    _ pass: Recurrence, gradient: RecurrenceGradient, on workers: Workers
  ) {
    var native = checked(pass)
    let type = pass.states.elementType
    let (time, batch, units) = (native.time, native.batch, native.units)
    require(
      gradient.output, count: (gradient.isSequence ? time : 1) * batch * units, type: type,
      "output gradient")
    require(gradient.state, count: batch * units, type: type, "state gradient")
    require(gradient.cells, count: batch * units, type: type, "cell gradient")
    precondition(pass.cell != .lstm || gradient.cells != nil, "an LSTM has cells")
    switch pass.cell {
    case .gruResettingAfter:
      precondition(gradient.recurrent?.count == time * batch * units * 3, "no room")
    case .gruResettingBefore:
      precondition(gradient.recurrent?.count == time * batch * units, "no room")
    default: break
    }
    native.output_gradient = UnsafeRawPointer(gradient.output.address)
    native.is_sequence = gradient.isSequence ? 1 : 0
    native.state_gradient = gradient.state.address
    native.cell_gradient = gradient.cells?.address
    native.recurrent_gradient = gradient.recurrent?.address
    native.wants_initial = gradient.wantsInitial ? 1 : 0
    nnk_recurrent_backward(code(of: pass.states), workers.pool, &native)
  }

  private static func checked(_ pass: Recurrence) -> nnk_recurrence {
    let type = pass.states.elementType
    let shape = pass.states.shape
    precondition(shape.rank == 3 && shape[0] > 0, "states: expected [time + 1, batch, units]")
    let (time, batch, units) = (shape[0] - 1, shape[1], shape[2])
    let count = pass.cell.gateCount
    require(pass.gates, count: time * batch * units * count, type: type, "gates")
    require(pass.recurrentKernel, count: units * units * count, type: type, "recurrent kernel")
    require(pass.recurrentBias, count: units * 3, type: type, "recurrent bias")
    require(pass.cells, count: (time + 1) * batch * units, type: type, "cells")
    require(pass.saved, count: time * batch * units, type: type, "saved")
    require(pass.work, count: batch * units * 3, type: type, "work")
    require(pass.mask, count: time * batch, type: type, "mask")
    switch pass.cell {
    case .tanh, .relu: break
    case .lstm: precondition(pass.cells != nil && pass.saved != nil, "an LSTM has cells")
    case .gruResettingAfter:
      precondition(
        pass.saved != nil && pass.work != nil && pass.recurrentBias != nil, "a GRU has work")
    case .gruResettingBefore: precondition(pass.saved != nil && pass.work != nil, "a GRU has work")
    }
    var native = nnk_recurrence()
    native.cell = pass.cell.code
    native.batch = batch
    native.time = time
    native.units = units
    native.recurrent = UnsafeRawPointer(pass.recurrentKernel.address)
    native.recurrent_bias = UnsafeRawPointer(pass.recurrentBias?.address)
    native.gates = pass.gates.address
    native.states = pass.states.address
    native.cells = pass.cells?.address
    native.saved = pass.saved?.address
    native.work = pass.work?.address
    native.mask = UnsafeRawPointer(pass.mask?.address)
    return native
  }

  /// Puts steps before examples: y[step, row] = x[row, step].
  ///
  /// - Parameters:
  ///   - x: `[batch, time, …]`.
  ///   - y: `[time, batch, …]`.
  ///   - backwards: whether y's steps run from x's last to its first.
  package static func putStepsFirst(
    _ x: TensorView, into y: TensorView, backwards: Bool = false, on workers: Workers
  ) {
    swapSteps(x, y, batch: x.shape[0], time: x.shape[1], toSteps: true, backwards, workers)
  }

  /// Puts examples before steps: y[row, step] = x[step, row].
  ///
  /// - Parameters:
  ///   - x: `[time, batch, …]`.
  ///   - y: `[batch, time, …]`.
  ///   - backwards: whether y's steps run from x's last to its first.
  package static func putExamplesFirst(
    _ x: TensorView, into y: TensorView, backwards: Bool = false, on workers: Workers
  ) {
    swapSteps(x, y, batch: y.shape[0], time: y.shape[1], toSteps: false, backwards, workers)
  }

  private static func swapSteps(
    _ x: TensorView, _ y: TensorView, batch: Int, time: Int, toSteps: Bool, _ backwards: Bool,
    _ workers: Workers
  ) {
    requireLike(x, y, "target")
    if x.count == 0 { return }
    precondition(x.count % (batch * time) == 0, "expected \(batch) examples of \(time) steps")
    nnk_swap_steps(
      code(of: x), workers.pool, x.address, y.address, batch, time, x.count / (batch * time),
      toSteps ? 1 : 0, backwards ? 1 : 0)
  }

  /// y = xᵀ, x being `[rows, columns]`.
  package static func transpose(_ x: TensorView, into y: TensorView) {
    requireLike(x, y, "target")
    if x.count == 0 { return }
    nnk_transpose(code(of: x), x.address, y.address, x.rows, x.rowCount)
  }
}
