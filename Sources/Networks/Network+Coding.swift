import Layers
import Tensors

extension Node: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, kind, inputs, options, ties
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    inputs = try container.decode([String].self, forKey: .inputs)
    ties = try container.decodeIfPresent([String: String].self, forKey: .ties) ?? [:]
    let kindName = try container.decode(String.self, forKey: .kind)
    do {
      let kind = try LayerCatalog.standard.entry(named: kindName)
      layer = try container.decode(kind, forKey: .options)
      let given = try container.nestedContainer(keyedBy: OptionName.self, forKey: .options)
      try LayerOptionNames.check(given.allKeys.map(\.stringValue), of: layer)
    } catch let error as DecodingError {
      // It knows its own place.
      throw error
    } catch {
      throw NetworkError.node(name, kind: kindName, error)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(layer.kind, forKey: .kind)
    try container.encode(inputs, forKey: .inputs)
    try layer.encode(to: container.superEncoder(forKey: .options))
    if !ties.isEmpty { try container.encode(ties, forKey: .ties) }
  }
}

extension NetworkInput: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, shape
    case freeAxes = "free_axes"
    case isIndices = "is_indices"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    shape = try container.decode(Shape.self, forKey: .shape)
    freeAxes = Set(try container.decodeIfPresent([Int].self, forKey: .freeAxes) ?? [])
    isIndices = try container.decode(Bool.self, forKey: .isIndices)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(shape, forKey: .shape)
    if !freeAxes.isEmpty { try container.encode(freeAxes.sorted(), forKey: .freeAxes) }
    try container.encode(isIndices, forKey: .isIndices)
  }
}

extension Network: Codable {
  private enum CodingKeys: String, CodingKey {
    case inputs, nodes, outputs
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      inputs: container.decode([NetworkInput].self, forKey: .inputs),
      nodes: container.decode([Node].self, forKey: .nodes),
      outputs: container.decode([String].self, forKey: .outputs))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(nodes, forKey: .nodes)
    try container.encode(outputs, forKey: .outputs)
  }
}

/// Any name in an object.
private struct OptionName: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { return nil }
}
