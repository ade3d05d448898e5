import Catalogs
import Datasets
import Layers
import Networks
import Tensors

/// An input that a description's layers may take.
struct DescribedInput {
  var name: String
  var shape: Shape
  /// How many indices there are, where the input is indices.
  var vocabularySize: Int?
}

/// What a description's network must give.
struct DescribedOutput {
  /// The target's name.
  var name: String
  /// The number of values for a row; as many as the layers give when nil.
  var units: Int?
}

extension NetworkDescription {
  /// The network for some inputs and outputs.
  ///
  /// - Parameters:
  ///   - start: adds the network's inputs to a builder; gives the values that layers can take by
  ///     name, the usual one first.
  ///   - outputs: what must come out, in order.
  ///   - initializer: how kernels start, where an entry does not say so.
  /// - Throws: ``DescriptionError`` naming the place, or `NetworkError`.
  func network(
    inputs: [DescribedInput], outputs: [DescribedOutput], initializer: Initializer?,
    start: (NetworkBuilder) -> NetworkBuilder.Value?
  ) throws -> Network {
    let assembly = NetworkAssembly(
      self, inputs: inputs, outputs: outputs, initializer: initializer, start: start)
    return try assembly.network()
  }
}

/// A network on its way from words to layers.
final class NetworkAssembly {
  private let description: NetworkDescription
  let builder = NetworkBuilder()
  private let inputs: [String: DescribedInput]
  private let outputs: [DescribedOutput]
  private let initializer: Initializer?
  private let firstValue: NetworkBuilder.Value?

  /// The place of each node in the description.
  private var paths: [String: String] = [:]
  /// The first use of each part.
  var uses: [String: PartUse] = [:]
  /// The value that each output's layer gives.
  private var results: [String: NetworkBuilder.Value] = [:]
  /// The parts that are being added, to find one inside itself.
  var open: [String] = []

  init(
    _ description: NetworkDescription, inputs: [DescribedInput], outputs: [DescribedOutput],
    initializer: Initializer?, start: (NetworkBuilder) -> NetworkBuilder.Value?
  ) {
    self.description = description
    self.inputs = Dictionary(inputs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.outputs = outputs
    self.initializer = initializer
    firstValue = start(builder)
  }

  func network() throws -> Network {
    let last = try add(description.layers, after: firstValue, names: [:], prefix: "")
    var values: [NetworkBuilder.Value] = []
    for output in outputs {
      if let value = results[output.name] {
        values.append(value)
      } else if outputs.count == 1, let last {
        values.append(last)
      } else {
        throw DescriptionError(
          path: "network",
          problem: "nothing gives '\(output.name)': add output: {target: \(output.name)}")
      }
    }
    let network: Network
    do {
      network = try builder.network(outputs: values)
    } catch let error as NetworkError {
      throw located(error)
    }
    for (output, name) in zip(outputs, network.outputs) {
      guard let units = output.units else { continue }
      let found = network.values[name]?.shape
      guard found?.count == units, found?.rank == 1 else {
        throw DescriptionError(
          path: paths[name] ?? "network",
          problem: "expected [\(units)] for '\(output.name)', found "
            + "\(found.map { "\($0)" } ?? "nothing"); let the network end with 'output'")
      }
    }
    return network
  }

  /// Puts the place of the node before an error about it.
  private func located(_ error: NetworkError) -> any Error {
    let name: String? =
      switch error {
      case .node(let name, _, _), .orphan(let name), .duplicateName(let name), .badName(let name),
        .unknownInput(let name, _, _), .tie(let name, _, _):
        name
      case .cycle(let names): names.first
      default: nil
      }
    guard let path = name.flatMap({ paths[$0] }) else { return error }
    return DescriptionError(path: path, problem: "\(error)")
  }
}

// MARK: - Entries

extension NetworkAssembly {
  typealias Value = NetworkBuilder.Value
  typealias Entry = NetworkDescription.Entry

