import Formats
import Layers
import Tensors

extension KerasLayers {
  /// Several values as one.
  static let merging: [String: KerasTranslation] = [
    "Add": { try merge(Add(), $0, $1) },
    "Subtract": { try merge(Subtract(), $0, $1) },
    "Multiply": { try merge(Multiply(), $0, $1) },
    "Average": { try merge(Average(), $0, $1) },
    "Maximum": { try merge(Maximum(), $0, $1) },
    "Minimum": { try merge(Minimum(), $0, $1) },
    "Concatenate": { use, graph in
      try concatenate(use, graph, axis: use.options.integer("axis", or: -1))
    },
    "Merge": merge,
  ]

  static func merge(
    _ layer: any Layer, _ use: KerasUse, _ graph: KerasTranslator
  ) throws -> [KerasValue] {
    var inputs = use.inputs
    // Where one has its channels elsewhere, all are put as the file has them.
    let areMoved = inputs.allSatisfy(\.isMoved)
    if !areMoved { inputs = try inputs.map { try graph.unmoved($0, use) } }
    var result = try graph.add(layer, for: use, to: inputs)
    result.isMoved = areMoved
    result.mask = try mask(ofAny: inputs.map(\.mask), use, graph)
    return [result]
  }

  static func concatenate(
    _ use: KerasUse, _ graph: KerasTranslator, axis: Int
  ) throws -> [KerasValue] {
    var inputs = use.inputs
    guard axis != 0, let rank = inputs.first?.shape.rank else {
      throw use.options.error("axis", expected: "one of an example", found: axis)
    }
    var place = axis > 0 ? axis - 1 : axis + rank
    let areMoved = inputs.allSatisfy(\.isMoved) && rank > 1
    if areMoved {
      place = place == 0 ? rank - 1 : place - 1
    } else {
      inputs = try inputs.map { try graph.unmoved($0, use) }
    }
    var result = try graph.add(
      Concatenate(axis: place == rank - 1 ? -1 : place), for: use, to: inputs)
    result.isMoved = areMoved
    let masks = inputs.map(\.mask)
    let known = Set(masks.compactMap { $0 })
    if known.count == 1, place == rank - 1 {
      result.mask = known.first
    } else if !known.isEmpty {
      throw use.options.error(
        "sequences of different masks, or one after the other, cannot be read")
    }
    return [result]
  }

  /// A step is there where it is in any of them, and all of them have a mask.
  private static func mask(
    ofAny masks: [KerasMask?], _ use: KerasUse, _ graph: KerasTranslator
  ) throws -> KerasMask? {
    let known = masks.compactMap { $0 }
    guard known.count == masks.count, let first = known.first else { return nil }
    let different = Set(known)
    guard different.count > 1 else { return first }
    let values = try different.map { try graph.value(of: $0, use) }.sorted { $0.name < $1.name }
    return graph.mask(
      of: try graph.add(Maximum(), for: use, part: "any_mask", to: values))
  }

  /// Keras 1.
  private static let merge: KerasTranslation = { use, graph in
    let mode = try use.options.text("mode", or: "sum")
    let axis = try use.options.integer("concat_axis", or: -1)
    for name in ["dot_axes", "output_shape", "output_mask", "node_indices", "tensor_indices"]
      + ["mode_type", "output_shape_type", "output_mask_type", "arguments"]
    { _ = use.options.take([name]) }
    switch mode {
    case "sum": return try merge(Add(), use, graph)
    case "mul": return try merge(Multiply(), use, graph)
    case "ave": return try merge(Average(), use, graph)
    case "max": return try merge(Maximum(), use, graph)
    case "concat": return try concatenate(use, graph, axis: axis)
    default:
      throw use.options.error("mode", expected: "sum, mul, ave, max or concat", found: "'\(mode)'")
    }
  }
}
