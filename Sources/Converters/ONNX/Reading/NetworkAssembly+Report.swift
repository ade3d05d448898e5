import Layers

// MARK: - Names

extension NetworkAssembly {
  /// Names for the nodes that are kept: of their initializers or ONNX nodes where those have one.
  static func names(_ nodes: [TracedNode], _ live: [Int]) -> [Int: String] {
    var names: [Int: String] = [:]
    var taken: Set<String> = []
    var counts: [String: Int] = [:]
    for place in live {
      let node = nodes[place]
      let kind = node.layer?.kind ?? "input"
      var base = node.hint.map { plainName($0, isLayer: node.layer != nil) } ?? ""
      if base.isEmpty {
        counts[kind, default: 0] += 1
        base = "\(kind)_\(counts[kind, default: 1])"
      }
      var name = base
      var count = 1
      while !taken.insert(name).inserted {
        count += 1
        name = "\(base)_\(count)"
      }
      names[place] = name
    }
    return names
  }

  /// A name without what a name cannot have: `features.0.weight` is `features_0`, `/fc/MatMul` is `fc`.
  private static func plainName(_ hint: String, isLayer: Bool) -> String {
    var parts = hint.split { $0 == "/" || $0 == "." || $0 == ":" }.map(String.init)
    let endings: Set<String> = ["weight", "bias", "kernel", "gamma", "scale", "embeddings"]
    if isLayer, parts.count > 1, let last = parts.last {
      let isOperator = last.first?.isUppercase == true && hint.hasPrefix("/")
      if endings.contains(last.lowercased()) || isOperator { parts.removeLast() }
    }
    let plain = parts.joined(separator: "_").unicodeScalars.map { scalar -> Character in
      scalar.value >= 32 && scalar.value != 127 ? Character(scalar) : "_"
    }
    // Room for a count behind it.
    var name = ""
    for character in plain where name.utf8.count < 100 { name.append(character) }
    return name
  }
}

// MARK: - Report

extension NetworkAssembly {
  /// Notes what became of every node and initializer.
  static func report(
    _ tracer: inout GraphTracer, _ live: [Int], _ names: [Int: String], _ outputs: [Output]
  ) {
    for place in live where tracer.nodes[place].layer == nil {
      guard let hint = tracer.nodes[place].hint, let name = names[place], name != hint else {
        continue
      }
      tracer.log.change("input \(hint)", "named \(name)")
    }
    for trace in tracer.traces {
      let kept = trace.nodes.filter { names[$0] != nil }
      if let first = kept.last, let name = names[first], let layer = tracer.nodes[first].layer {
        let others = kept.dropLast().compactMap { names[$0] }
        tracer.log.map(
          trace.label,
          to: "\(layer.kind) \(name)"
            + (others.isEmpty ? "" : " behind \(others.joined(separator: ", "))"))
      } else if let place = trace.nodes.last.flatMap({ successor(of: $0, tracer) }),
        let name = names[place]
      {
        tracer.log.change(trace.label, "part of \(name)")
      } else if trace.nodes.isEmpty {
        tracer.log.change(trace.label, "an order of axes or a part of the layer behind it")
      } else {
        tracer.log.change(trace.label, "part of the layers behind it")
      }
    }
    for output in outputs {
      let note = "\(output.note), of \(names[output.node] ?? "")"
      if output.isChanged {
        tracer.log.change("output \(output.name)", note)
      } else {
        tracer.log.map("output \(output.name)", to: note)
      }
    }
    var used: Set<String> = []
    for place in live {
      guard let name = names[place] else { continue }
      for (parameter, numbers) in tracer.nodes[place].parameters.sorted(by: { $0.key < $1.key }) {
        for source in numbers.sources {
          used.insert(source)
          let path = "\(name)/\(parameter)"
          if let change = numbers.change {
            tracer.log.change("initializer \(source)", "\(path): \(change)")
          } else {
            tracer.log.map("initializer \(source)", to: path)
          }
        }
        if numbers.sources.isEmpty {
          tracer.log.change("\(name)/\(parameter)", "made here: the file has none")
        }
      }
    }
    for source in tracer.graph.initializers.keys.sorted() where !used.contains(source) {
      let isUsed = tracer.graph.uses[source] != nil
      if isUsed {
        tracer.log.change("initializer \(source)", "a number or shape that options follow from")
      } else {
        tracer.log.ignore("initializer \(source)", "leads to no output")
      }
    }
  }

  /// The node that a node became part of in the end.
  private static func successor(of node: Int, _ tracer: GraphTracer) -> Int? {
    var place = node
    while let next = tracer.successors[place] { place = next }
    return place == node ? nil : place
  }
}
