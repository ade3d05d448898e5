import Kernels
import Layers
import Tensors

/// Runs a plan: feeds inputs, computes outputs, and in training the gradients.
///
/// A session owns the arena in which everything happens; after the first batch of a size it
/// allocates nothing. A session is used by one thread at a time; several sessions may share
/// ``LiveParameters`` as long as nobody changes them meanwhile.
public final class Session {
  /// What is run.
  public let plan: Plan

  /// The weights that are read.
  public let parameters: LiveParameters

  /// The gradients of all trainable parameters, laid out like them; empty in inference.
  package let gradients: TensorView

  package let workers: Workers
  private var gradientStorage: Tensor
  private var arena: Tensor
  private let arenaView: TensorView
  private let random: RandomStream

  /// Passes by batch size. Few sizes occur in a run: a full batch and the rest of an epoch.
  private var prepared: [Int: PreparedPasses] = [:]
  private static let preparedLimit = 8

  /// A session for a plan.
  ///
  /// - Parameters:
  ///   - plan: what is run.
  ///   - parameters: the weights that are read.
  ///   - seed: from which dropout draws, with the step given to ``forward(count:step:)``.
  ///   - threadCount: how many threads share the work of one batch.
  public convenience init(
    _ plan: Plan, parameters: LiveParameters, seed: UInt64 = 0, threadCount: Int = 1
  ) {
    self.init(
      plan, parameters: parameters, seed: seed, workers: Workers(threadCount: threadCount))
  }

  package init(_ plan: Plan, parameters: LiveParameters, seed: UInt64, workers: Workers) {
    precondition(
      plan.layout == parameters.layout && plan.elementType == parameters.elementType,
      "the parameters belong to another network")
    self.plan = plan
    self.parameters = parameters
    self.workers = workers
    random = RandomStream(seed: seed, stream: 0)
    let gradientLength = plan.mode == .training ? plan.layout.trainableLength : 0
    gradientStorage = Tensor(zeros: [gradientLength], elementType: plan.elementType)
    gradients = gradientStorage.ownedView()
    arena = Tensor(zeros: [plan.arenaByteCount], elementType: .uint8)
    arenaView = arena.ownedView()
  }

  /// The memory of an input for a batch of `count` examples, to be filled by the caller.
  public func input(_ index: Int, count: Int) -> TensorView {
    passes(for: count).values[index]
  }

  /// An output as the last ``forward(count:step:)`` of that count left it.
  public func output(_ index: Int = 0, count: Int) -> TensorView {
    passes(for: count).outputs[index]
  }

  /// The memory of an output's gradient, to be filled before ``backward(count:)``.
  package func outputGradient(_ index: Int = 0, count: Int) -> TensorView? {
    passes(for: count).outputGradients[index]
  }

  /// The gradient of an input, where the plan was asked for it.
  package func inputGradient(_ index: Int, count: Int) -> TensorView? {
    passes(for: count).inputGradients[index]
  }

  /// Computes the outputs of the first `count` examples.
  ///
  /// - Parameters:
  ///   - count: how many examples the inputs hold.
  ///   - step: the training step, which decides what dropout drops.
  public func forward(count: Int, step: Int = 0) {
    let passes = passes(for: count)
    for index in passes.forward.indices {
      passes.forward[index].random.step = UInt64(step)
      plan.operations[index].layer.forward(passes.forward[index])
    }
  }

  /// Computes the outputs of the first `count` examples of inputs that are read where they lie, in place
  /// of the memory that ``input(_:count:)`` gives.
  ///
  /// - Parameter inputs: a view for each input; no operation writes to it.
  package func forward(count: Int, reading inputs: [TensorView]) {
    precondition(plan.mode == .inference, "backward would read the inputs again")
    let passes = passes(for: count)
    passes.bindInputs(inputs)
    forward(count: count)
    passes.bindInputs(passes.values)
  }

  /// Computes the gradients of all trainable parameters from the gradients of the outputs.
  ///
  /// - Parameter step: the step that the last forward pass was given.
  package func backward(count: Int, step: Int = 0) {
    precondition(plan.mode == .training, "the plan is for inference")
    let passes = passes(for: count)
    for index in passes.backward.indices.reversed() {
      guard plan.operations[index].runsBackward else { continue }
      passes.backward[index].pass.forward.random.step = UInt64(step)
      plan.operations[index].layer.backward(passes.backward[index].pass)
      for sum in passes.backward[index].sums {
        Kernels.add(sum.part, to: sum.total, on: workers)
      }
    }
  }

  /// The first operation whose output holds a NaN or an infinity after a forward pass, for
  /// messages. Values that share memory are named by the last of them.
  package func firstNonFinite(count: Int) -> String? {
    for index in plan.operations.indices {
      let operation = plan.operations[index]
      operation.layer.forward(passes(for: count).forward[index])
      let value = passes(for: count).values[operation.output]
      if value.elementType.isFloatingPoint, !Kernels.isFinite(value, on: workers) {
        return plan.values[operation.output].name
      }
    }
    return nil
  }

