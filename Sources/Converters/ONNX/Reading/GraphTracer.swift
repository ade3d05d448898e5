import Layers
import Networks
import Tensors

/// Follows an ONNX graph from its inputs, node by node, and makes layers of what it computes.
///
/// Axes are followed by their factors, so that reshapes and transposes leave no trace until a layer
/// needs its input in another arrangement.
struct GraphTracer {
  /// The file, for messages.
  let file: String

  /// What became of everything so far.
  var log: ConversionLog

  /// The nodes of the new network so far, also those that nothing uses in the end.
  var nodes: [TracedNode] = []

  /// By a node that another one took in: the other one.
  var successors: [Int: Int] = [:]

  /// By a node that gives a sequence of steps taken backwards in the order of the input: one that gives
  /// it in the order in which they are taken.
  var backwards: [Int: Int] = [:]

  /// Those of them that stand for an order that no layer gives: they must be turned.
  var unordered: Set<Int> = []

  /// What every name of the graph stands for so far.
  var values: [String: GraphValue] = [:]

  /// What the graph says about itself.
  let graph: GraphIndex

  /// The factor of the batch; nil where the graph was made for single examples.
  var batch: AxisFactor?

  /// The extent that is tried where the graph takes any.
  let anyExtent: Int

  /// Whether axes of any extent that have different names get different ones.
  let isDistinct: Bool

  /// What every node of the graph became.
  var traces: [OperationTrace] = []

  /// How many numbers the file has, as far as outputs need them, and how many were computed of them.
  var storedCount = 0
  var foldedCount = 0

  private var factorCount = 0

  /// - Parameters:
  ///   - anyExtent: what is tried where the graph takes any extent.
  ///   - isDistinct: whether axes of different names get different extents.
  init(_ graph: GraphIndex, log: ConversionLog, anyExtent: Int, isDistinct: Bool) {
    self.graph = graph
    self.anyExtent = anyExtent
    self.isDistinct = isDistinct
    file = log.file
    self.log = log
  }

  /// The extent that stands for a batch of any size: a prime that no other extent is a multiple of.
  static let anyBatch = 1_000_003
}

// MARK: - Factors

extension GraphTracer {
  /// A new axis of an extent, by itself.
  mutating func axis(
    _ extent: Int, isFree: Bool = false, isChannels: Bool = false
  ) -> [AxisFactor] {
    guard extent != 1 || isFree else { return [] }
    factorCount += 1
    return [
      AxisFactor(id: factorCount, extent: extent, isFree: isFree, isChannels: isChannels)
    ]
  }

  /// A value that a node gives, with the axes that the graph means.
  func value(_ node: Int, storage: [[AxisFactor]], axes: [[AxisFactor]]) -> TracedValue {
    TracedValue(
      node: node, storage: storage, axes: axes, isIndices: nodes[node].output.isIndices)
  }
}

// MARK: - Making nodes

extension GraphTracer {
  /// Adds a layer behind nodes.
  ///
  /// - Throws: ``ConversionError`` naming the ONNX node when the layer does not take its inputs.
  mutating func add(
    _ layer: any Layer, to inputs: [Int], parameters: [String: TracedParameter] = [:],
    hint: String? = nil, for operation: Operation
  ) throws -> Int {
    guard !inputs.contains(where: unordered.contains) else {
      throw operation.error(
        "takes a sequence that a layer with an initial state made backwards, which has no counterpart"
      )
    }
    let specs = inputs.map { nodes[$0].output }
    let output: ValueSpec
    do {
      output = try layer.output(for: specs)
    } catch {
      throw operation.error("as \(layer.kind): \(error)")
    }
    for spec in layer.parameters(for: specs) {
      guard let parameter = parameters[spec.name], parameter.numbers.count == spec.shape.count
      else {
        throw operation.error(
          "as \(layer.kind): expected \(spec.name) of \(spec.shape), found "
            + (parameters[spec.name].map { "\($0.numbers.count) numbers" } ?? "none"))
      }
    }
    nodes.append(
      TracedNode(
        role: .layer(layer), inputs: inputs, parameters: parameters, output: output, hint: hint,
        origins: [operation.label]))
    return nodes.count - 1
  }

