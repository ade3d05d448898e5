import Kernels
import Layers
import Tensors

/// Where every parameter of a network lies in the flat buffers of ``Parameters``.
public struct ParameterLayout: Hashable, Sendable {
  /// One parameter.
  public struct Entry: Hashable, Sendable {
    /// The node it belongs to.
    public let node: String
    /// What it is.
    public let spec: ParameterSpec
    /// Its first element in the buffer of trainable parameters or of statistics.
    package let offset: Int

    /// The path, for example `dense_1/kernel`.
    public var path: String { "\(node)/\(spec.name)" }
  }

  /// All parameters in the order of the nodes.
  public let entries: [Entry]

  /// For every node the entries of its parameters, in the layer's order; those that are tied are
  /// another node's.
  package let entriesOfNodes: [[Int]]

  /// The length of the buffer of trainable parameters, with the gaps that align each.
  package let trainableLength: Int

  /// The length of the buffer of statistics.
  package let statisticLength: Int

  /// The layout for a network.
  ///
  /// - Throws: `ShapeError` when the parameters together are too large to address.
  public init(_ network: Network) throws {
    var entries: [Entry] = []
    var lengths = (trainable: 0, statistic: 0)
    let specs = network.nodes.map { node in
      node.layer.parameters(for: node.inputs.compactMap { network.values[$0] })
    }
    for (node, specs) in zip(network.nodes, specs) {
      for spec in specs where node.ties[spec.name] == nil {
        let offset = spec.isTrainable ? lengths.trainable : lengths.statistic
        entries.append(Entry(node: node.name, spec: spec, offset: offset))
        // Each begins on a cache line; the gaps stay zero for ever.
        let end = (offset + spec.shape.count + 15) / 16 * 16
        _ = try Shape(checking: [end])
        if spec.isTrainable { lengths.trainable = end } else { lengths.statistic = end }
      }
    }
    self.entries = entries
    var indices: [String: Int] = [:]
    for (index, entry) in entries.enumerated() { indices[entry.path] = index }
    entriesOfNodes = zip(network.nodes, specs).map { node, specs in
      specs.compactMap { indices[node.ties[$0.name] ?? "\(node.name)/\($0.name)"] }
    }
    trainableLength = lengths.trainable
    statisticLength = lengths.statistic
  }

  /// The number of trainable parameters.
  public var trainableCount: Int {
    entries.reduce(0) { $0 + ($1.spec.isTrainable ? $1.spec.shape.count : 0) }
  }

  /// The number of all parameters, running statistics among them.
  public var count: Int { entries.reduce(0) { $0 + $1.spec.shape.count } }
}

/// The weights of a network: trainable parameters and running statistics, each in one buffer.
///
/// Parameters are a value: a copy shares memory until one of the two is changed.
public struct Parameters: Equatable, Sendable {
  /// Where each parameter lies.
  public let layout: ParameterLayout

  /// All trainable parameters, one after the other.
  package var trainable: Tensor

  /// All running statistics, one after the other.
  package var statistics: Tensor

  /// Parameters in buffers of the layout's lengths.
  init(layout: ParameterLayout, trainable: Tensor, statistics: Tensor) {
    self.layout = layout
    self.trainable = trainable
    self.statistics = statistics
  }

  /// Parameters that are all zero.
  package init(zeros layout: ParameterLayout, elementType: ElementType = .float32) {
    self.layout = layout
    trainable = Tensor(zeros: [layout.trainableLength], elementType: elementType)
    statistics = Tensor(zeros: [layout.statisticLength], elementType: elementType)
  }

  /// Parameters as their initializers make them: a function of the network and the seed alone.
  ///
  /// - Throws: `ShapeError` when the parameters together are too large to address.
  public init(for network: Network, seed: UInt64) throws {
    try self.init(for: network, seed: seed, elementType: .float32)
  }