  private func passes(for count: Int) -> PreparedPasses {
    if let passes = prepared[count] { return passes }
    precondition(
      count > 0 && count <= plan.capacity,
      "a batch must have 1 to \(plan.capacity) examples, found \(count)")
    if prepared.count >= Session.preparedLimit { prepared.removeAll() }
    let passes = PreparedPasses(
      plan, count: count, arena: arenaView, parameters: parameters, gradients: gradients,
      random: random, workers: workers)
    prepared[count] = passes
    return passes
  }
}

/// The passes of every operation for one batch size.
private final class PreparedPasses {
  let values: [TensorView]
  let outputs: [TensorView]
  let outputGradients: [TensorView?]
  let inputGradients: [TensorView?]
  /// Which operations read each input of the network, and as which of theirs.
  private let readers: [[(operation: Int, input: Int)]]
  var forward: [ForwardPass] = []
  var backward: [(pass: BackwardPass, sums: [(part: TensorView, total: TensorView)])] = []

  init(
    _ plan: Plan, count: Int, arena: TensorView, parameters: LiveParameters,
    gradients: TensorView, random: RandomStream, workers: Workers
  ) {
    func view(_ buffer: Int, as shape: Shape? = nil) -> TensorView {
      let buffer = plan.buffers[buffer]
      let shape = shape ?? buffer.shape
      return arena.cast(
        at: buffer.offset, shape: buffer.isPerExample ? shape.prepending(count) : shape,
        elementType: buffer.elementType)
    }
    let values = plan.values.map { view($0.buffer, as: $0.spec.shape) }
    let gradientViews = plan.values.map { value in
      value.gradientBuffer.map { view($0, as: value.spec.shape) }
    }
    self.values = values
    let outputIndices = plan.network.outputs.map { name in
      plan.values.firstIndex { $0.name == name } ?? 0
    }
    outputs = outputIndices.map { values[$0] }
    outputGradients = outputIndices.map { gradientViews[$0] }
    inputGradients = Array(gradientViews.prefix(plan.network.inputs.count))
    readers = plan.network.inputs.indices.map { input in
      plan.operations.enumerated().flatMap { index, operation in
        operation.inputs.indices.filter { operation.inputs[$0] == input }.map { (index, $0) }
      }
    }

    for operation in plan.operations {
      let random = RandomStream(
        seed: random.seed, stream: RandomPurpose.node(operation.node).stream)
      let pass = ForwardPass(
        inputs: operation.inputs.map { values[$0] }, output: values[operation.output],
        parameters: parameters.views(at: operation.parameters),
        scratch: operation.scratch.map { view($0) }, mode: plan.mode, random: random,
        workers: workers, prepared: operation.prepared)
      forward.append(pass)
      guard plan.mode == .training else { continue }
      guard operation.runsBackward, let outputGradient = gradientViews[operation.output] else {
        let unused = BackwardPass(
          forward: pass, outputGradient: pass.output, inputGradients: [], parameterGradients: [])
        backward.append((unused, []))
        continue
      }
      var sums: [(part: TensorView, total: TensorView)] = []
      let targets = zip(operation.inputs, operation.inputGradients).map { input, target in
        let shape = plan.values[input].spec.shape
        switch target {
        case .nowhere: return TensorView?.none
        case .written(let buffer): return view(buffer, as: shape)
        case .added(let temporary, let total):
          let part = view(temporary, as: shape)
          sums.append((part, view(total, as: shape)))
          return part
        }
      }
      func gradient(_ index: Int) -> TensorView {
        let entry = plan.layout.entries[index]
        return gradients.part(at: entry.offset, shape: entry.spec.shape)
      }
      let parameterGradients = operation.parameterGradients.map { target in
        switch target {
        case .nowhere: return TensorView?.none
        case .written(let entry): return gradient(entry)
        case .added(let temporary, let entry):
          let part = view(temporary)
          sums.append((part, gradient(entry)))
          return part
        }
      }
      let backwardPass = BackwardPass(
        forward: pass, outputGradient: outputGradient, inputGradients: targets,
        parameterGradients: parameterGradients)
      backward.append((backwardPass, sums))
    }
  }
  /// Lets operations read the network's inputs from the first of these views.
  func bindInputs(_ views: [TensorView]) {
    for (input, readers) in readers.enumerated() {
      precondition(
        views[input].elementType == values[input].elementType, "an input of another type")
      let view = views[input].reshaped(to: values[input].shape)
      for reader in readers { forward[reader.operation].inputs[reader.input] = view }
    }
  }
}
