import Kernels
import Tensors

/// How much is told of the tensors of a file.
public enum TensorDetail: Hashable, Sendable {
  /// Nothing.
  case none
  /// What they are; no number is read.
  case listed
  /// What their numbers are like too, which takes as long as reading the file.
  case measured
}

/// One tensor of a file, with what its numbers look like where that was asked for.
public struct TensorReport: Encodable, Sendable {
  public let path: String
  public let elementType: String
  public let shape: [Int]
  public let byteCount: Int
  /// What its numbers are like; nil where they were not read.
  public let statistics: TensorStatistics?

  init(_ tensor: ReadableTensor, path: String, isMeasured: Bool) throws {
    self.path = path
    elementType = tensor.elementType.rawValue
    shape = tensor.shape.dimensions
    byteCount = tensor.byteCount
    guard isMeasured else {
      statistics = nil
      return
    }
    let (view, owner) = try tensor.open()
    defer { withExtendedLifetime(owner) {} }
    statistics = TensorStatistics(of: view)
  }

  private enum CodingKeys: String, CodingKey {
    case path
    case elementType = "type"
    case shape
    case byteCount = "bytes"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encode(elementType, forKey: .elementType)
    try container.encode(shape, forKey: .shape)
    try container.encode(byteCount, forKey: .byteCount)
    try statistics?.encode(to: encoder)
  }
}

/// What the numbers of a tensor are like.
public struct TensorStatistics: Encodable, Sendable {
  /// Of the finite elements; 0 where there are none.
  public let minimum: Double
  public let maximum: Double
  public let mean: Double
  public let deviation: Double
  public let zeroCount: Int
  public let nanCount: Int
  public let infinityCount: Int
  /// How many finite elements lie in each of some bins of one width from the minimum to the maximum.
  public let histogram: [Int]

  private static let binCount = 16

  init(of view: TensorView) {
    let found = statistics(of: view)
    minimum = found.minimum
    maximum = found.maximum
    mean = found.mean
    deviation = found.deviation
    zeroCount = found.zeroCount
    nanCount = found.nanCount
    infinityCount = found.infinityCount
    histogram = Kernels.histogram(
      of: view, from: found.minimum, to: found.maximum, binCount: TensorStatistics.binCount)
  }

  private enum CodingKeys: String, CodingKey {
    case minimum = "min"
    case maximum = "max"
    case mean
    case deviation = "std"
    case zeroCount = "zeros"
    case nanCount = "nan"
    case infinityCount = "infinite"
    case histogram
  }
}

/// The statistics of numbers of any type; what is no real number is widened first.
private func statistics(of view: TensorView) -> VectorStatistics {
  switch view.elementType {
  case .float32, .float64: Kernels.statistics(of: view)
  default: Tensor(view.doubles()).withView { Kernels.statistics(of: $0) }
  }
}
