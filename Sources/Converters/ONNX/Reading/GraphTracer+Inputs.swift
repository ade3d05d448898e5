import Formats
import Layers
import Networks
import Tensors

extension GraphTracer {
  /// Makes the inputs of the network of those of the graph.
  ///
  /// - Throws: ``ConversionError`` where a type or extent is none that is fed.
  mutating func makeInputs() throws {
    let infos = graph.graph.input.filter { graph.initializers[$0.name] == nil }
    let used = infos.filter { graph.uses[$0.name] != nil }
    for info in infos where graph.uses[info.name] == nil {
      log.ignore("input \(info.name)", "leads to no output")
    }
    guard !used.isEmpty else {
      throw log.error(nil, "no output depends on an input; expected a network")
    }
    var shapes = try used.map { try dimensions(of: $0) }
    let places = zip(used, shapes).map { batchPlace(of: $0, $1) }
    // One batch for all inputs: of any size where one says so.
    let batches = zip(shapes, places).compactMap { shape, place in place.map { shape[$0] } }
    if batches.contains(where: { $0.extent == nil }) {
      batch = AxisFactor(id: 0, extent: GraphTracer.anyBatch)
    } else if let size = batches.compactMap(\.extent).max(), size > 1 {
      batch = AxisFactor(id: 0, extent: size)
    }
    choose(&shapes, places)
    for (info, (shape, place)) in zip(used, zip(shapes, places)) {
      try makeInput(info, shape, batchAt: place)
    }
  }

  /// Whether an input takes any extent along an axis.
  var hasFreeAxes: Bool {
    nodes.contains { node in
      if case .input(let input) = node.role { return !input.freeAxes.isEmpty }
      return false
    }
  }

  /// An extent of an input; nil where any is taken, and the name it has then.
  private struct InputExtent {
    var extent: Int?
    var name: String
    /// What is tried where any is taken.
    var chosen = 0
  }

  /// Chooses extents where any are taken: one for each name, and different ones where that is asked, so
  /// that axes are not taken for each other.
  private func choose(_ shapes: inout [[InputExtent]], _ places: [Int?]) {
    var chosen: [String: Int] = [:]
    var count = 0
    for index in shapes.indices {
      for axis in shapes[index].indices where shapes[index][axis].extent == nil {
        guard axis != places[index] else { continue }
        let name = shapes[index][axis].name
        if let extent = chosen[name], !name.isEmpty {
          shapes[index][axis].chosen = extent
        } else {
          shapes[index][axis].chosen = anyExtent + count * (anyExtent < 32 ? 4 : 32)
          chosen[name] = shapes[index][axis].chosen
          if isDistinct { count += 1 }
        }
      }
    }
  }

  private func dimensions(of info: ONNXValueInfo) throws -> [InputExtent] {
    let subject = "input \(info.name)"
    guard info.hasType, info.type.hasTensorType else {
      throw log.error(subject, "expected a tensor, found another type")
    }
    let type = info.type.tensorType
    guard type.hasShape else { throw log.error(subject, "has no shape") }
    guard type.shape.dim.count <= Shape.maximumRank else {
      throw log.error(subject, "has \(type.shape.dim.count) axes; expected at most 8")
    }
    let extents = try type.shape.dim.map { dim -> InputExtent in
      switch dim.value {
      case .dimValue(let extent):
        // Older exporters write 0 or −1 for any.
        guard extent > 0 else {
          guard extent >= -1 else { throw log.error(subject, "has an extent of \(extent)") }
          return InputExtent(extent: nil, name: "")
        }
        return InputExtent(extent: Int(extent), name: "")
      case .dimParam(let name): return InputExtent(extent: nil, name: name)
      case nil: return InputExtent(extent: nil, name: "")
      }
    }
    do {
      _ = try Shape(checking: extents.map { $0.extent ?? anyExtent })
    } catch {
      throw log.error(subject, "\(error)")
    }
    return extents
  }

  /// Which axis of an input is the batch: the one that is called so, the only one of any extent, the
  /// second in front of a recurrent layer, or the first.
  private func batchPlace(of info: ONNXValueInfo, _ shape: [InputExtent]) -> Int? {
    guard !shape.isEmpty else { return nil }
    let named = shape.firstIndex {
      $0.name.lowercased().contains("batch") || ["n", "b"].contains($0.name.lowercased())
    }
    if let named { return named }
    let free = shape.indices.filter { shape[$0].extent == nil }
    if shape[0].extent == nil { return 0 }
    if free.count == 1, shape.count == 3, shape[0].extent != 1 { return free[0] }
    return feedsRecurrence(info.name) && shape.count == 3 ? 1 : 0
  }

