import HDF5

/// What an HDF5 file that is no model file is, found from what is in it.
public enum ForeignKind: Hashable, Sendable {
  /// A whole model of Keras, graph and weights, in the layout that all its versions know.
  case kerasModel(version: String?)
  /// The weights of a model of Keras, in that layout or in the one of Keras 3.
  case kerasWeights(version: String?)
  /// None of these.
  case other
}

extension ForeignKind: CustomStringConvertible {
  /// What it is, with an article.
  public var description: String {
    switch self {
    case .kerasModel(let version): "a model of Keras\(version.map { " \($0)" } ?? "") in HDF5"
    case .kerasWeights(let version): "weights of Keras\(version.map { " \($0)" } ?? "") in HDF5"
    case .other: "an HDF5 file, but not a model file of nnmodel"
    }
  }

  /// The kind in one word, for programs.
  public var name: String {
    switch self {
    case .kerasModel: "keras_model"
    case .kerasWeights: "keras_weights"
    case .other: "hdf5"
    }
  }

  /// Why such a file is not opened as a model.
  var refusal: String {
    switch self {
    case .kerasModel, .kerasWeights: "\(self), not a model file of nnmodel"
    case .other: "\(self)"
    }
  }
}

// MARK: - Recognition

extension ForeignKind {
  private static let configuration = "model_config"
  private static let layerNames = "layer_names"
  private static let version = "keras_version"
  /// Where Keras 3 keeps the layers of a model; the second one until version 2.13.
  private static let layers = ["layers", "_layer_checkpoint_dependencies"]
  private static let variables = "vars"

  init(_ root: ForeignGroup) {
    let version = root.attributes[ForeignKind.version].flatMap { try? $0.text() }.flatMap { text in
      // A version is shown as it stands there, so that it must look like one.
      text.utf8.count <= 32
        && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".+-".contains($0)) }
        ? text : nil
    }
    if root.attributes[ForeignKind.configuration] != nil {
      self = .kerasModel(version: version)
    } else if (try? root.attributes.texts(ForeignKind.layerNames)) ?? nil != nil {
      self = .kerasWeights(version: version)
    } else if ForeignKind.layers.contains(where: { name in
      if case .group(let layers)? = root.child(name) {
        ForeignKind.hasVariables(layers)
      } else {
        false
      }
    }) {
      self = .kerasWeights(version: version ?? "3")
    } else {
      self = .other
    }
  }

  /// Whether one of the layers of a group keeps variables as Keras 3 does.
  private static func hasVariables(_ layers: ForeignGroup) -> Bool {
    layers.childNames.contains { name in
      guard case .group(let layer)? = layers.child(name) else { return false }
      if case .group? = layer.child(variables) { return true }
      return hasVariables(layer)
    }
  }
}
