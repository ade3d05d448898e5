import CKernels
import Tensors

extension Kernels {
  /// How many elements of a view of any type lie in each of some bins of one width, the last of which
  /// holds the upper bound too. NaN and infinities are in none.
  package static func histogram(
    of x: TensorView, from low: Double, to high: Double, binCount: Int
  ) -> [Int] {
    precondition(binCount > 0, "expected bins, found \(binCount)")
    var bins = [Int](repeating: 0, count: binCount)
    bins.withUnsafeMutableBufferPointer { bins in
      nnk_histogram(
        elementCode(of: x.elementType), x.address, x.count, low, high, bins.baseAddress, binCount)
    }
    return bins
  }
}
