import Networks

/// A layer of Keras, or one of its operations, as it stands in a configuration.
struct WrittenKerasLayer {
  /// The name, unique in the model.
  var name: String

  /// The class, as `Conv2D`.
  var className: String

  /// Where Keras has the class: `keras.layers`, or for an operation where its source is.
  var module = "keras.layers"

  /// The options, without the name.
  var options: [WrittenKerasValue.Member]

  /// Its variables in the order of Keras: those that are trained, then the others.
  var variables: [WrittenKerasVariable] = []

  /// Whether its class knows nothing of being trained, and takes no word about it.
  var isUntrained = false

  /// Every use of the layer, in order; those after the first share its variables.
  var calls: [WrittenKerasCall] = []

  /// Whether it is an operation, which is no layer to Keras and has no place among the weights.
  var isOperation: Bool { module != WrittenKerasLayer.layers }

  /// Where Keras' layers are.
  static let layers = "keras.layers"
}

/// One use of a layer: what it takes, in order and by name.
struct WrittenKerasCall {
  var arguments: [WrittenKerasArgument]
  var keywords: [(name: String, argument: WrittenKerasArgument)] = []

  /// Every tensor in the order in which Keras flattens them: by position, then by name.
  var tensors: [WrittenKerasTensor] {
    arguments.flatMap(\.tensors)
      + keywords.sorted { $0.name < $1.name }.flatMap(\.argument.tensors)
  }
}

/// What a use of a layer takes.
indirect enum WrittenKerasArgument {
  case tensor(WrittenKerasTensor)
  case list([WrittenKerasArgument])
  case value(WrittenKerasValue)

  var tensors: [WrittenKerasTensor] {
    switch self {
    case .tensor(let tensor): [tensor]
    case .list(let arguments): arguments.flatMap(\.tensors)
    case .value: []
    }
  }
}

/// What comes out of one use of a layer.
struct WrittenKerasTensor: Hashable {
  /// Where the layer stands among those of its graph.
  var layer: Int

  /// Which of the layer's uses it comes from.
  var call: Int

  /// The extent along each axis of an example, nil where it may change.
  var shape: [Int?]

  /// The type of its elements, as Keras names it.
  var elementType = "float32"
}

/// A variable of a layer of Keras.
struct WrittenKerasVariable: Hashable {
  /// Where its numbers come from.
  enum Source: Hashable {
    /// The elements of parameters, one after the other.
    case parameters([ParameterLayout.Entry])
    /// The same number everywhere.
    case constant(Float)
  }

  /// The attributes that lead from the layer to what holds the variable, as `cell`.
  var holder = ""

  /// Its path below the layer in older files, as `lstm_cell/kernel`.
  var path: String

  var shape: [Int]
  var source: Source
  var isTrainable = true

  /// The parameters it holds, for reports.
  var parameterPaths: [String] {
    if case .parameters(let entries) = source { entries.map(\.path) } else { [] }
  }
}
