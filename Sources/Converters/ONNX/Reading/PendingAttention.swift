/// Attention on its way through a graph, which knows it as products, scales and a softmax.
struct PendingAttention: Sendable {
  /// How far it has come.
  enum Stage: Sendable {
    /// The products of queries and keys, perhaps scaled and masked.
    case scores
    /// What softmax made of them.
    case weights
    /// What the weights made of the values: the heads beside each other.
    case heads
  }

  var stage: Stage

  /// Queries, keys, and from the heads on values.
  private var operands: [TracedValue]

  /// What the products are multiplied with.
  var factor = 1.0

  var isCausal = false

  /// The keys that are seen, `[steps]` of 1 and 0; nil where all are.
  var mask: TracedValue? { masks.first }

  /// At most one; a list, for a value cannot hold itself.
  private var masks: [TracedValue] = []

  /// Lets only those keys be seen that a mask has.
  mutating func hide(by mask: TracedValue) {
    masks = [mask]
    if mask.hidesLater { isCausal = true }
  }

  /// The share of the weights that is dropped in training.
  var dropout = 0.0

  /// The factors of the heads, of the steps of queries and keys, and of a head's width.
  var heads: [AxisFactor]
  var targets: [AxisFactor]
  var sources: [AxisFactor]
  var width: [AxisFactor]

  /// The ONNX nodes that belong to it.
  var origins: [String]

  /// The products of queries and keys.
  ///
  /// - Parameters:
  ///   - heads: the factors of the heads.
  ///   - targets: those of the steps of the queries.
  ///   - sources: new names for those of the steps of the keys.
  init(
    query: TracedValue, key: TracedValue, heads: [AxisFactor], targets: [AxisFactor],
    sources: [AxisFactor], origin: String
  ) {
    stage = .scores
    operands = [query, key]
    self.heads = heads
    self.targets = targets
    self.sources = sources
    width = query.axes.last ?? []
    origins = [origin]
  }

  var query: TracedValue {
    get { operands[0] }
    set { operands[0] = newValue }
  }

  var key: TracedValue { operands[1] }

  /// Nil before the heads.
  var value: TracedValue? { operands.count > 2 ? operands[2] : nil }

  /// What the weights make of values.
  mutating func apply(to value: TracedValue, width: [AxisFactor]) {
    stage = .heads
    operands.append(value)
    self.width = width
  }
}
