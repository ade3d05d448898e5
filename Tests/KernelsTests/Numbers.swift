import Kernels
import Tensors

/// A tensor kept alive with the view that kernels write through.
final class Numbers: @unchecked Sendable {
  private var tensor: Tensor
  let view: TensorView

  init(_ tensor: Tensor) {
    self.tensor = tensor
    view = self.tensor.ownedView()
  }

  /// The given values in the given type.
  convenience init(_ values: [Double], _ shape: Shape, _ type: ElementType) {
    self.init(
      type == .float32
        ? Tensor(values.map { Float($0) }, shape: shape) : Tensor(values, shape: shape))
  }

  /// Zeros of a shape.
  convenience init(zeros shape: Shape, _ type: ElementType) {
    self.init(Tensor(zeros: shape, elementType: type))
  }

  /// A copy, so that a kernel can work in place.
  var copy: Numbers { Numbers(Tensor(copying: view)) }

  /// The elements as they are stored, converted.
  var values: [Double] { view.doubles() }

  var bytes: [UInt8] { view.bytes() }
}

/// Values uniform in a range, the same for the same seed, representable in float32.
func uniform(_ count: Int, seed: UInt64, in range: ClosedRange<Double> = -1...1) -> [Double] {
  let stream = RandomStream(seed: seed, stream: 7)
  return (0..<count).map {
    let unit = stream.uniform(at: $0)
    return Double(Float(range.lowerBound + unit * (range.upperBound - range.lowerBound)))
  }
}

let alone = Workers(threadCount: 1)
let two = Workers(threadCount: 2)
let three = Workers(threadCount: 3)

let floatingTypes: [ElementType] = [.float32, .float64]

extension ElementType {
  /// The distance from 1 to the next number.
  var epsilon: Double { self == .float32 ? 0x1p-23 : 0x1p-52 }
}

/// The largest distance between two lists, relative to `1 + |expected|`.
func distance(_ found: [Double], _ expected: [Double]) -> Double {
  precondition(found.count == expected.count)
  return zip(found, expected).reduce(0) { largest, pair in
    if pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN) { return largest }
    let gap = abs(pair.0 - pair.1) / (1 + abs(pair.1))
    return gap.isNaN ? .infinity : max(largest, gap)
  }
}
