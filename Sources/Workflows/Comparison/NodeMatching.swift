import Kernels
import Layers
import ModelFiles
import Networks
import Tensors

/// Which layers of two networks are the same, whatever they are called.
///
/// Both orders are laid beside each other so that the likeness of all pairs together is largest; likeness
/// is that of weights first, then of names that somebody gave, options and shapes. What is left on both
/// sides and of one name, or of the same weights, has moved.
struct NodeMatching {
  /// For every layer of the old network the place of the same in the new one.
  private(set) var newPlaces: [Int?]
  /// For every layer of the new network the place of the same in the old one.
  private(set) var oldPlaces: [Int?]
  /// The places in the old network of those that stand in another order.
  private(set) var reordered: Set<Int> = []

  /// More pairs than these are told apart by their names alone.
  private static let largestPairCount = 4_000_000

  init(_ old: ComparedNetwork, _ new: ComparedNetwork) {
    newPlaces = Array(repeating: nil, count: old.layers.count)
    oldPlaces = Array(repeating: nil, count: new.layers.count)
    guard old.network != new.network else {
      for place in old.layers.indices { pair(place, place) }
      return
    }
    if old.layers.count * new.layers.count <= NodeMatching.largestPairCount {
      align(old, new)
      pairRest(old, new)
    }
    pairNames(old, new)
  }

  private mutating func pair(_ old: Int, _ new: Int) {
    newPlaces[old] = new
    oldPlaces[new] = old
  }

  /// Needleman and Wunsch (1970), with likeness as score and gaps free.
  private mutating func align(_ old: ComparedNetwork, _ new: ComparedNetwork) {
    let (rows, columns) = (old.layers.count, new.layers.count)
    guard rows > 0, columns > 0 else { return }
    enum Step: UInt8 { case both, old, new }
    var steps = [Step](repeating: .new, count: rows * columns)
    var above = [Float](repeating: 0, count: columns + 1)
    var row = above
    for i in 0..<rows {
      row[0] = 0
      for j in 0..<columns {
        let likeness = old.layers[i].likeness(to: new.layers[j])
        var (best, step) = (row[j], Step.new)
        if above[j + 1] > best { (best, step) = (above[j + 1], .old) }
        if likeness > 0, above[j] + likeness >= best { (best, step) = (above[j] + likeness, .both) }
        row[j + 1] = best
        steps[i * columns + j] = step
      }
      swap(&above, &row)
    }
    var (i, j) = (rows - 1, columns - 1)
    while i >= 0, j >= 0 {
      switch steps[i * columns + j] {
      case .both:
        pair(i, j)
        i -= 1
        j -= 1
      case .old: i -= 1
      case .new: j -= 1
      }
    }
  }

  /// Pairs what stands elsewhere.
  private mutating func pairRest(_ old: ComparedNetwork, _ new: ComparedNetwork) {
    for i in old.layers.indices where newPlaces[i] == nil {
      let one = old.layers[i]
      let candidates = new.layers.indices.filter { j in
        oldPlaces[j] == nil && one.layer.kind == new.layers[j].layer.kind
          && (one.name == new.layers[j].name || one.hasSameWeights(as: new.layers[j])
            || one.likeness(to: new.layers[j]) >= LayerFingerprint.certainLikeness)
      }
      let best = candidates.max {
        one.likeness(to: new.layers[$0]) < one.likeness(to: new.layers[$1])
      }
      guard let best else { continue }
      pair(i, best)
      reordered.insert(i)
    }
  }

  /// Pairs what is called the same, whatever it is.
  private mutating func pairNames(_ old: ComparedNetwork, _ new: ComparedNetwork) {
    var places: [String: Int] = [:]
    for j in new.layers.indices where oldPlaces[j] == nil { places[new.layers[j].name] = j }
    for i in old.layers.indices where newPlaces[i] == nil {
      guard let j = places[old.layers[i].name] else { continue }
      pair(i, j)
    }
  }
}

/// A network with what its layers are known by.
struct ComparedNetwork {
  let network: Network
  let layers: [LayerFingerprint]

