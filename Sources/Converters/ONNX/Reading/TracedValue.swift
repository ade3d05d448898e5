/// A factor of an extent. Axes are made of factors, outermost first; an axis of extent 1 of none.
///
/// With them a graph's reshapes and transposes are followed without being carried out: `[32, 5, 24]`
/// as `[32, 5, 4, 6]` is an axis split into two factors, and back is nothing at all.
struct AxisFactor: Hashable, Sendable {
  /// What tells factors of the same extent apart; 0 is the batch.
  let id: Int

  /// How large it is; 2 or more but for a batch.
  let extent: Int

  /// Whether another extent may be fed.
  var isFree = false

  /// Whether it is the channels of a plane or sequence whose other axes are positions.
  var isChannels = false

  var isBatch: Bool { id == 0 }
}

/// A value that is computed from the inputs.
struct TracedValue: Sendable {
  /// The node of the new network that gives it, by its place; −1 while attention is under way.
  var node: Int

  /// How that node arranges an example.
  var storage: [[AxisFactor]]

  /// The axes that the ONNX graph means, the batch among them.
  var axes: [[AxisFactor]]

  /// Whether elements are indices.
  var isIndices = false

  /// Whether elements are the numbers 0 and 1, for false and true.
  var isTruth = false

  /// Whether later steps are hidden besides, of a mask for attention.
  var hidesLater = false

  /// What is known of attention that is not finished.
  var attention: PendingAttention?
}

/// What a name of an ONNX graph stands for.
enum GraphValue: Sendable {
  case constant(ConstantArray)
  case computed(TracedValue)
}

extension [AxisFactor] {
  /// The extent of an axis of these factors.
  var extent: Int { reduce(1) { $0 * $1.extent } }
}

extension TracedValue {
  /// The extents that the ONNX graph means.
  var extents: [Int] { axes.map(\.extent) }

  /// Every factor of an example, as it is arranged.
  var storedFactors: [AxisFactor] { storage.flatMap { $0 } }

  /// The same value with a factor split in two, the outer one first.
  func splitting(_ factor: AxisFactor, into parts: [AxisFactor]) -> TracedValue {
    func split(_ axes: [[AxisFactor]]) -> [[AxisFactor]] {
      axes.map { $0.flatMap { $0.id == factor.id ? parts : [$0] } }
    }
    var value = self
    value.storage = split(storage)
    value.axes = split(axes)
    if var attention {
      attention.heads = split([attention.heads])[0]
      attention.targets = split([attention.targets])[0]
      attention.sources = split([attention.sources])[0]
      attention.width = split([attention.width])[0]
      attention.query = attention.query.splitting(factor, into: parts)
      value.attention = attention
    }
    return value
  }

  /// The same value under another order of axes: axis i is the old axis `order[i]`.
  func permuted(_ order: [Int]) -> TracedValue {
    var value = self
    value.axes = order.map { axes[$0] }
    return value
  }
}