  /// Whether a recurrent layer takes an input as it is, with time first.
  private func feedsRecurrence(_ name: String) -> Bool {
    graph.order.contains { operation in
      ["LSTM", "GRU", "RNN"].contains(operation.kind) && operation.node.input.first == name
        && operation.node.attribute.first { $0.name == "layout" }?.i != 1
    }
  }

  private mutating func makeInput(
    _ info: ONNXValueInfo, _ shape: [InputExtent], batchAt place: Int?
  ) throws {
    let subject = "input \(info.name)"
    let type = info.type.tensorType.elemType
    // Truths are fed as the numbers 0 and 1.
    let isTruth = type == 9
    let isReal =
      isTruth || [1, 10, 11, 16].contains(type) || type != 9 && isCast(info.name)
    guard isReal || [2, 3, 4, 5, 6, 7, 12, 13].contains(type) else {
      let name = ONNXTensorData.typeNames[type] ?? "type \(type)"
      throw log.error(subject, "holds \(name); expected numbers or indices")
    }
    var axes = shape.map { extent in
      axis(extent.extent ?? max(extent.chosen, 1), isFree: extent.extent == nil)
    }
    if let place {
      let isOne = shape[place].extent == 1
      axes[place] = isOne ? [] : batch.map { [$0] } ?? []
    }
    let isImage = isReal && place == 0 && wantsChannelsLast(info.name, rank: shape.count)
    if isImage {
      axes[1] = axis(axes[1].extent, isChannels: true)
    }
    var order = axes.indices.filter { $0 != place }
    if isImage { order = Array(order.dropFirst()) + [1] }
    let storage = order.map { axes[$0] }
    let spec: ValueSpec
    do {
      spec = ValueSpec(try Shape(checking: storage.map(\.extent)), isIndices: !isReal)
    } catch {
      throw log.error(subject, "\(error)")
    }
    let free = storage.indices.filter { storage[$0].contains(where: \.isFree) }
    let input = NetworkInput(
      info.name, shape: spec.shape, freeAxes: Set(free), isIndices: !isReal)
    nodes.append(
      TracedNode(role: .input(input), inputs: [], output: spec, hint: info.name, origins: []))
    var made = value(nodes.count - 1, storage: storage, axes: axes)
    made.isTruth = isTruth
    values[info.name] = .computed(made)
    let moves = place.map { $0 != 0 } ?? false
    let isNumbers = isReal && ![1, 10, 11, 16].contains(type)
    if isImage || moves || isNumbers {
      log.change(
        subject,
        (isImage ? "channels last: \(input.shapeDescription)" : "\(input.shapeDescription)")
          + (moves ? ", with the batch first" : "") + (isNumbers ? ", as numbers" : ""))
    } else {
      log.map(subject, to: input.shapeDescription)
    }
  }

  /// Whether integers are made numbers or truths before anything is done with them: a mask.
  private func isCast(_ name: String) -> Bool {
    var names: Set<String> = [name]
    var isCast = false
    for operation in graph.order where operation.node.input.contains(where: names.contains) {
      switch operation.kind {
      case "Shape": continue
      case "Unsqueeze", "Squeeze", "Reshape", "Identity", "Transpose":
        names.formUnion(operation.node.output)
      case "Cast":
        let type = operation.node.attribute.first { $0.name == "to" }?.i ?? 0
        guard [1, 9, 10, 11, 16].contains(type) else { return false }
        isCast = true
      default: return false
      }
    }
    return isCast
  }

  /// Whether the first that looks at an input, but for functions of single elements, takes channels first.
  private func wantsChannelsLast(_ name: String, rank: Int) -> Bool {
    guard (3...4).contains(rank) else { return false }
    let spatial: Set<String> = [
      "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool",
      "BatchNormalization", "InstanceNormalization", "GroupNormalization", "Resize", "Upsample",
    ]
    let through: Set<String> = [
      "Identity", "Cast", "Relu", "Sigmoid", "Tanh", "LeakyRelu", "Elu", "Selu", "Gelu",
      "HardSigmoid", "HardSwish", "Softplus", "Softsign", "Mish", "PRelu", "Clip", "Dropout",
      "Neg", "Exp", "Pad", "Add", "Sub", "Mul", "Div", "Max", "Min", "Concat",
    ]
    var names: Set<String> = [name]
    for operation in graph.order where operation.node.input.contains(where: names.contains) {
      if spatial.contains(operation.kind) { return true }
      if through.contains(operation.kind) {
        names.formUnion(operation.node.output)
      }
    }
    return false
  }
}
