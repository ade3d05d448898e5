import CKernels
import Tensors

extension Kernels {
  /// How the elements of a view differ from those of another of as many, in one pass on this thread.
  ///
  /// Each view may be of any type: numbers are widened to double. Two NaN are equal, and so are 0 and
  /// -0.
  package static func difference(of x: TensorView, from y: TensorView) -> VectorDifference {
    precondition(x.count == y.count, "expected \(x.count) elements, found \(y.count)")
    let found = nnk_difference_of(
      elementCode(of: x.elementType), x.address, elementCode(of: y.elementType), y.address,
      x.count)
    return VectorDifference(
      largest: found.largest, place: found.place < 0 ? nil : found.place,
      largestMagnitudes: (found.largest_x, found.largest_y), squares: found.squares,
      squaresOfParts: (found.squares_x, found.squares_y), products: found.products,
      differentCount: found.different, unmatchedCount: found.unmatched, count: x.count)
  }

  /// The C loops' code for any type.
  static func elementCode(of type: ElementType) -> Int32 {
    let code =
      switch type {
      case .float32: NNK_FLOAT32
      case .float64: NNK_FLOAT64
      case .float16: NNK_FLOAT16
      case .bfloat16: NNK_BFLOAT16
      case .int8: NNK_INT8
      case .int16: NNK_INT16
      case .int32: NNK_INT32
      case .int64: NNK_INT64
      case .uint8, .bool: NNK_UINT8
      case .uint16: NNK_UINT16
      case .uint32: NNK_UINT32
      case .uint64: NNK_UINT64
      }
    return Int32(code)
  }
}

/// How two vectors differ. Sums and largest values are of the pairs in which both are finite.
package struct VectorDifference: Sendable {
  /// The largest |x - y|.
  package private(set) var largest: Double
  /// The first place where that is; nil where no finite pair differs.
  package private(set) var place: Int?
  /// The largest |x| and the largest |y|.
  package private(set) var largestMagnitudes: (x: Double, y: Double)
  /// Σ (x - y)².
  package private(set) var squares: Double
  /// Σ x² and Σ y².
  package private(set) var squaresOfParts: (x: Double, y: Double)
  /// Σ x·y.
  package private(set) var products: Double
  /// The pairs that are not equal.
  package private(set) var differentCount: Int
  /// Those of them in which one is NaN or infinite.
  package private(set) var unmatchedCount: Int
  /// The number of all pairs.
  package private(set) var count: Int
}

extension VectorDifference {
  /// Vectors of no elements.
  package init() {
    self.init(
      largest: 0, place: nil, largestMagnitudes: (0, 0), squares: 0, squaresOfParts: (0, 0),
      products: 0, differentCount: 0, unmatchedCount: 0, count: 0)
  }

  /// The size of the larger of the two: what a difference is small or large beside.
  package var scale: Double { max(largestMagnitudes.x, largestMagnitudes.y) }

  /// The norm of the difference beside the larger norm of the two, 0 for equal vectors; at most 2.
  package var relativeNorm: Double {
    let norm = max(squaresOfParts.x, squaresOfParts.y)
    return norm > 0 ? (squares / norm).squareRoot() : 0
  }

  /// The cosine of the angle between the two; nil where one of them is zero.
  package var cosine: Double? {
    let norms = squaresOfParts.x.squareRoot() * squaresOfParts.y.squareRoot()
    return norms > 0 && norms.isFinite ? min(max(products / norms, -1), 1) : nil
  }

  /// Takes in the difference of what stands behind these elements.
  package mutating func append(_ next: VectorDifference) {
    if next.largest > largest, let place = next.place {
      largest = next.largest
      self.place = count + place
    }
    largestMagnitudes.x = max(largestMagnitudes.x, next.largestMagnitudes.x)
    largestMagnitudes.y = max(largestMagnitudes.y, next.largestMagnitudes.y)
    squares += next.squares
    squaresOfParts.x += next.squaresOfParts.x
    squaresOfParts.y += next.squaresOfParts.y
    products += next.products
    differentCount += next.differentCount
    unmatchedCount += next.unmatchedCount
    count += next.count
  }
}