  /// Adds a layer that changes elements and not where they are.
  mutating func apply(
    _ layer: any Layer, to value: TracedValue, parameters: [String: TracedParameter] = [:],
    hint: String? = nil, for operation: Operation
  ) throws -> TracedValue {
    let value = try finished(value, for: operation)
    var result = value
    result.node = try add(
      layer, to: [value.node], parameters: parameters, hint: hint, for: operation)
    result.isIndices = nodes[result.node].output.isIndices
    result.isTruth = false
    return result
  }

  /// Puts a layer with more in it in the place of a node, as a bias that is added behind.
  mutating func replace(
    _ node: Int, by layer: any Layer, adding parameters: [String: TracedParameter],
    for operation: Operation
  ) throws -> Int {
    let old = nodes[node]
    let new = try add(
      layer, to: old.inputs,
      parameters: old.parameters.merging(parameters) { $1 }, hint: old.hint, for: operation)
    nodes[new].origins = old.origins + [operation.label]
    successors[node] = new
    return new
  }
}

// MARK: - Arrangement

extension GraphTracer {
  /// A value whose node arranges an example in another way: each wanted axis made of those factors.
  ///
  /// - Precondition: the wanted factors are those that are stored.
  mutating func arranged(
    _ value: TracedValue, as wanted: [[AxisFactor]], for operation: Operation
  ) throws -> TracedValue {
    let value = try finished(value, for: operation)
    if value.storage == wanted { return value }
    let (stored, order) = (value.storedFactors, wanted.flatMap { $0 })
    guard Set(stored) == Set(order), stored.count == order.count else {
      throw operation.error(
        "mixes the batch or repeated axes with others, which has no counterpart")
    }
    var result = value
    if stored != order {
      let blocks = GraphTracer.blocks(of: stored, in: order)
      result = try reshaped(result, to: blocks, operation)
      let places = order.compactMap { factor in
        blocks.firstIndex { $0.first == factor }
      }
      result.node = try add(Permute(places), to: [result.node], for: operation)
      result.storage = places.map { blocks[$0] }
    }
    return try reshaped(result, to: wanted, operation)
  }

  /// Runs of stored factors that stay together in another order.
  private static func blocks(
    of stored: [AxisFactor], in order: [AxisFactor]
  ) -> [[AxisFactor]] {
    var places: [AxisFactor: Int] = [:]
    for (place, factor) in order.enumerated() { places[factor] = place }
    var blocks: [[AxisFactor]] = []
    for factor in stored {
      if let last = blocks.last?.last, let before = places[last], places[factor] == before + 1 {
        blocks[blocks.count - 1].append(factor)
      } else {
        blocks.append([factor])
      }
    }
    return blocks
  }

  private mutating func reshaped(
    _ value: TracedValue, to wanted: [[AxisFactor]], _ operation: Operation
  ) throws -> TracedValue {
    var result = value
    result.storage = wanted
    guard value.storage.map(\.extent) != wanted.map(\.extent) else { return result }
    var hasFree = false
    let extents = wanted.map { axis in
      guard axis.contains(where: \.isFree), !hasFree else { return axis.extent }
      hasFree = true
      return -1
    }
    let layer: any Layer = wanted.count == 1 ? Flatten() : Reshape(extents)
    result.node = try add(layer, to: [value.node], for: operation)
    return result
  }

  /// A value as the graph means it: its axes in their order, each an axis of an example.
  mutating func inGraphOrder(
    _ value: TracedValue, for operation: Operation
  ) throws -> TracedValue {
    try arranged(value, as: exampleAxes(of: value, for: operation), for: operation)
  }

  /// The axes of a value without that of the batch.
  ///
  /// - Throws: ``ConversionError`` where the batch is part of an axis.
  func exampleAxes(
    of value: TracedValue, for operation: Operation
  ) throws -> [[AxisFactor]] {
    guard let batch else {
      // Made for one example: the first axis, of extent 1, is the batch's.
      return value.axes.first?.isEmpty == true ? Array(value.axes.dropFirst()) : value.axes
    }
    var axes = value.axes
    guard let place = axes.firstIndex(of: [batch]) else {
      throw operation.error("mixes the batch with other axes, which has no counterpart")
    }
    axes.remove(at: place)
    return axes
  }

  /// Checks that the first axis is the batch.
  func checkBatch(of value: TracedValue, for operation: Operation) throws {
    let first = value.axes.first ?? []
    guard first == (batch.map { [$0] } ?? []) else {
      throw operation.error(
        "expected the batch as the first axis; found an axis of \(first.extent)")
    }
  }
}
