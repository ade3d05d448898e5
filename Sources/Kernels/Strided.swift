import CKernels
import Tensors

/// A way through the elements of two dense blocks, axis by axis, the first one outermost.
///
/// Held inline, so that a layer can make one for every batch.
package struct StridedWalk {
  private(set) var rank = 0
  fileprivate var extents = SIMD16<Int>(repeating: 1)
  fileprivate var sourceStrides = SIMD16<Int>(repeating: 0)
  fileprivate var targetStrides = SIMD16<Int>(repeating: 0)

  /// A walk that visits one element.
  package init() {}

  /// Adds an axis inside of all others.
  ///
  /// - Parameters:
  ///   - extent: how many places it has.
  ///   - sourceStride: how many elements apart they are in the source; 0 or more.
  ///   - targetStride: the same in the target.
  package mutating func append(_ extent: Int, sourceStride: Int, targetStride: Int) {
    precondition(rank < SIMD16<Int>.scalarCount, "a walk has at most 16 axes")
    precondition(
      extent >= 0 && sourceStride >= 0 && targetStride >= 0, "a walk only goes forward")
    extents[rank] = extent
    sourceStrides[rank] = sourceStride
    targetStrides[rank] = targetStride
    rank += 1
  }

  /// The same way with source and target exchanged.
  package var reversed: StridedWalk {
    var walk = self
    swap(&walk.sourceStrides, &walk.targetStrides)
    return walk
  }

  /// How far the last element is behind the first; nil where nothing is visited.
  fileprivate func reach(_ strides: SIMD16<Int>) -> Int? {
    var reach = 0
    for axis in 0..<rank {
      if extents[axis] == 0 { return nil }
      reach += (extents[axis] - 1) * strides[axis]
    }
    return reach
  }

  fileprivate func check(
    _ view: TensorView, _ strides: SIMD16<Int>, offset: Int, _ name: StaticString
  ) {
    guard let reach = reach(strides) else { return }
    precondition(
      offset >= 0 && offset + reach < view.count,
      "\(name): element \(offset + reach) is outside a view of \(view.count)")
  }
}

extension Kernels {
  /// Copies elements along a walk. Elements of 4 or 8 bytes; places in the target are all different.
  package static func copy(
    _ source: TensorView, from sourceOffset: Int = 0, into target: TensorView,
    at targetOffset: Int = 0, along walk: StridedWalk, on workers: Workers
  ) {
    let size = source.elementType.byteCount
    precondition(
      source.elementType == target.elementType && (size == 4 || size == 8),
      "cannot copy \(source.elementType) into \(target.elementType) along a walk")
    run(source, sourceOffset, target, targetOffset, walk) { from, to, rank, extents, ss, ts in
      nnk_copy_strided(workers.pool, size, rank, extents, from, ss, to, ts)
    }
  }

  /// Adds elements to others along a walk: float32 or float64. Places in the target may be equal, but
  /// not those of different steps along the first axis.
  package static func add(
    _ source: TensorView, from sourceOffset: Int = 0, to target: TensorView,
    at targetOffset: Int = 0, along walk: StridedWalk, on workers: Workers
  ) {
    precondition(
      source.elementType == target.elementType,
      "cannot add \(source.elementType) to \(target.elementType)")
    let type = code(of: source)
    run(source, sourceOffset, target, targetOffset, walk) { from, to, rank, extents, ss, ts in
      nnk_add_strided(type, workers.pool, rank, extents, from, ss, to, ts)
    }
  }

  private static func run(
    _ source: TensorView, _ sourceOffset: Int, _ target: TensorView, _ targetOffset: Int,
    _ walk: StridedWalk,
    _ body: (
      UnsafeRawPointer, UnsafeMutableRawPointer, CInt, UnsafePointer<Int>, UnsafePointer<Int>,
      UnsafePointer<Int>
    ) -> Void
  ) {
    walk.check(source, walk.sourceStrides, offset: sourceOffset, "source")
    walk.check(target, walk.targetStrides, offset: targetOffset, "target")
    guard let from = source.address, let to = target.address else { return }
    let size = source.elementType.byteCount
    // The loops want an axis to share out and one to run along.
    let rank = CInt(max(walk.rank, 2))
    withUnsafeBytes(of: walk.extents) { extents in
      withUnsafeBytes(of: walk.sourceStrides) { sourceStrides in
        withUnsafeBytes(of: walk.targetStrides) { targetStrides in
          guard let extents = extents.assumingMemoryBound(to: Int.self).baseAddress,
            let ss = sourceStrides.assumingMemoryBound(to: Int.self).baseAddress,
            let ts = targetStrides.assumingMemoryBound(to: Int.self).baseAddress
          else { return }
          body(from + sourceOffset * size, to + targetOffset * size, rank, extents, ss, ts)
        }
      }
    }
  }
}
