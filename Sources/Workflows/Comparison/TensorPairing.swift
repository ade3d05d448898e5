import ModelFiles
import Networks
import Training

/// Which tensors of two files belong together.
struct TensorPairing {
  private let old: [String: ReadableTensor]
  private let new: [String: ReadableTensor]

  /// The tensors of two model files.
  init(_ old: ModelFile, _ new: ModelFile) throws {
    self.old = try TensorPairing.byPath(old)
    self.new = try TensorPairing.byPath(new)
  }

  /// The tensors of a file by their paths.
  static func byPath(_ file: ModelFile) throws -> [String: ReadableTensor] {
    Dictionary(
      try file.mappedTensors().map { ReadableTensor($0) }.map { ($0.path, $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The weights of a file by what follows the name of their group.
  static func weights(_ tensors: [String: ReadableTensor]) -> [String: ReadableTensor] {
    let prefix = ModelFilePaths.weights + "/"
    return Dictionary(
      tensors.values.filter { $0.path.hasPrefix(prefix) }
        .map { (String($0.path.dropFirst(prefix.count)), $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The weights of either side.
  var oldWeights: [String: ReadableTensor] { TensorPairing.weights(old) }
  var newWeights: [String: ReadableTensor] { TensorPairing.weights(new) }

  /// The pairs of a group of parameters, in the order of the new network and then of the old one.
  ///
  /// - Parameters:
  ///   - names: the new names of old layers.
  ///   - layouts: the parameters of both networks.
  func pairs(
    in group: String, names: [String: String],
    layouts: (old: ParameterLayout, new: ParameterLayout)
  ) -> [TensorPair] {
    var taken: Set<String> = []
    var oldPaths: [String: String] = [:]
    for entry in layouts.old.entries {
      guard let name = names[entry.node] else { continue }
      oldPaths["\(name)/\(entry.spec.name)"] = "\(group)/\(entry.path)"
    }
    var pairs: [TensorPair] = []
    for entry in layouts.new.entries {
      let path = "\(group)/\(entry.path)"
      let oldPath = oldPaths[entry.path]
      if let oldPath { taken.insert(oldPath) }
      let (one, two) = (oldPath.flatMap { old[$0] }, new[path])
      guard one != nil || two != nil else { continue }
      pairs.append(TensorPair(path: path, owner: entry.node, old: one, new: two))
    }
    for entry in layouts.old.entries {
      let path = "\(group)/\(entry.path)"
      guard !taken.contains(path), let tensor = old[path] else { continue }
      pairs.append(TensorPair(path: path, owner: entry.node, old: tensor, new: nil))
    }
    return pairs
  }

  /// The pairs of one path below a group.
  func pairs(below group: String) -> [TensorPair] {
    TensorPairing.pairs(
      old.values.filter { $0.path.hasPrefix(group + "/") },
      new.values.filter { $0.path.hasPrefix(group + "/") })
  }

  /// The pairs of one path, in the order of paths.
  static func pairs(_ old: [ReadableTensor], _ new: [ReadableTensor]) -> [TensorPair] {
    let one = Dictionary(old.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    let two = Dictionary(new.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    return Set(one.keys).union(two.keys).sorted().map { path in
      let owner = path.split(separator: "/").dropLast().joined(separator: "/")
      return TensorPair(
        path: path, owner: owner.isEmpty ? path : owner, old: one[path], new: two[path])
    }
  }
}
