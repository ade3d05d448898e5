import HDF5
import Tensors

/// The weights of a file of Keras, in one of the two layouts.
package enum KerasWeights: Sendable {
  /// Until Keras 3, and in `.h5` still: layer by layer, in the order of the model.
  case byLayer([KerasLayerWeights])
  /// In `.keras` and `.weights.h5` of Keras 3: by the path of the object that owns them.
  case byPath(KerasWeightGroup)
}

/// The weights of one layer, nested ones among them.
package struct KerasLayerWeights: Sendable {
  /// The layer's name.
  package let name: String
  /// Trainable ones first.
  package let tensors: [StoredTensor]
}

/// An object of a model: its own variables in order, and the objects in it.
package struct KerasWeightGroup: Sendable {
  /// The name of the layer, where the file keeps it.
  package let label: String?
  /// The variables, `vars/0` and so on.
  package let variables: [StoredTensor]
  /// The objects in it by the name of the attribute.
  package let children: [String: KerasWeightGroup]

  /// The object at a path; nil where there is none.
  package subscript(path: [String]) -> KerasWeightGroup? {
    path.reduce(self as KerasWeightGroup?) { $0?.children[$1] }
  }

  /// The paths of all variables, in the order of their names.
  package func paths(below prefix: String = "") -> [String] {
    variables.map(\.name)
      + children.keys.sorted().flatMap { children[$0]?.paths(below: prefix + "/" + $0) ?? [] }
  }
}

// MARK: - Reading

extension KerasWeights {
  /// The names that a file's layouts consist of.
  private enum Name {
    static let layerNames = "layer_names"
    static let weightNames = "weight_names"
    static let topLevel = "top_level_model_weights"
  }

  /// The layout layer by layer, of a group that names its layers.
  init(layersOf group: ForeignGroup) throws(KerasReadingError) {
    var layers: [KerasLayerWeights] = []
    let names = try KerasReadingError.wording { () throws(HDF5Error) in
      try group.attributes.texts(Name.layerNames) ?? []
    }
    for name in names {
      let layer = try KerasReadingError.wording { () throws(HDF5Error) in
        try group.descendant(name)
      }
      layers.append(
        KerasLayerWeights(name: name, tensors: try KerasWeights.tensors(namedIn: layer)))
    }
    if case .group(let top)? = group.child(Name.topLevel) {
      let tensors = try KerasWeights.tensors(namedIn: top)
      if !tensors.isEmpty {
        layers.append(KerasLayerWeights(name: Name.topLevel, tensors: tensors))
      }
    }
    self = .byLayer(layers)
  }

  /// The tensors that a group names, in its order.
  static func tensors(namedIn group: ForeignGroup) throws(KerasReadingError) -> [StoredTensor] {
    let names = try KerasReadingError.wording { () throws(HDF5Error) in
      try group.attributes.texts(Name.weightNames) ?? []
    }
    var tensors: [StoredTensor] = []
    for name in names {
      let dataset = try KerasReadingError.wording { () throws(HDF5Error) in
        try group.dataset(at: name)
      }
      tensors.append(try StoredTensor(dataset, named: name))
    }
    return tensors
  }
}

extension KerasWeightGroup {
  private static let variables = "vars"

  init(_ group: ForeignGroup, path: String = "") throws(KerasReadingError) {
    var own: [(index: Int, tensor: StoredTensor)] = []
    var children: [String: KerasWeightGroup] = [:]
    var layerName: String?
    for name in group.childNames {
      guard case .group(let child)? = group.child(name) else { continue }
      guard name == KerasWeightGroup.variables else {
        children[name] = try KerasWeightGroup(child, path: path.isEmpty ? name : "\(path)/\(name)")
        continue
      }
      layerName = try? child.attributes.text("name")
      for label in child.childNames {
        // In HDF5 they stand in the order of text, 10 before 2.
        guard let index = Int(label), case .dataset(let dataset)? = child.child(label) else {
          continue
        }
        own.append((index, try StoredTensor(dataset, named: "\(path)/\(name)/\(label)")))
      }
    }
    own.sort { $0.index < $1.index }
    for (place, variable) in own.enumerated() where variable.index != place {
      throw KerasReadingError(
        path: "/\(path)/\(KerasWeightGroup.variables)",
        problem: "expected variables 0 to \(own.count - 1), found \(variable.index)")
    }
    self.init(label: layerName, variables: own.map(\.tensor), children: children)
  }
}

extension ForeignGroup {
  /// A group below this one by a name that may hold `/`.
  fileprivate func descendant(_ name: String) throws(HDF5Error) -> ForeignGroup {
    var group = self
    for part in name.split(separator: "/").map(String.init) { group = try group.group(part) }
    return group
  }
}
