import Layers
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a network runs: its order, its buffers, and which of them share memory.
///
/// A plan is compiled once for a mode and for the largest batch, and never changes. It is to a
/// ``Session`` what a prepared statement is to the stepping through its rows.
public struct Plan: Sendable {
  /// The network that runs.
  public let network: Network

  /// Whether gradients are computed too.
  public let mode: Mode

  /// The largest number of examples in a batch.
  public let capacity: Int

  /// Where the parameters lie.
  public let layout: ParameterLayout

  let elementType: ElementType
  let values: [Value]
  let operations: [Operation]
  let buffers: [Buffer]

  /// The bytes of the arena that holds every buffer.
  public let arenaByteCount: Int

  /// Something that flows: an input of the network or the output of a node.
  struct Value {
    var name: String
    var spec: ValueSpec
    var buffer: Int
    var gradientBuffer: Int?
  }

  /// One node, ready to run.
  struct Operation {
    var node: Int
    var layer: any Layer
    var inputs: [Int]
    var output: Int
    /// Indices into the layout's entries.
    var parameters: [Int]
    /// Buffers with their shapes.
    var scratch: [Int]
    var inputGradients: [GradientTarget]
    /// As `inputGradients`, to entries of the layout in place of buffers.
    var parameterGradients: [GradientTarget]
    var runsBackward: Bool
    /// What the layer found out about the shapes.
    var prepared: (any Sendable)?
  }

  /// Where the gradient of one input or parameter of an operation goes.
  enum GradientTarget {
    case nowhere
    case written(Int)
    /// Written to a buffer of its own, then added to that of the value, which others share.
    case added(temporary: Int, to: Int)
  }

  /// Memory in the arena.
  struct Buffer {
    var shape: Shape
    var isPerExample: Bool
    var elementType: ElementType
    var offset = 0

    func byteCount(examples: Int) -> Int {
      shape.count * elementType.byteCount * (isPerExample ? examples : 1)
    }
  }

  /// Compiles a plan.
  ///
  /// - Parameters:
  ///   - network: what is to run.
  ///   - mode: training keeps what backward reads; inference reuses memory at once.
  ///   - capacity: the largest number of examples in a batch, at least 1.
  ///   - needsInputGradients: whether the gradients of the network's inputs are wanted too.
  /// - Throws: ``PlanError`` when the arena would be larger than the limit.
  public init(
    _ network: Network, mode: Mode, capacity: Int, needsInputGradients: Bool = false
  ) throws {
    try self.init(
      network, mode: mode, capacity: capacity, elementType: .float32,
      needsInputGradients: needsInputGradients)
  }

  package init(
    _ network: Network, mode: Mode, capacity: Int, elementType: ElementType,
    needsInputGradients: Bool = false
  ) throws {
    precondition(capacity > 0, "capacity must be positive, found \(capacity)")
    self.network = network
    self.mode = mode
    self.capacity = capacity
    self.elementType = elementType
    layout = try ParameterLayout(network)
    var compiler = PlanCompiler(
      network: network, layout: layout, mode: mode, elementType: elementType,
      needsInputGradients: needsInputGradients)
    compiler.compile()
    values = compiler.values
    operations = compiler.operations
    let requests = try compiler.requests(examples: capacity)
    let memory = MemoryPlan(requests)
    buffers = zip(compiler.buffers, memory.offsets).map { buffer, offset in
      var buffer = buffer
      buffer.offset = offset
      return buffer
    }
    arenaByteCount = memory.byteCount
    guard arenaByteCount <= Plan.largestArena else {
      throw PlanError.tooLarge(byteCount: arenaByteCount, capacity: capacity)
    }
  }

  /// A plan for inference with as many examples at a time as suit a processor's caches: so few that what
  /// flows between layers stays there, and so many that products are wide.
  ///
  /// - Parameter limit: the most examples.
  /// - Throws: ``PlanError`` when one example is too large already.
  package static func inference(
    _ network: Network, elementType: ElementType = .float32, atMost limit: Int = 256
  ) throws -> Plan {
    let one = try Plan(network, mode: .inference, capacity: 1, elementType: elementType)
    let fitting = Plan.cacheByteCount / max(one.arenaByteCount, 1)
    let count = max(1, min(limit, fitting >= 8 ? fitting / 8 * 8 : fitting))
    return count == 1
      ? one : try Plan(network, mode: .inference, capacity: count, elementType: elementType)
  }

  /// What the examples of an inference may take of a cache that cores share.
  private static let cacheByteCount = 6 << 20

  /// The largest arena a plan may ask for: 64 GiB, or half the memory of the machine where that is
  /// less. A file of a few bytes can describe a network that needs any amount.
  public static let largestArena = min(64 << 30, Plan.memory / 2)

  /// The memory of the machine in bytes.
  private static let memory = max(sysconf(Int32(_SC_PHYS_PAGES)), 1) * sysconf(Int32(_SC_PAGESIZE))
}

/// Why a network cannot be planned.
public enum PlanError: Error, Hashable, CustomStringConvertible {
  case tooLarge(byteCount: Int, capacity: Int)

  public var description: String {
    switch self {
    case .tooLarge(let byteCount, let capacity):
      "a batch of \(capacity) would need \(byteCount >> 20) MiB of memory, and may take "
        + "\(Plan.largestArena >> 20); use a smaller network or batch size"
    }
  }
}
