import Layers

/// A transformer encoder block: attention and a small dense network, each with a residual connection and
/// layer normalisation (Vaswani et al., 2017).
///
/// As PyTorch's `TransformerEncoderLayer`. The block is no layer: it is built from parts that a model file
/// names one by one.
public struct TransformerBlock: Hashable, Sendable {
  /// The number of heads.
  public var heads: Int

  /// The number of units between the two dense layers.
  public var units: Int

  /// The number of elements of a head; the features divided by the heads when nil.
  public var keySize: Int?

  /// What stands between the two dense layers; relu.
  public var activation: ActivationFunction

  /// The share that is dropped of weights, of what attention gives, and in the dense network; 0.1.
  public var dropout: Double

  /// Whether each part normalises what goes in, which trains more easily (Xiong et al., 2020), rather
  /// than the sum that comes out; false.
  public var normalizesFirst: Bool

  /// Whether a step sees only itself and those before it; false.
  public var isCausal: Bool

  /// A block.
  public init(
    heads: Int, units: Int, keySize: Int? = nil, activation: ActivationFunction = .relu,
    dropout: Double = 0.1, normalizesFirst: Bool = false, isCausal: Bool = false
  ) {
    self.heads = heads
    self.units = units
    self.keySize = keySize
    self.activation = activation
    self.dropout = dropout
    self.normalizesFirst = normalizesFirst
    self.isCausal = isCausal
  }
}

extension NetworkBuilder {
  /// Adds a transformer encoder block behind a sequence.
  ///
  /// - Parameters:
  ///   - block: what it is like.
  ///   - name: what its nodes' names begin with; `transformer_1` and so on when nil.
  ///   - value: the sequence `[steps, features]`.
  ///   - features: how many features it has; a multiple of the heads where no key size is given.
  ///   - mask: `[steps]` of 1 for steps that are seen and 0 for others.
  /// - Returns: a sequence of the same shape.
  public func add(
    _ block: TransformerBlock, named name: String? = nil, to value: Value, features: Int,
    mask: Value? = nil
  ) -> Value {
    var count = 1
    while name == nil, has("transformer_\(count)_attention") { count += 1 }
    let name = name ?? "transformer_\(count)"
    func named(_ part: String) -> String { "\(name)_\(part)" }
    func dropped(_ value: Value, _ part: String) -> Value {
      block.dropout > 0
        ? add(Dropout(block.dropout), named: named("\(part)_dropout"), to: value) : value
    }
    func normalized(_ value: Value, _ part: String) -> Value {
      add(LayerNormalization(), named: named("\(part)_normalization"), to: value)
    }
    let attention = MultiHeadAttention(
      heads: block.heads, keySize: block.keySize ?? max(features / max(block.heads, 1), 1),
      isCausal: block.isCausal, isMasked: mask != nil, dropout: block.dropout)
    let seen = block.normalizesFirst ? normalized(value, "attention") : value
    let attended = add(
      attention, named: named("attention"), to: [seen] + (mask.map { [$0] } ?? []))
    var sum = add(
      Add(), named: named("attention_sum"), to: value, dropped(attended, "attention"))
    if !block.normalizesFirst { sum = normalized(sum, "attention") }

    let hidden = block.normalizesFirst ? normalized(sum, "dense") : sum
    let wide = add(
      Activation(block.activation), named: named("activation"),
      to: add(
        Dense(block.units, kernelInitializer: .xavierUniform), named: named("dense_1"), to: hidden))
    let narrow = add(
      Dense(features, kernelInitializer: .xavierUniform), named: named("dense_2"),
      to: dropped(wide, "activation"))
    let result = add(Add(), named: named("dense_sum"), to: sum, dropped(narrow, "dense"))
    return block.normalizesFirst ? result : normalized(result, "dense")
  }
}
