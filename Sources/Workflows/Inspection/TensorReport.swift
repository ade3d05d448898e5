import Kernels
import ModelFiles
import Tensors

/// One tensor of a file with what its numbers look like.
public struct TensorReport: Encodable, Sendable {
  public let path: String
  public let elementType: String
  public let shape: [Int]
  public let byteCount: Int
  /// Of the finite elements; 0 where there are none.
  public let minimum: Double
  public let maximum: Double
  public let mean: Double
  public let deviation: Double
  public let zeroCount: Int
  public let nanCount: Int
  public let infinityCount: Int

  init(_ tensor: StoredTensor, in file: ModelFile) throws {
    let statistics = try file.withTensor(at: tensor.path) { describe($0) }
    path = tensor.path
    elementType = tensor.elementType.rawValue
    shape = tensor.shape.dimensions
    byteCount = tensor.byteCount
    minimum = statistics.minimum
    maximum = statistics.maximum
    mean = statistics.mean
    deviation = statistics.deviation
    zeroCount = statistics.zeroCount
    nanCount = statistics.nanCount
    infinityCount = statistics.infinityCount
  }

  private enum CodingKeys: String, CodingKey {
    case path
    case elementType = "type"
    case shape
    case byteCount = "bytes"
    case minimum = "min"
    case maximum = "max"
    case mean
    case deviation = "std"
    case zeroCount = "zeros"
    case nanCount = "nan"
    case infinityCount = "infinite"
  }
}

/// The statistics of numbers of any type; what is no real number is widened first.
private func describe(_ view: TensorView) -> VectorStatistics {
  switch view.elementType {
  case .float32, .float64: Kernels.statistics(of: view)
  default: Tensor(view.doubles()).withView { Kernels.statistics(of: $0) }
  }
}
