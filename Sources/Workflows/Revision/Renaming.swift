import Catalogs
import ModelFiles
import Networks
import Training

extension Revision {
  /// Writes a model with other names of layers, inputs or outputs, and all of its state.
  ///
  /// A name may have one `*`, which stands for any text, the same in the new name: `block_*` and
  /// `encoder_*` rename `block_1` to `encoder_1`. What follows a layer's name in the path of a parameter
  /// follows it.
  ///
  /// - Parameters:
  ///   - source: the model file.
  ///   - output: the file to write.
  ///   - names: pairs of the name that is and the one that is to be.
  ///   - commandLine: for the model's provenance.
  /// - Throws: `ModelFileError` or ``FileError``; `UnknownNameError` for a name that fits nothing,
  ///   `NetworkError` when a new name is not free.
  public static func rename(
    _ source: String, to output: String, names: [(old: String, new: String)],
    commandLine: [String] = []
  ) throws -> Result {
    let (file, model) = try self.source(source, output: output)
    let known = model.network.inputs.map(\.name) + model.network.nodes.map(\.name)
    var renamed: [String: String] = [:]
    for (old, new) in names {
      let pattern = NamePattern(old)
      let fitting = known.filter { pattern.part(of: $0) != nil }
      guard !fitting.isEmpty else {
        throw UnknownNameError(subject: "layer or input", name: old, known: known)
      }
      for name in fitting {
        renamed[name] = NamePattern(new).name(with: pattern.part(of: name) ?? "")
      }
    }
    if let taken = model.preprocessing?.inputs.map(\.name).first(where: { renamed[$0] != nil }) {
      throw ModelFileError(
        source, "the input '\(taken)' is bound to columns by its name, and cannot be renamed")
    }
    let result = try model.renaming { renamed[$0] ?? $0 }
    return try write(
      result, to: output, madeOf: [file], commandLine: commandLine,
      weightType: file.storedWeightType,
      notes: ["\(renamed.count) name(s) changed"])
  }
}

/// A name with at most one `*` in it.
private struct NamePattern {
  private let start: Substring
  private let end: Substring?

  init(_ text: String) {
    let parts = text.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
    start = parts[0]
    end = parts.count > 1 ? parts[1] : nil
  }

  /// What stands for the `*` in a name; nil where the name does not fit.
  func part(of name: String) -> String? {
    guard let end else { return name == start ? "" : nil }
    guard name.count >= start.count + end.count, name.hasPrefix(start), name.hasSuffix(end) else {
      return nil
    }
    return String(name.dropFirst(start.count).dropLast(end.count))
  }

  /// The name with something in place of the `*`.
  func name(with part: String) -> String { end.map { start + part + $0 } ?? String(start) }
}

extension Model {
  /// The same model under other names.
  ///
  /// - Throws: `NetworkError` when two things would have the same name.
  fileprivate func renaming(_ name: (String) -> String) throws -> Model {
    let network = try Network(
      inputs: self.network.inputs.map { input in
        var input = input
        input.name = name(input.name)
        return input
      },
      nodes: self.network.nodes.map { node in
        // A path is a layer's name, which may have slashes itself, and a parameter's.
        let ties = node.ties.mapValues { path in
          let parameter = path.split(separator: "/").last.map(String.init) ?? ""
          return name(String(path.dropLast(parameter.count + 1))) + "/" + parameter
        }
        return Node(name(node.name), node.layer, inputs: node.inputs.map(name), ties: ties)
      }, outputs: self.network.outputs.map(name))
    var model = self
    model.network = network
    model.snapshot = try snapshot.moved(to: network)
    model.training?.live = try training?.live?.moved(to: network)
    return model
  }
}

extension TrainingSnapshot {
  /// The same numbers as those of a network of the same layers in the same order.
  fileprivate func moved(to network: Network) throws -> TrainingSnapshot {
    var moved = self
    moved.parameters = try parameters.moved(to: network)
    return moved
  }
}
