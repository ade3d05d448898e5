import Formats
import ModelFiles
import Tensors

/// The arrays of a file, layer by layer as an architecture has them.
struct KerasArrays {
  /// For every layer its arrays, in the order of the file.
  let ofLeaves: [[KerasTensor]]
  /// Whether recurrent layers have an array for every gate, as in Keras 1.
  let isOld: Bool
  /// The names of those that no layer has.
  let unused: [String]

  /// Finds the arrays of all layers.
  ///
  /// - Throws: ``ConversionError`` naming the layer.
  init(_ file: KerasFile, for leaves: [KerasLeaf]) throws {
    switch file.weights {
    case .byPath(let tree): try self.init(tree, for: leaves, file: file.file)
    case .byLayer(let layers): try self.init(layers, for: leaves, file: file.file)
    }
  }
}

// MARK: - By path

extension KerasArrays {
  private init(_ tree: KerasWeightGroup, for leaves: [KerasLeaf], file: String) throws {
    var used: Set<String> = []
    ofLeaves = try leaves.map { leaf in
      try leaf.variables.map { variable in
        let path = leaf.place + variable.part
        guard let group = KerasArrays.group(at: path, in: tree),
          group.variables.indices.contains(variable.index)
        else {
          throw ConversionError(
            file, "layer \(leaf.label)",
            "its weight '\(variable.name)' is missing: there is no variable \(variable.index) of "
              + path.joined(separator: "/"))
        }
        let tensor = group.variables[variable.index]
        used.insert(tensor.name)
        return tensor
      }
    }
    isOld = false
    // The variables of the optimizer are reported with it, but for those that scale its loss.
    let scales = tree.children["optimizer"]?.children["inner_optimizer"] != nil
    unused = tree.paths().filter { path in
      !used.contains(path)
        && (!path.hasPrefix("optimizer/") || scales && path.hasPrefix("optimizer/vars/"))
    }
  }

  /// A group by a path, whose names some versions wrote in another way.
  private static func group(
    at path: [String], in tree: KerasWeightGroup
  ) -> KerasWeightGroup? {
    path.reduce(tree as KerasWeightGroup?) { group, name in
      guard let group else { return nil }
      if let child = group.children[name] ?? group.children["_\(name)"] { return child }
      return name == KerasTranslator.layers
        ? group.children["_layer_checkpoint_dependencies"] : nil
    }
  }
}

// MARK: - By layer

extension KerasArrays {
  private init(
    _ layers: [KerasLayerWeights], for leaves: [KerasLeaf], file: String
  ) throws {
    var tops: [String] = []
    var members: [String: [Int]] = [:]
    for (index, leaf) in leaves.enumerated() {
      if members[leaf.top] == nil { tops.append(leaf.top) }
      members[leaf.top, default: []].append(index)
    }
    let weighted = layers.filter { !$0.tensors.isEmpty }
    let isNamed = tops.allSatisfy { top in weighted.contains { $0.name == top } }
    guard isNamed || weighted.count == tops.count else {
      let missing = tops.first { top in !weighted.contains { $0.name == top } } ?? ""
      throw ConversionError(
        file, "layer \(missing)",
        "its weights are missing: expected weights of \(tops.count) layers, found those of "
          + "\(weighted.count)")
    }
    let byName = Dictionary(weighted.map { ($0.name, $0) }) { first, _ in first }
    var found = Array(repeating: [KerasTensor](), count: leaves.count)
    var isOld = false
    var used: Set<String> = []
    for (number, top) in tops.enumerated() {
      let layer = isNamed ? byName[top] ?? weighted[number] : weighted[number]
      used.insert(layer.name)
      let indices = members[top] ?? []
      let (arrays, areOld) = try KerasArrays.arrays(
        of: layer, among: indices.map { leaves[$0] }, file: file)
      for (index, own) in zip(indices, arrays) { found[index] = own }
      isOld = isOld || areOld
    }
    ofLeaves = found
    self.isOld = isOld
    unused = weighted.filter { !used.contains($0.name) }.flatMap { $0.tensors.map(\.name) }
  }

  /// Shares the arrays of a layer, which may be a model, out: trainable ones come first.
  private static func arrays(
    of layer: KerasLayerWeights, among leaves: [KerasLeaf], file: String
  ) throws -> (arrays: [[KerasTensor]], isOld: Bool) {
    let counts = leaves.map(\.variables.count)
    let oldCounts = leaves.map { $0.oldCount ?? $0.variables.count }
    let expected = counts.reduce(0, +)
    let isOld = layer.tensors.count != expected
    guard !isOld || layer.tensors.count == oldCounts.reduce(0, +) else {
      throw ConversionError(
        file, "layer \(layer.name)",
        "expected \(expected) weights, found \(layer.tensors.count): "
          + layer.tensors.map(\.name).prefix(12).joined(separator: ", "))
    }
    var places: [(leaf: Int, isTrainable: Bool)] = []
    for (index, leaf) in leaves.enumerated() {
      if isOld, let count = leaf.oldCount {
        places += Array(repeating: (index, leaf.isTrainable), count: count)
      } else {
        places += leaf.variables.map { (index, leaf.isTrainable && $0.isTrainable) }
      }
    }
    let order = places.filter(\.isTrainable) + places.filter { !$0.isTrainable }
    var arrays = Array(repeating: [KerasTensor](), count: leaves.count)
    for (place, tensor) in zip(order, layer.tensors) { arrays[place.leaf].append(tensor) }
    return (arrays, isOld)
  }
}

// MARK: - As parameters

extension KerasLeaf {
  /// The parameters of the arrays of a file.
  ///
  /// - Parameters:
  ///   - arrays: one for each variable, or of the trainable ones alone; as the file has them.
  ///   - names: what they are called in the file.
  /// - Throws: ``ConversionError`` naming an array of another shape.
  func parameters(
    of arrays: [Tensor], named names: [String], file: String, ofTrainable: Bool = false
  ) throws -> [(
    variable: KerasVariable, name: String, parameters: [(path: String, values: Tensor)]
  )] {
    let variables = ofTrainable ? self.variables.filter(\.isTrainable) : self.variables
    let modern = modernize?(arrays) ?? arrays
    guard modern.count == variables.count else {
      throw ConversionError(
        file, "layer \(label)", "expected \(variables.count) weights, found \(arrays.count)")
    }
    return try variables.enumerated().map { index, variable in
      let name = arrays.count == modern.count ? names[index] : "\(label)/\(variable.name)"
      guard modern[index].shape.dimensions == variable.shape else {
        throw ConversionError(
          file, "weight \(name)",
          "expected the shape \(Shape(variable.shape)) of '\(variable.name)' of layer '\(label)', "
            + "found \(modern[index].shape)")
      }
      return (variable, name, variable.parameters(modern[index]))
    }
  }
}
