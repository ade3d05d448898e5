import Layers
import Networks

/// The first use of a part.
struct PartUse {
  let name: String
  /// The layers that it added; their names begin with its own.
  let nodes: [Node]
  /// What went in.
  let inputs: [String]
  let output: String
  /// How often the part is used so far.
  var count = 1
}

extension NetworkAssembly {
  /// Adds a part: its layers the first time, the same layers with the same weights from then on.
  func add(
    _ part: [Entry], as entry: Entry, to sources: [Value], prefix: String
  ) throws -> Value {
    if let other = entry.options.keys.sorted().first ?? entry.main.map({ $0.words }) {
      throw DescriptionError(
        path: entry.path, problem: "a part has no options but 'name' and 'from', found \(other)")
    }
    guard !open.contains(entry.kind) else {
      throw DescriptionError(path: entry.path, problem: "the part '\(entry.kind)' contains itself")
    }
    let count = (uses[entry.kind]?.count ?? 0) + 1
    let name = prefix + (entry.name ?? "\(entry.kind)_\(count)")
    guard let first = uses[entry.kind] else {
      open.append(entry.kind)
      defer { open.removeLast() }
      let before = builder.addedNodes.count
      var names = ["input": sources[0].name]
      for (place, source) in sources.enumerated() { names["input_\(place + 1)"] = source.name }
      let inner = try add(
        part, after: sources.count == 1 ? sources[0] : nil, names: names, prefix: "\(name)_")
      let nodes = Array(builder.addedNodes[before...])
      guard let inner else { throw DescriptionError(path: entry.path, problem: "an empty part") }
      uses[entry.kind] = PartUse(
        name: name, nodes: nodes, inputs: sources.map { $0.name }, output: inner.name)
      return try addNodes(of: entry) { named(name, inner) }
    }
    guard first.inputs.count == sources.count else {
      throw DescriptionError(
        path: "\(entry.path).from",
        problem: "expected \(first.inputs.count) values as at the first use, found \(sources.count)"
      )
    }
    uses[entry.kind]?.count = count
    return try addNodes(of: entry) {
      var renamed = Dictionary(
        zip(first.inputs, sources.map { $0.name }), uniquingKeysWith: { first, _ in first })
      for node in first.nodes {
        let new = name + node.name.dropFirst(first.name.count)
        _ = builder.reuse(
          builder.value(named: node.name), named: new,
          on: node.inputs.map { builder.value(named: renamed[$0] ?? $0) })
        renamed[node.name] = new
      }
      return named(name, builder.value(named: renamed[first.output] ?? first.output))
    }
  }

  /// Gives a value a name of its own.
  func named(_ name: String, _ value: Value) -> Value {
    builder.add(Activation(.identity), named: name, to: value)
  }
}
