import Formats
import Layers
import Networks
import Tensors

/// A tensor of a file of Keras.
typealias KerasTensor = Formats.StoredTensor

/// What flows between two layers of Keras, and where it is in the network that is built.
struct KerasValue {
  /// The name of the input or node.
  var name: String
  /// Its shape there.
  var spec: ValueSpec
  /// Whether it lies there with its channels last, although the file has them first.
  var isMoved = false
  /// Which steps of a sequence are there, as Keras hands it on without saying so.
  var mask: KerasMask?
  /// The input whose elements these are, as they came in.
  var root: String?
  /// What it says of another value, where it is no value of its own.
  var condition: KerasCondition?

  /// The shape as the file has it.
  var shape: Shape {
    let extents = spec.shape.dimensions
    guard isMoved, let channels = extents.last else { return spec.shape }
    return Shape([channels] + extents.dropLast())
  }
}

/// Which elements of a value are not a certain number; masks are made of that.
struct KerasCondition: Hashable {
  /// The value.
  let name: String
  let number: Double
  /// Whether it is said of whole steps, of which one element suffices.
  var isOfSteps = false
}

/// Where a mask comes from.
enum KerasMask: Hashable {
  /// The indices that are not 0.
  case indices(of: String)
  /// A value of 1 and 0.
  case value(String)
}

/// One call of a layer, with what it takes.
struct KerasUse {
  let layer: KerasLayer
  /// The layer's options.
  let options: KerasOptions
  /// What it takes by place, in order.
  let inputs: [KerasValue]
  /// What it takes by name.
  let named: [String: [KerasValue]]
  /// What else it is told by name.
  let constants: [String: KerasJSON]
  /// The call as the file has it.
  let call: KerasCall
  /// What its nodes are named after.
  let base: String
  /// Where the layer stands among all layers: in its model, and in what that model is in.
  let position: [Int]
  /// Where its weights lie in the layout by path.
  let place: [String]
  /// The layer of the outermost model that it is, or is in.
  let top: String
  /// The layer for messages, with the models that it is in.
  let label: String
  /// Whether it may be trained.
  let isTrainable: Bool
  /// Whether it is the first call of the layer, which owns the parameters.
  let isFirst: Bool

  /// The call with other masks of what it takes.
  func replacing(inputs: [KerasValue]) -> KerasUse {
    replacing(layer, options: options, inputs: inputs)
  }

  /// The one value that it takes.
  func input() throws -> KerasValue {
    guard inputs.count == 1, let input = inputs.first else {
      throw options.error("expected 1 input, found \(inputs.count)")
    }
    return input
  }

  /// The same call of another layer, as of the one in a wrapper.
  func replacing(
    _ layer: KerasLayer, options: KerasOptions, inputs: [KerasValue]? = nil, in part: String? = nil
  ) -> KerasUse {
    KerasUse(
      layer: layer, options: options, inputs: inputs ?? self.inputs, named: named,
      constants: constants, call: call, base: base, position: position,
      place: place + (part.map { [$0] } ?? []), top: top, label: label, isTrainable: isTrainable,
      isFirst: isFirst)
  }
}

/// A variable of a layer of Keras, and what it becomes.
struct KerasVariable {
  /// Its name in the layer, for messages.
  let name: String
  /// Its shape in the file.
  let shape: [Int]
  /// Where below the layer it lies in the layout by path.
  var part: [String] = []
  /// Its number there.
  var index: Int
  /// Whether an optimizer changes it.
  var isTrainable = true
  /// The parameters that it becomes, by path: linear in the numbers, so that it is right for what an
  /// optimizer knows of them too.
  let parameters: @Sendable (Tensor) -> [(path: String, values: Tensor)]
  /// Whether ``parameters`` holds for weights only, since two numbers become one.
  var isMerged = false
}

/// The variables of a layer.
struct KerasLeaf {
  /// Where the layer stands.
  let position: [Int]
  /// Where its weights lie in the layout by path.
  let place: [String]
  /// The layer of the outermost model that it is, or is in.
  let top: String
  /// The layer for messages.
  let label: String
  /// Whether the layer may be trained.
  let isTrainable: Bool
  /// The variables, in the order of the layer.
  let variables: [KerasVariable]
  /// How many arrays files of Keras 1 have in their place, where that is another number.
  var oldCount: Int?
  /// Makes the arrays of an older file those of today.
  var modernize: (@Sendable ([Tensor]) -> [Tensor])?
}

/// A penalty on weights, as a regularizer asks for it.
struct KerasPenalty: Hashable {
  let l1: Double
  let l2: Double
}