  /// Adds entries one behind the other.
  ///
  /// - Parameters:
  ///   - names: what names mean inside a part.
  ///   - prefix: what names of nodes begin with inside a part.
  func add(
    _ entries: [Entry], after previous: Value?, names: [String: String], prefix: String
  ) throws -> Value? {
    var previous = previous
    for entry in entries {
      var values: [Value]?
      if let from = entry.from {
        values = try from.map { name in
          let full = names[name] ?? prefix + name
          guard builder.has(full) || isLater(name, than: entry) else {
            return try unknown(name, at: "\(entry.path).from", prefix: prefix, names: names)
          }
          return builder.value(named: full)
        }
      }
      if entry.kind == NetworkDescription.Keyword.stack {
        guard values?.count ?? 1 == 1 else {
          throw DescriptionError(
            path: "\(entry.path).from", problem: "expected one name, found \(values?.count ?? 0)")
        }
        previous = try add(
          entry.layers, after: values?.first ?? previous, names: names, prefix: prefix)
        continue
      }
      guard let sources = values ?? previous.map({ [$0] }) else {
        throw DescriptionError(
          path: entry.path,
          problem: "there are several inputs: say which with 'from', one of "
            + inputs.keys.sorted().joined(separator: ", "))
      }
      previous = try add(entry, to: sources, prefix: prefix)
    }
    return previous
  }

  /// Whether some entry of the description has a name, so that another may refer to it before.
  private func isLater(_ name: String, than entry: Entry) -> Bool {
    func has(_ entries: [Entry]) -> Bool {
      entries.contains { $0.name == name || has($0.layers) }
    }
    return has(description.layers) || description.parts.values.contains { has($0) }
  }

  private func unknown(
    _ name: String, at path: String, prefix: String, names: [String: String]
  ) throws -> Value {
    let known =
      prefix.isEmpty
      ? inputs.keys.sorted() + builder.addedNodes.map { $0.name }
      : names.keys.sorted()
        + builder.addedNodes.map { $0.name }.filter { $0.hasPrefix(prefix) }
        .map { String($0.dropFirst(prefix.count)) }
    let near = suggestion(for: name, among: known)
    throw DescriptionError(
      path: path,
      problem: "unknown value '\(name)'"
        + (near.isEmpty ? "; so far there are \(known.joined(separator: ", "))" : near))
  }

  private func add(_ entry: Entry, to sources: [Value], prefix: String) throws -> Value {
    if entry.kind == NetworkDescription.Keyword.output {
      return try addOutput(entry, to: sources, prefix: prefix)
    }
    if let part = description.parts[entry.kind] {
      return try add(part, as: entry, to: sources, prefix: prefix)
    }
    if CompositeLayers.names.contains(entry.kind) {
      return try addNodes(of: entry) {
        do {
          let name = entry.name.map { prefix + $0 }
          let value = try CompositeLayers.add(entry, to: sources, in: builder, named: name)
          return name.map { named($0, value) } ?? value
        } catch let error as NetworkError {
          throw located(error)
        }
      }
    }
    var entry = entry
    // Functions of one number follow the layer they are given with.
    let options = try ActivationFunction(name: entry.kind) == nil ? options(of: entry) : nil
    var following: ConfigurationValue?
    if let options, !options.names.contains("activation") {
      following = entry.options.removeValue(forKey: "activation")
    }
    let layer = try layer(of: entry, options, sources: sources)
    let name = entry.name.map { prefix + $0 }
    let innerName = following == nil ? name : name.map { "\($0)_linear" }
    var value = try addNodes(of: entry) {
      if let other = entry.sharedWith {
        let full = builder.has(prefix + other) ? prefix + other : other
        guard let node = builder.addedNodes.first(where: { $0.name == full }),
          node.layer.kind == layer.kind
        else {
          throw DescriptionError(
            path: "\(entry.path).share",
            problem: "expected the name of a layer '\(layer.kind)' before, found '\(other)'")
        }
        return builder.reuse(
          builder.value(named: full), named: innerName ?? prefixed(layer, prefix), on: sources)
      }
      return builder.add(layer, named: innerName ?? prefixed(layer, prefix), to: sources)
    }
    for (parameter, path) in entry.ties { builder.tie(value, parameter, to: path) }
    if let following {
      value = try addNodes(of: entry) {
        let activation = try self.activation(
          following, slope: nil, at: "\(entry.path).activation")
        return builder.add(activation, named: name ?? prefixed(activation, prefix), to: value)
      }
    }
    return value
  }

  /// A name for a node inside a part; nil where the builder's own will do.
  private func prefixed(_ layer: any Layer, _ prefix: String) -> String? {
    guard !prefix.isEmpty else { return nil }
    var count = 1
    while builder.has("\(prefix)\(layer.kind)_\(count)") { count += 1 }
    return "\(prefix)\(layer.kind)_\(count)"
  }

