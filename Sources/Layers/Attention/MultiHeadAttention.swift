import Kernels
import Tensors

/// Scaled dot-product attention of several heads (Vaswani et al., 2017).
///
/// Every head h gives softmax(Q_h · K_hᵀ / √size) · V_h, where Q = query · W + b and so on; the heads
/// stand beside each other before the last product. As Keras' `MultiHeadAttention` and PyTorch's
/// `MultiheadAttention`. A query that sees nothing, because all it could see is masked, gets a sum of
/// nothing: only the output's bias.
///
/// - Inputs: one sequence `[steps, features]` that attends to itself; or queries and what gives keys and
///   values; or queries, keys and values. With a mask, `[sources]` of 1 for keys that are seen and 0 for
///   others, behind them.
/// - Output: `[targets, features]` with as many features as the queries have.
/// - Parameters: `query_kernel`, `key_kernel` `[features, heads · key_size]`, `value_kernel` `[features,
///   heads · value_size]`, `output_kernel` `[heads · value_size, features]`, and a bias of each.
public struct MultiHeadAttention: Layer {
  public static let kind = "multi_head_attention"
  public static var defaults: MultiHeadAttention { MultiHeadAttention(heads: 1, keySize: 1) }
  public static var neededOptions: [String] { ["heads", "key_size"] }
  public static var inputCount: ClosedRange<Int> { 1...4 }

  /// The number of heads.
  public var heads: Int

  /// The number of elements of a head's queries and keys.
  public var keySize: Int

  /// The number of elements of a head's values; as many as of its keys when nil.
  public var valueSize: Int?

  /// Whether a step sees only itself and those before it; false.
  public var isCausal: Bool

  /// Whether a mask is the last input; false.
  public var isMasked: Bool

  /// Whether offsets are added; true.
  public var usesBias: Bool

  /// The share of the weights that is dropped in training; 0.
  public var dropout: Double

  /// How the kernels start; Xavier uniform, as Keras and PyTorch.
  public var kernelInitializer: Initializer

  /// An attention layer.
  public init(
    heads: Int, keySize: Int, valueSize: Int? = nil, isCausal: Bool = false,
    isMasked: Bool = false, usesBias: Bool = true, dropout: Double = 0,
    kernelInitializer: Initializer = .xavierUniform
  ) {
    self.heads = heads
    self.keySize = keySize
    self.valueSize = valueSize
    self.isCausal = isCausal
    self.isMasked = isMasked
    self.usesBias = usesBias
    self.dropout = dropout
    self.kernelInitializer = kernelInitializer
  }

  private enum CodingKeys: String, CodingKey {
    case heads
    case keySize = "key_size"
    case valueSize = "value_size"
    case isCausal = "is_causal"
    case isMasked = "is_masked"
    case usesBias = "uses_bias"
    case dropout
    case kernelInitializer = "kernel_initializer"
  }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .inputs) }

  private var keyWidth: Int { heads * keySize }
  private var valueWidth: Int { heads * (valueSize ?? keySize) }
}

// MARK: - Shapes

