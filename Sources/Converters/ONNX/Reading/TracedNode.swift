import Layers
import Networks
import Tensors

/// A node of the network that is being made, before it has a name.
struct TracedNode {
  /// What stands there.
  enum Role {
    case input(NetworkInput)
    case layer(any Layer)
  }

  var role: Role

  /// The nodes whose values it takes, by their places.
  var inputs: [Int]

  /// Its parameters by name.
  var parameters: [String: TracedParameter] = [:]

  /// What it gives.
  var output: ValueSpec

  /// What it would best be called.
  var hint: String?

  /// The ONNX nodes that it stands for, as messages name them.
  var origins: [String]

  /// The layer; nil for an input.
  var layer: (any Layer)? {
    if case .layer(let layer) = role { layer } else { nil }
  }
}

/// The numbers of one parameter, and where they come from.
struct TracedParameter {
  var numbers: [Float]

  /// The initializers that they are made of; none where the converter made them.
  var sources: [String]

  /// How they differ from what the file has; nil where they do not.
  var change: String?

  init(_ numbers: [Float], from sources: [String] = [], change: String? = nil) {
    self.numbers = numbers
    self.sources = sources
    self.change = change
  }
}
