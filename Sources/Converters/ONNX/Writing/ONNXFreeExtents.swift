import Networks
import Tensors

/// Which extents of a network's values change with those of its inputs that are free.
///
/// Layers only know shapes, so that it is found by asking: the network is looked at with inputs of
/// other extents, and what then is another one is free.
struct ONNXFreeExtents {
  /// The free axes of every value that has some.
  private var axes: [String: Set<Int>] = [:]
  /// Axes that are free in the network and for which no other extent goes through it.
  private(set) var fixed: [(input: String, axis: Int)] = []

  private let network: Network

  /// Finds the free extents of a network.
  init(of network: Network) {
    self.network = network
    let free = network.inputs.enumerated().flatMap { index, input in
      input.freeAxes.sorted().map { (input: index, axis: $0) }
    }
    // All together, as a sequence and its mask have to be; where that does not go, alone or with those
    // that are alike.
    if free.isEmpty || vary(free) { return }
    for place in free where !isKnown(place) {
      let extent = network.inputs[place.input].shape[place.axis]
      let alike = free.filter { network.inputs[$0.input].shape[$0.axis] == extent }
      let isTried = free.count <= ONNXFreeExtents.mostTried
      if !isTried || !(vary([place]) || vary(alike)) {
        fixed.append((network.inputs[place.input].name, place.axis))
      }
    }
  }

  /// The most free axes that are tried one by one: each means a look at the whole network.
  private static let mostTried = 64

  /// The extents of one example of a value; nil where it is free.
  func extents(of value: String) -> [Int?] {
    let shape = network.values[value]?.shape.dimensions ?? []
    let free = axes[value] ?? []
    return shape.enumerated().map { free.contains($0.offset) ? nil : $0.element }
  }

  private func isKnown(_ place: (input: Int, axis: Int)) -> Bool {
    axes[network.inputs[place.input].name]?.contains(place.axis) == true
  }

  /// Looks at the network with other extents at some places; whether some go through it.
  private mutating func vary(_ places: [(input: Int, axis: Int)]) -> Bool {
    var isFound = false
    // A stride or a division hides some, and a network that adds what was halved and doubled takes
    // multiples only.
    let changes: [(Int) -> Int] = [
      { $0 + 1 }, { $0 + 2 }, { $0 + 7 }, { $0 * 2 }, { $0 + 32 }, { $0 - 1 }, { $0 / 2 },
      { _ in 1 },
    ]
    for change in changes {
      var extents = network.inputs.map(\.shape.dimensions)
      for place in places {
        extents[place.input][place.axis] = change(extents[place.input][place.axis])
      }
      guard extents.joined().allSatisfy({ $0 > 0 }),
        let shapes = try? extents.map({ try Shape(checking: $0) }),
        shapes != network.inputs.map(\.shape),
        let other = try? network.withInputs(shaped: shapes), hasSameRanks(other)
      else { continue }
      isFound = true
      for (name, spec) in network.values {
        guard let found = other.values[name] else { continue }
        for axis in 0..<spec.shape.rank where found.shape[axis] != spec.shape[axis] {
          axes[name, default: []].insert(axis)
        }
      }
    }
    return isFound
  }

  private func hasSameRanks(_ other: Network) -> Bool {
    network.values.allSatisfy { $0.value.shape.rank == other.values[$0.key]?.shape.rank }
  }
}