  /// - Parameter weights: the tensors of a file by their path below the weights, as `dense_1/kernel`.
  init(_ network: Network, weights: [String: ReadableTensor]) throws {
    self.network = network
    let outputs = Set(network.outputs)
    layers = try network.nodes.map { node in
      let specs = node.layer.parameters(for: node.inputs.compactMap { network.values[$0] })
      let tensors = specs.compactMap { weights["\(node.name)/\($0.name)"] }
      return LayerFingerprint(
        name: node.name, layer: node.layer,
        options: try ValueComparison.options(of: node.layer),
        isOutput: outputs.contains(node.name),
        shapes: tensors.map(\.shape), digests: tensors.map(\.digest),
        sample: try LayerFingerprint.sample(of: tensors))
    }
  }
}

/// What a layer is known by.
struct LayerFingerprint {
  let name: String
  let layer: any Layer
  let options: [String: ConfigurationValue]
  /// One number for each option and its value, in order.
  private let optionHashes: [UInt64]
  /// Whether somebody called it so: layers without a name are called after their kind, and numbered.
  private let hasGivenName: Bool
  let isOutput: Bool
  /// Of its weights, in order.
  let shapes: [Shape]
  let digests: [Digest?]
  /// Some of its largest weight, of length 1 together; empty where all of them are zero.
  let sample: [Float]

  /// From here on two layers are the same wherever they stand.
  static let certainLikeness: Float = 14

  /// How many numbers tell weights apart.
  private static let sampleCount = 64

  init(
    name: String, layer: any Layer, options: [String: ConfigurationValue], isOutput: Bool,
    shapes: [Shape], digests: [Digest?], sample: [Float]
  ) {
    self.name = name
    self.layer = layer
    self.options = options
    self.isOutput = isOutput
    self.shapes = shapes
    self.digests = digests
    self.sample = sample
    optionHashes = options.map { hash(of: "\($0.key): \($0.value.yaml)") }.sorted()
    let rest = name.hasPrefix(layer.kind) ? name.dropFirst(layer.kind.count) : nil
    hasGivenName =
      rest.map { rest in
        !(rest.isEmpty || rest.first == "_" && rest.dropFirst().allSatisfy(\.isNumber))
      } ?? true
  }

  static func sample(of tensors: [ReadableTensor]) throws -> [Float] {
    guard let largest = tensors.max(by: { $0.shape.count < $1.shape.count }) else { return [] }
    let (view, owner) = try largest.open()
    defer { withExtendedLifetime(owner) {} }
    let numbers = view.part(at: 0, shape: [min(view.count, sampleCount)]).doubles()
    let norm = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return norm > 0 && norm.isFinite ? numbers.map { Float($0 / norm) } : []
  }

  /// Whether all weights are the same; not where there are none.
  func hasSameWeights(as other: LayerFingerprint) -> Bool {
    !digests.isEmpty && shapes == other.shapes && digests == other.digests
      && digests.allSatisfy { $0 != nil }
  }

  /// How much two layers are alike; 0 for those of different kinds.
  func likeness(to other: LayerFingerprint) -> Float {
    guard layer.kind == other.layer.kind else { return 0 }
    var likeness: Float = 2
    if hasSameWeights(as: other) {
      likeness += 12
    } else if !shapes.isEmpty, shapes == other.shapes {
      let cosine = cosine(to: other)
      likeness += 2 + (cosine > 0.5 ? 8 * cosine : 0)
    }
    if name == other.name { likeness += hasGivenName ? 4 : 1 }
    if isOutput, other.isOutput { likeness += 1 }
    return likeness + 3 * sharedOptions(with: other)
  }

  private func cosine(to other: LayerFingerprint) -> Float {
    var sum: Float = 0
    for place in 0..<min(sample.count, other.sample.count) {
      sum += sample[place] * other.sample[place]
    }
    return sum
  }

  /// The share of options that are the same.
  private func sharedOptions(with other: LayerFingerprint) -> Float {
    let count = optionHashes.count + other.optionHashes.count
    guard count > 0 else { return 1 }
    var (i, j, common) = (0, 0, 0)
    while i < optionHashes.count, j < other.optionHashes.count {
      let (one, two) = (optionHashes[i], other.optionHashes[j])
      if one == two { common += 1 }
      if one <= two { i += 1 }
      if two <= one { j += 1 }
    }
    return Float(2 * common) / Float(count)
  }
}

/// FNV-1a, which is the same in every process.
private func hash(of text: String) -> UInt64 {
  text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