extension MultiHeadAttention {
  /// Where queries, keys and values stand among so many inputs.
  private func places(_ inputCount: Int) -> (query: Int, key: Int, value: Int) {
    let count = inputCount - (isMasked ? 1 : 0)
    return (0, min(1, count - 1), count - 1)
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    let allowed = isMasked ? 2...4 : 1...3
    guard allowed.contains(inputs.count) else {
      throw LayerError.inputCount(expected: allowed, found: inputs.count)
    }
    try require("heads", heads > 0, "1 or more", "\(heads)")
    try require("key_size", keySize > 0, "1 or more", "\(keySize)")
    try require("value_size", (valueSize ?? 1) > 0, "1 or more", "\(valueSize ?? 1)")
    try require("dropout", dropout >= 0 && dropout < 1, "0 up to below 1", "\(dropout)")
    let sequences = isMasked ? inputs.dropLast() : inputs[...]
    for input in inputs where input.isIndices { throw LayerError.expectedNumbers }
    for input in sequences {
      guard input.shape.rank == 2, input.shape.count > 0 else {
        throw LayerError.inputShape(expected: "[steps, features]", found: input.shape)
      }
    }
    let places = places(inputs.count)
    let (query, key, value) = (
      inputs[places.query].shape, inputs[places.key].shape, inputs[places.value].shape
    )
    guard key[0] == value[0] else {
      throw LayerError.inputShape(expected: "[\(key[0]), features] for the values", found: value)
    }
    if isMasked, let mask = inputs.last, mask.shape != [key[0]] {
      throw LayerError.inputShape(expected: "[\(key[0])] for the mask", found: mask.shape)
    }
    let keyWidth = try Shape(checking: [heads, keySize]).count
    let valueWidth = try Shape(checking: [heads, valueSize ?? keySize]).count
    _ = try Shape(checking: [query[1], keyWidth])
    _ = try Shape(checking: [key[1], keyWidth])
    _ = try Shape(checking: [value[1], valueWidth])
    _ = try Shape(checking: [valueWidth, query[1]])
    _ = try Shape(checking: [query[0], max(keyWidth, valueWidth)])
    _ = try Shape(checking: [key[0], max(keyWidth, valueWidth)])
    _ = try Shape(checking: [heads, query[0], key[0]])
    return ValueSpec(query)
  }

  private func require(
    _ name: String, _ isRight: Bool, _ expected: String, _ found: String
  ) throws {
    guard isRight else { throw LayerError.option(name: name, expected: expected, found: found) }
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    let places = places(inputs.count)
    let features = inputs[places.query].shape[1]
    let parts = [
      ("query", features, keyWidth), ("key", inputs[places.key].shape[1], keyWidth),
      ("value", inputs[places.value].shape[1], valueWidth), ("output", valueWidth, features),
    ]
    return parts.flatMap { name, width, units in
      let kernel = ParameterSpec(
        name: "\(name)_kernel", shape: [width, units],
        axes: name == "output" ? "heads,out" : "in,heads", role: .kernel,
        initializer: kernelInitializer, fan: Fan(input: width, output: units))
      guard usesBias else { return [kernel] }
      let bias = ParameterSpec(
        name: "\(name)_bias", shape: [units], axes: name == "output" ? "out" : "heads",
        role: .bias, initializer: .zeros)
      return [kernel, bias]
    }
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    let places = places(inputs.count)
    let (targets, sources) = (inputs[places.query].shape[0], inputs[places.key].shape[0])
    func own(_ shape: Shape) -> ScratchSpec { ScratchSpec(shape, isPerExample: true) }
    // Queries, keys, values, what the heads give, the weights; the gradients of all of them; and the
    // weights after dropout.
    let once = [
      own([targets, keyWidth]), own([sources, keyWidth]), own([sources, valueWidth]),
      own([targets, valueWidth]), own([heads, targets, sources]),
    ]
    return once + once + (dropout > 0 ? [own([heads, targets, sources])] : [])
  }
}

// MARK: - Running

extension MultiHeadAttention {
  private func attention(_ pass: ForwardPass) -> AttentionPass {
    let batch = pass.inputs[0].shape[0]
    let drops = dropout > 0 && pass.mode == .training
    func sequence(_ view: TensorView, _ width: Int) -> TensorView {
      view.reshaped(to: Shape(batch, view.count / (batch * width), width))
    }
    return AttentionPass(
      heads: heads, isCausal: isCausal, mask: isMasked ? pass.inputs[pass.inputs.count - 1] : nil,
      queries: sequence(pass.scratch[0], keyWidth), keys: sequence(pass.scratch[1], keyWidth),
      values: sequence(pass.scratch[2], valueWidth), weights: pass.scratch[4],
      applied: drops ? pass.scratch[10] : pass.scratch[4])
  }

