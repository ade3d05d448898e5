import CKernels
import Tensors

extension Kernels {
  /// y += x.
  package static func add(_ x: TensorView, to y: TensorView, on workers: Workers) {
    requireLike(x, y, "sum")
    nnk_add(code(of: x), workers.pool, x.address, y.address, x.count)
  }

  /// z = x · y, element by element.
  package static func multiplyElements(
    _ x: TensorView, by y: TensorView, into z: TensorView, on workers: Workers
  ) {
    requireLike(x, y, "factor")
    requireLike(x, z, "product")
    nnk_multiply_elements(
      code(of: x), workers.pool, x.address, y.address, z.address, x.count)
  }

  /// Makes the rows of a matrix of float64 orthogonal to one another and of length 1.
  package static func orthonormalize(_ rows: TensorView) {
    precondition(rows.elementType == .float64, "expected float64")
    nnk_orthonormalize(
      rows.address?.assumingMemoryBound(to: Double.self), rows.rows, rows.rowCount)
  }

  /// y = x divided by the sum of its row; 0 where that is 0.
  package static func shareRows(_ x: TensorView, into y: TensorView) {
    requireLike(x, y, "shares")
    let columns = x.rowCount
    for row in 0..<x.rows {
      if x.elementType == .float64 {
        share(row * columns..<(row + 1) * columns, of: x, into: y, as: Double.self)
      } else {
        share(row * columns..<(row + 1) * columns, of: x, into: y, as: Float.self)
      }
    }
  }

  private static func share<Element: TensorElement & FloatingPoint>(
    _ places: Range<Int>, of x: TensorView, into y: TensorView, as type: Element.Type
  ) {
    var sum = Element.zero
    for place in places { sum += x.element(place, as: type) }
    for place in places {
      y.setElement(place, to: sum == 0 ? 0 : x.element(place, as: type) / sum)
    }
  }

  /// x *= factor.
  package static func scale(_ x: TensorView, by factor: Double, on workers: Workers) {
    nnk_scale(code(of: x), workers.pool, x.address, factor, x.count)
  }

  /// Moves every element into -limit...limit; NaN stays.
  package static func clamp(_ x: TensorView, to limit: Double, on workers: Workers) {
    nnk_clamp(code(of: x), workers.pool, x.address, limit, x.count)
  }

  /// Sets every element.
  package static func fill(_ x: TensorView, with value: Double) {
    nnk_fill(code(of: x), x.address, value, x.count)
  }

  /// Σ x², added up in double.
  package static func sumOfSquares(_ x: TensorView, on workers: Workers) -> Double {
    nnk_sum_of_squares(code(of: x), workers.pool, x.address, x.count)
  }

  /// Σ |x|, added up in double.
  package static func sumOfMagnitudes(_ x: TensorView, on workers: Workers) -> Double {
    nnk_sum_of_magnitudes(code(of: x), workers.pool, x.address, x.count)
  }

  /// Whether no element is infinite or NaN.
  package static func isFinite(_ x: TensorView, on workers: Workers) -> Bool {
    nnk_is_finite(code(of: x), workers.pool, x.address, x.count) != 0
  }

  /// Adds the gradient of l1·Σ|p| + l2/2·Σp²: g += l1·sign(p) + l2·p.
  package static func addPenalty(
    of parameters: TensorView, l1: Double, l2: Double, to gradient: TensorView,
    on workers: Workers
  ) {
    requireLike(parameters, gradient, "gradient")
    nnk_add_penalty(
      code(of: parameters), workers.pool, parameters.address, l1, l2, gradient.address,
      parameters.count)
  }

  /// What the elements look like, without the infinite and the NaN. All numbers are 0 when no
  /// element is finite.
  package static func statistics(of x: TensorView) -> VectorStatistics {
    let found = nnk_statistics_of(code(of: x), x.address, x.count)
    let isEmpty = found.finite_count == 0
    return VectorStatistics(
      minimum: isEmpty ? 0 : found.minimum, maximum: isEmpty ? 0 : found.maximum,
      mean: found.mean, deviation: found.deviation, zeroCount: found.zero_count,
      nanCount: found.nan_count, infinityCount: found.infinity_count, count: x.count)
  }
}

/// What the finite elements of a vector look like, and how many others there are.
package struct VectorStatistics: Hashable, Sendable {
  package let minimum: Double
  package let maximum: Double
  package let mean: Double
  /// The square root of the biased variance.
  package let deviation: Double
  package let zeroCount: Int
  package let nanCount: Int
  package let infinityCount: Int
  /// The number of all elements, finite or not.
  package let count: Int
}