  /// Remembers where the nodes stand that something adds.
  func addNodes(of entry: Entry, _ add: () throws -> Value) throws -> Value {
    let before = builder.addedNodes.count
    let value = try add()
    for node in builder.addedNodes[before...] { paths[node.name] = entry.path }
    return value
  }
}

// MARK: - Layers

extension NetworkAssembly {
  private func options(of entry: Entry) throws -> LayerOptions {
    let catalog = LayerCatalog.standard
    if let kind = try? catalog.entry(named: entry.kind) { return try LayerOptions(of: kind) }
    let known =
      catalog.names + ActivationFunction.allCases.map { $0.rawValue }
      + [NetworkDescription.Keyword.output, NetworkDescription.Keyword.stack]
      + CompositeLayers.names + description.parts.keys.sorted()
    throw DescriptionError(
      path: entry.path,
      problem: "\(UnknownNameError(subject: "layer", name: entry.kind, known: known))")
  }

  private func layer(
    of entry: Entry, _ options: LayerOptions?, sources: [Value]
  ) throws -> any Layer {
    guard let options else {
      let slope = entry.main ?? entry.options["slope"]
      if let other = entry.options.keys.sorted().first(where: { $0 != "slope" }) {
        throw DescriptionError(
          path: "\(entry.path).\(other)", problem: "'\(entry.kind)' has no option '\(other)'")
      }
      return try activation(.text(entry.kind), slope: slope, at: entry.path)
    }
    if options.kind == Activation.self {
      guard let function = entry.main ?? entry.options["function"] else {
        throw DescriptionError(path: entry.path, problem: "'activation' needs 'function'")
      }
      if let other = entry.options.keys.sorted().first(where: {
        !["slope", "function"].contains($0)
      }) {
        throw DescriptionError(
          path: "\(entry.path).\(other)", problem: "'activation' has no option '\(other)'")
      }
      return try activation(function, slope: entry.options["slope"], at: entry.path)
    }
    var given = entry.options
    if let initializer, options.names.contains("kernel_initializer"),
      given["kernel_initializer"] == nil, options.kind != Embedding.self
    {
      given["kernel_initializer"] = .text(initializer.description)
    }
    // The table knows how many categories or words it has.
    if options.kind == Embedding.self, given["vocabulary_size"] == nil,
      let size = sources.first.flatMap({ inputs[$0.name]?.vocabularySize })
    {
      given["vocabulary_size"] = .integer(size)
    }
    return try options.layer(given, main: entry.main, at: entry.path)
  }

  private func activation(
    _ name: ConfigurationValue, slope: ConfigurationValue?, at path: String
  ) throws -> Activation {
    do {
      return Activation(
        try name.choice(ActivationFunction.self), slope: try slope.map { try $0.double() })
    } catch {
      throw DescriptionError(path: path, problem: "\(error)")
    }
  }

  private func addOutput(_ entry: Entry, to sources: [Value], prefix: String) throws -> Value {
    var options = entry.options
    let asked = try (options.removeValue(forKey: "target") ?? entry.main).map { try $0.string() }
    guard prefix.isEmpty else {
      throw DescriptionError(path: entry.path, problem: "an output cannot stand in a part")
    }
    let output =
      asked == nil && outputs.count == 1 ? outputs[0] : outputs.first { $0.name == asked }
    guard let output else {
      throw DescriptionError(
        path: entry.path,
        problem: "expected the target, one of "
          + "\(outputs.map { $0.name }.joined(separator: ", ")), found \(asked ?? "none")")
    }
    guard results[output.name] == nil else {
      throw DescriptionError(path: entry.path, problem: "'\(output.name)' has an output already")
    }
    guard let units = output.units else {
      throw DescriptionError(
        path: entry.path,
        problem: "there are no rows that would say how many outputs there are; write a dense layer")
    }
    options["units"] = .integer(units)
    if options["kernel_initializer"] == nil {
      options["kernel_initializer"] = .text("xavier_uniform")
    }
    let dense = try LayerOptions(of: Dense.self).layer(options, main: nil, at: entry.path)
    let value = try addNodes(of: entry) {
      builder.add(dense, named: entry.name ?? outputName(output), to: sources)
    }
    results[output.name] = value
    return value
  }

  /// Several outputs are named after their targets, where such a name can be.
  private func outputName(_ output: DescribedOutput) -> String? {
    outputs.count > 1 ? builder.name(for: output.name, beginning: "output_") : "output"
  }
}
