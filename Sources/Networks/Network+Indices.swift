import Layers

extension Network {
  /// How many different indices each input of indices may hold: the size of the smallest
  /// vocabulary that it is looked up in. Inputs of numbers are not in it.
  public var indexCounts: [String: Int] {
    var counts: [String: Int] = [:]
    // The input that a value of indices comes from.
    var origins: [String: String] = [:]
    for input in inputs where input.isIndices {
      origins[input.name] = input.name
      counts[input.name] = Int(Int32.max)
    }
    for node in nodes {
      guard let origin = node.inputs.compactMap({ origins[$0] }).first else { continue }
      if let embedding = node.layer as? Embedding {
        counts[origin] = min(counts[origin] ?? .max, embedding.vocabularySize)
      } else if values[node.name]?.isIndices == true {
        origins[node.name] = origin
      }
    }
    return counts
  }
}
