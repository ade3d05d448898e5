import Catalogs
import Formats
import Tensors

/// Adds a call of a layer of Keras, and gives what comes out of it.
typealias KerasTranslation = @Sendable (KerasUse, KerasTranslator) throws -> [KerasValue]

/// The layers of Keras that are known, by the name of their class: a closed table.
enum KerasLayers {
  /// All of them, with the names of older versions.
  static let table: [String: KerasTranslation] = [
    core, shaping, activations, convolutions, pooling, borders, normalizations, regularizations,
    recurrence, attention, merging,
  ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

  /// Layers that hand the mask of what they take on.
  static let passesMask: Set<String> = [
    "Dense", "Identity", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Rescaling",
    "Normalization", "BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2",
    "LayerNormalization", "GroupNormalization", "Dropout", "SpatialDropout1D",
    "SpatialDropout2D", "GaussianNoise", "AlphaDropout", "GaussianDropout",
    "ActivityRegularization",
  ]

  /// Why a class is not in the table.
  static func refusal(of name: String, isOperation: Bool = false) -> String {
    if isOperation {
      return "the operation '\(name.prefix(80))' has no counterpart"
        + suggestion(for: String(name.prefix(80)), among: operations.keys.sorted())
    }
    switch name {
    case "Lambda", "SlicingOpLambda":
      return
        "a layer of class '\(name)' is a program, which is never run; rebuild it of other layers"
    case "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer":
      return "a layer of class '\(name)' is another program's model; export it as ONNX instead"
    default:
      return "class '\(name.prefix(80))' has no counterpart or is not of Keras itself"
        + suggestion(for: String(name.prefix(80)), among: table.keys.sorted())
    }
  }
}

// MARK: - Tensors

extension KerasVariable {
  /// A variable that is a parameter as it is, or under another shape.
  static func plain(
    _ name: String, _ shape: [Int], index: Int, part: [String] = [], isTrainable: Bool = true,
    is path: String, shaped target: [Int]? = nil
  ) -> KerasVariable {
    KerasVariable(
      name: name, shape: shape, part: part, index: index, isTrainable: isTrainable,
      parameters: { [(path, $0.reshaped(to: Shape(target ?? shape)))] })
  }

  /// A variable that no parameter keeps.
  static func unused(
    _ name: String, _ shape: [Int], index: Int, part: [String] = []
  ) -> KerasVariable {
    KerasVariable(
      name: name, shape: shape, part: part, index: index, isTrainable: false,
      parameters: { _ in [] })
  }
}

extension Tensor {
  /// The same numbers with the axes in another order: the k-th axis is `axes[k]` of this one.
  func permuted(_ axes: [Int]) -> Tensor {
    let source: [Float] = elements()
    let extents = axes.map { shape[$0] }
    let strides = axes.map { axis in shape.dimensions[(axis + 1)...].reduce(1, *) }
    var result: [Float] = []
    result.reserveCapacity(count)
    var place = Array(repeating: 0, count: axes.count)
    var offset = 0
    for _ in 0..<count {
      result.append(source[offset])
      var axis = axes.count - 1
      while axis >= 0 {
        place[axis] += 1
        offset += strides[axis]
        if place[axis] < extents[axis] { break }
        offset -= place[axis] * strides[axis]
        place[axis] = 0
        axis -= 1
      }
    }
    return Tensor(result, shape: Shape(extents))
  }

  /// The same numbers, each made another one.
  func mapped(_ body: (Float) -> Float) -> Tensor {
    Tensor((elements() as [Float]).map(body), shape: shape)
  }

  /// Tensors of as many rows side by side.
  static func columns(of tensors: [Tensor]) -> Tensor {
    let rows = tensors.first?.shape.dimensions.first ?? 0
    let parts = tensors.map { $0.elements() as [Float] }
    var result: [Float] = []
    for row in 0..<rows {
      for part in parts {
        let width = part.count / max(rows, 1)
        result += part[row * width..<(row + 1) * width]
      }
    }
    return Tensor(result, shape: [rows, rows == 0 ? 0 : result.count / rows])
  }

  /// Vectors one after the other.
  static func joined(_ tensors: [Tensor]) -> Tensor {
    Tensor(tensors.flatMap { $0.elements() as [Float] })
  }
}