  package init(for network: Network, seed: UInt64, elementType: ElementType) throws {
    self.init(zeros: try ParameterLayout(network), elementType: elementType)
    let trainableView = trainable.ownedView()
    let statisticsView = statistics.ownedView()
    for (index, entry) in layout.entries.enumerated() {
      let buffer = entry.spec.isTrainable ? trainableView : statisticsView
      entry.spec.initializer.fill(
        buffer.part(at: entry.offset, shape: entry.spec.shape), fan: entry.spec.fan,
        random: RandomStream(
          seed: seed, stream: RandomPurpose.initialization.stream, step: UInt64(index)))
      if let ones = entry.spec.ones {
        Kernels.fill(buffer.part(at: entry.offset + ones.lowerBound, shape: [ones.count]), with: 1)
      }
    }
  }
}

// MARK: - Access

extension Parameters {
  /// How elements are stored.
  public var elementType: ElementType { trainable.elementType }

  /// The same numbers as another floating-point type.
  package func converted(to elementType: ElementType) -> Parameters {
    var converted = self
    converted.trainable = trainable.converted(to: elementType)
    converted.statistics = statistics.converted(to: elementType)
    return converted
  }

  /// The same numbers as the parameters of a network with the same layers in the same order, whose
  /// names may be others.
  ///
  /// - Throws: `ShapeError` when the parameters together are too large to address.
  /// - Precondition: the layers have the same parameters.
  package func moved(to network: Network) throws -> Parameters {
    let layout = try ParameterLayout(network)
    precondition(
      layout.entries.map(\.spec) == self.layout.entries.map(\.spec),
      "the network has other parameters")
    return Parameters(layout: layout, trainable: trainable, statistics: statistics)
  }

  /// One parameter by path, for example `dense_1/kernel`; nil when there is none of that path.
  ///
  /// Setting to a tensor of another shape or type, or under an unknown path, is a mistake of the
  /// caller and stops the program.
  public subscript(path: String) -> Tensor? {
    get {
      layout.entries.first { $0.path == path }.map { self[$0] }
    }
    set {
      guard let entry = layout.entries.first(where: { $0.path == path }), let newValue else {
        preconditionFailure("the network has no parameter '\(path)', or the value is nil")
      }
      self[entry] = newValue
    }
  }

  /// Calls a closure with a view of every parameter in the layout's order, for writing.
  package mutating func withMutableViews<Result>(
    _ body: ([TensorView]) throws -> Result
  ) rethrows -> Result {
    try trainable.withMutableView { trainable in
      try statistics.withMutableView { statistics in
        try body(
          layout.entries.map { entry in
            (entry.spec.isTrainable ? trainable : statistics).part(
              at: entry.offset, shape: entry.spec.shape)
          })
      }
    }
  }

  /// The parameter of an entry of this layout.
  package subscript(entry: ParameterLayout.Entry) -> Tensor {
    get {
      (entry.spec.isTrainable ? trainable : statistics).withView {
        Tensor(copying: $0.part(at: entry.offset, shape: entry.spec.shape))
      }
    }
    set {
      let spec = entry.spec
      newValue.withView { source in
        precondition(source.shape == spec.shape, "\(entry.path) has the shape \(spec.shape)")
        func copy(_ buffer: TensorView) {
          buffer.part(at: entry.offset, shape: spec.shape).copy(from: source)
        }
        if spec.isTrainable {
          trainable.withMutableView(copy)
        } else {
          statistics.withMutableView(copy)
        }
      }
    }
  }
}

/// What random numbers are drawn for; each purpose has streams of its own.
package enum RandomPurpose {
  /// The first values of parameters; the step counts parameters.
  case initialization
  /// The order of rows; the step counts epochs.
  case shuffling
  /// The split into training and validation rows.
  case splitting
  /// A node of the network, by its place in the order; the step counts training steps.
  case node(Int)

  package var stream: UInt32 {
    switch self {
    case .initialization: 1
    case .shuffling: 2
    case .splitting: 3
    case .node(let index): 0x1_0000 + UInt32(truncatingIfNeeded: index)
    }
  }
}
