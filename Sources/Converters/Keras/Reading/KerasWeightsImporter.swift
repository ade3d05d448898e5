import Formats
import Layers
import ModelFiles
import Networks
import Tensors
import Training

/// Reads weights of Keras without their graph, `.weights.h5` in either layout, onto an architecture.
///
/// Layers are found by their names, or by their class and their number among those of that class; `--map`
/// gives the name in the file and that of the layer.
package enum KerasWeightsImporter: WeightsImporter {
  package static let kind = FileKind.kerasWeights

  package static func model(
    reading path: String, onto architecture: Model, matching options: WeightOptions,
    log: inout ConversionLog
  ) throws -> Model {
    let file = try KerasFile(hdf5: path)
    let leaves = KerasLeaf.leaves(of: architecture.network)
    let groups = KerasWeightsOfLayer.all(of: file)
    let pairs = try match(groups, with: leaves, options, file: path, log: &log)
    let layout = architecture.parameters.layout
    let target = KerasParameterTarget(layout)
    var found: [(path: String, values: Tensor)] = []
    for (leaf, group) in pairs {
      let tensors = try group.tensors.map { try $0.numbers() }
      for (_, name, values) in try leaf.parameters(
        of: tensors, named: group.tensors.map(\.name), file: path)
      {
        found += values
        log.map("weight \(name)", to: values.map(\.path).joined(separator: ", "))
      }
    }
    if let missing = target.missing(from: found.map(\.path)), !options.isPartial {
      throw log.error(
        "parameter \(missing)", "the file has no weights for it; --partial keeps its own")
    }
    var parameters = architecture.parameters.converted(to: .float32)
    target.fill(&parameters, with: found)
    for tensor in file.optimizer {
      log.ignore("optimizer \(tensor.name)", "without its graph nothing says what it is of")
    }
    var model = architecture
    model.snapshot = TrainingSnapshot(parameters)
    model.training = nil
    return model
  }

  /// Which layer of the file is which of the architecture.
  private static func match(
    _ groups: [KerasWeightsOfLayer], with leaves: [KerasLeaf], _ options: WeightOptions,
    file: String, log: inout ConversionLog
  ) throws -> [(leaf: KerasLeaf, group: KerasWeightsOfLayer)] {
    var pairs: [(leaf: KerasLeaf, group: KerasWeightsOfLayer)] = []
    var free = groups
    var left: [KerasLeaf] = []
    let renames = Dictionary(
      options.renames.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
    for leaf in leaves {
      let wanted = renames[leaf.label] ?? leaf.label
      if let place = free.firstIndex(where: { $0.name == wanted || $0.path == wanted }),
        leaf.fits(free[place])
      {
        pairs.append((leaf, free.remove(at: place)))
      } else {
        left.append(leaf)
      }
    }
    // What has another name: the next layer of the same class, in the order of the file.
    var missing: [String] = []
    for leaf in left {
      let place = free.firstIndex { group in
        (group.className == nil || group.className == leaf.className) && leaf.fits(group)
      }
      if let place {
        pairs.append((leaf, free.remove(at: place)))
        log.change("layer \(pairs[pairs.count - 1].group.path)", "is the layer '\(leaf.label)'")
      } else {
        missing.append(leaf.label)
      }
    }
    guard options.isPartial || (missing.isEmpty && free.isEmpty) else {
      func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.prefix(8).joined(separator: ", ")
      }
      throw ConversionError(
        file,
        "does not fit the architecture; layers without weights: \(list(missing)); weights without a "
          + "layer: \(list(free.map(\.path))); --partial loads what fits, --map names what is meant"
      )
    }
    for name in missing { log.ignore("layer \(name)", "keeps its own weights; the file has none") }
    for group in free { log.ignore("weights \(group.path)", "no layer has a place for them") }
    return pairs
  }
}

/// The weights of one layer of a file.
struct KerasWeightsOfLayer {
  /// The layer's name; empty where the file does not keep it.
  let name: String
  /// Where it lies in the file.
  let path: String
  /// The class of the layer, where the layout tells.
  let className: String?
  let tensors: [KerasTensor]

  /// All layers of a file that have weights, in its order.
  static func all(of file: KerasFile) -> [KerasWeightsOfLayer] {
    switch file.weights {
    case .byLayer(let layers):
      return layers.filter { !$0.tensors.isEmpty }.map {
        KerasWeightsOfLayer(name: $0.name, path: $0.name, className: nil, tensors: $0.tensors)
      }
    case .byPath(let tree): return layers(of: tree, path: "", isContainer: false)
    }
  }

  private static let containers: Set<String> = ["layers", "_layer_checkpoint_dependencies"]

  private static func layers(
    of group: KerasWeightGroup, path: String, isContainer: Bool
  ) -> [KerasWeightsOfLayer] {
    group.children.keys.sorted(by: isBefore).flatMap { name -> [KerasWeightsOfLayer] in
      guard let child = group.children[name] else { return [] }
      let below = path.isEmpty ? name : "\(path)/\(name)"
      if containers.contains(name) { return layers(of: child, path: below, isContainer: true) }
      guard isContainer else { return [] }
      if child.children.keys.contains(where: containers.contains) {
        return layers(of: child, path: below, isContainer: false)
      }
      let tensors = tensors(of: child)
      guard !tensors.isEmpty else { return [] }
      let number = name.split(separator: "_").last.map(String.init) ?? ""
      let className = Int(number) == nil ? name : String(name.dropLast(number.count + 1))
      return [
        KerasWeightsOfLayer(
          name: child.label ?? "", path: below, className: className, tensors: tensors)
      ]
    }
  }

  /// The variables of a layer and of the parts in it, in the order in which layers have them.
  private static func tensors(of group: KerasWeightGroup) -> [KerasTensor] {
    let order = [
      "forward_layer", "backward_layer", "layer", "cell", "query_dense", "_query_dense",
      "key_dense", "_key_dense", "value_dense", "_value_dense", "output_dense", "_output_dense",
    ]
    return group.variables
      + order.flatMap { name in group.children[name].map { tensors(of: $0) } ?? [] }
  }

  /// `dense_2` before `dense_10`.
  private static func isBefore(_ left: String, _ right: String) -> Bool {
    func parts(_ name: String) -> (String, Int) {
      let pieces = name.split(separator: "_")
      guard let last = pieces.last, let number = Int(last) else { return (name, 0) }
      return (pieces.dropLast().joined(separator: "_"), number)
    }
    return parts(left) < parts(right)
  }
}
