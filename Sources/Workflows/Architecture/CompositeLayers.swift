import Catalogs
import Layers
import Networks

/// Words for several layers at once.
enum CompositeLayers {
  /// A transformer encoder block; its values are a sequence and, where there is one, its mask.
  static let transformerEncoder = "transformer_encoder"

  static let names = [transformerEncoder]

  /// Adds the layers of a word behind some values; gives the last.
  ///
  /// - Throws: ``DescriptionError`` naming the option that is wrong.
  static func add(
    _ entry: NetworkDescription.Entry, to values: [NetworkBuilder.Value],
    in builder: NetworkBuilder, named name: String?
  ) throws -> NetworkBuilder.Value {
    guard (1...2).contains(values.count) else {
      throw DescriptionError(
        path: "\(entry.path).from",
        problem: "expected a sequence and at most a mask, found \(values.count) values")
    }
    var options = entry.options
    options["heads"] = options["heads"] ?? entry.main
    func take<Value>(
      _ key: String, _ read: (ConfigurationValue) throws -> Value
    ) throws -> Value? {
      guard let value = options.removeValue(forKey: key) else { return nil }
      do {
        return try read(value)
      } catch {
        throw DescriptionError(path: "\(entry.path).\(key)", problem: "\(error)")
      }
    }
    let heads = try take("heads", ConfigurationOption.positive)
    let units = try take("units", ConfigurationOption.positive)
    guard let heads, let units else {
      throw DescriptionError(
        path: entry.path, problem: "'\(entry.kind)' needs \(heads == nil ? "'heads'" : "'units'")")
    }
    var block = TransformerBlock(heads: heads, units: units)
    block.keySize = try take("key_size", ConfigurationOption.positive)
    if let activation = try take("activation", { try $0.choice(ActivationFunction.self) }) {
      block.activation = activation
    }
    let share = ConfigurationOption.number("0 up to below 1") { $0 >= 0 && $0 < 1 }
    if let dropout = try take("dropout", share) { block.dropout = dropout }
    if let isFirst = try take("normalizes_first", { try $0.bool() }) {
      block.normalizesFirst = isFirst
    }
    if let isCausal = try take("is_causal", { try $0.bool() }) { block.isCausal = isCausal }
    if let other = options.keys.sorted().first {
      let known = [
        "heads", "units", "key_size", "activation", "dropout", "normalizes_first", "is_causal",
      ]
      let near = suggestion(for: other, among: known)
      throw DescriptionError(
        path: "\(entry.path).\(other)",
        problem: "'\(entry.kind)' has no option '\(other)'"
          + (near.isEmpty ? "; known: \(known.joined(separator: ", "))" : near))
    }
    guard let shape = try builder.shape(of: values[0]), shape.rank == 2 else {
      throw DescriptionError(
        path: entry.path, problem: "expected a sequence [steps, features] before it")
    }
    guard block.keySize != nil || shape[1] % heads == 0 else {
      throw DescriptionError(
        path: "\(entry.path).heads",
        problem: "expected a number that divides the \(shape[1]) features, found \(heads)")
    }
    return builder.add(
      block, named: name, to: values[0], features: shape[1],
      mask: values.count == 2 ? values[1] : nil)
  }
}