  /// y = x · kernel + bias, with the parameters of a part: 0 queries, 1 keys, 2 values, 3 output.
  private func project(
    _ x: TensorView, part: Int, into y: TensorView, _ pass: ForwardPass
  ) {
    let step = usesBias ? 2 : 1
    let kernel = pass.parameters[part * step]
    let rows = y.reshaped(to: Shape(y.count / kernel.shape[1], kernel.shape[1]))
    Kernels.multiply(x.asRows, by: kernel, into: rows, on: pass.workers)
    if usesBias { Kernels.addBias(pass.parameters[part * step + 1], to: rows, on: pass.workers) }
  }

  public func forward(_ pass: ForwardPass) {
    let places = places(pass.inputs.count)
    project(pass.inputs[places.query], part: 0, into: pass.scratch[0], pass)
    project(pass.inputs[places.key], part: 1, into: pass.scratch[1], pass)
    project(pass.inputs[places.value], part: 2, into: pass.scratch[2], pass)
    let attention = attention(pass)
    Kernels.attentionWeights(attention, on: pass.workers)
    if dropout > 0, pass.mode == .training {
      Kernels.dropout(
        attention.weights, rate: dropout, random: pass.random, into: attention.applied,
        on: pass.workers)
    }
    Kernels.attentionOutput(attention, into: pass.scratch[3], on: pass.workers)
    let heads = pass.scratch[3]
    project(
      heads.reshaped(to: Shape(heads.count / valueWidth, valueWidth)), part: 3, into: pass.output,
      pass)
  }

  public func backward(_ pass: BackwardPass) {
    let forward = pass.forward
    let (scratch, workers) = (forward.scratch, pass.workers)
    let places = places(forward.inputs.count)
    let step = usesBias ? 2 : 1
    func rows(_ view: TensorView, _ width: Int) -> TensorView {
      view.reshaped(to: Shape(view.count / width, width))
    }
    /// The gradients of the kernel and bias of a part.
    func fill(_ part: Int, _ x: TensorView, _ dy: TensorView) {
      if let target = pass.parameterGradients[part * step] {
        Kernels.multiply(x, transposed: true, by: dy, into: target, on: workers)
      }
      if usesBias, let target = pass.parameterGradients[part * step + 1] {
        Kernels.sumRows(of: dy, into: target, on: workers)
      }
    }
    let dy = pass.outputGradient.asRows
    let (heads, dHeads) = (rows(scratch[3], valueWidth), rows(scratch[8], valueWidth))
    fill(3, heads, dy)
    Kernels.multiply(
      dy, by: forward.parameters[3 * step], transposed: true, into: dHeads, on: workers)

    let attention = attention(forward)
    let dWeights = scratch[9]
    Kernels.attentionValueGradient(
      attention, outputGradient: dHeads, appliedGradient: dWeights, into: scratch[7], on: workers)
    if dropout > 0, forward.mode == .training {
      Kernels.dropout(
        dWeights, rate: dropout, random: forward.random, into: dWeights, on: workers)
    }
    Kernels.attentionScoreGradient(
      attention, weightGradient: dWeights, into: scratch[5], scratch[6], on: workers)

    let parts = (places.query, places.key, places.value)
    let inputs = forward.inputs
    fill(0, inputs[parts.0].asRows, rows(scratch[5], keyWidth))
    fill(1, inputs[parts.1].asRows, rows(scratch[6], keyWidth))
    fill(2, inputs[parts.2].asRows, rows(scratch[7], valueWidth))
    /// The gradient of an input, added where another part has written it already.
    func send(_ part: Int, _ dy: TensorView, to place: Int, adding: Bool) {
      guard let target = pass.inputGradients[place]?.asRows else { return }
      Kernels.multiply(
        dy, by: forward.parameters[part * step], transposed: true, into: target,
        accumulating: adding, on: workers)
    }
    send(0, rows(scratch[5], keyWidth), to: parts.0, adding: false)
    send(1, rows(scratch[6], keyWidth), to: parts.1, adding: parts.1 == parts.0)
    send(2, rows(scratch[7], valueWidth), to: parts.2, adding: parts.2 <= parts.1)
    if isMasked { pass.inputGradients[inputs.count - 1]?.clear() }
  }
}
