import CKernels
import Tensors

extension Kernels {
  /// target[i] = source[indices[i]], rows being along the outermost axis. Any element type;
  /// `indices` are Int32 and are checked.
  package static func gatherRows(
    of source: TensorView, at indices: TensorView, into target: TensorView, on workers: Workers
  ) {
    if target.count == 0 { return }
    precondition(
      target.elementType == source.elementType && target.rows == indices.count
        && target.rowCount == source.rowCount,
      "cannot gather \(indices.count) rows of \(source.shape) into \(target.shape)")
    let positions = checked(indices, below: source.rows)
    nnk_gather_rows(
      workers.pool, source.address, positions, indices.count,
      source.rowCount * source.elementType.byteCount, target.address)
  }

  /// target = 0, then target[indices[i]] += rows[i] in the order of i. `indices` are Int32 and are
  /// checked.
  package static func scatterAddRows(
    _ rows: TensorView, at indices: TensorView, into target: TensorView
  ) {
    target.clear()
    if rows.count == 0 { return }
    precondition(
      target.elementType == rows.elementType && rows.rows == indices.count
        && target.rowCount == rows.rowCount,
      "cannot scatter \(indices.count) rows of \(rows.shape) into \(target.shape)")
    let positions = checked(indices, below: target.rows)
    nnk_scatter_add_rows(
      code(of: rows), rows.address, positions, indices.count, rows.rowCount, target.address)
  }

  /// target[r, targetColumn + c] = source[r, sourceColumn + c] for `count` columns of every row.
  /// Any element type.
  package static func copyColumns(
    of source: TensorView, from sourceColumn: Int, count: Int, into target: TensorView,
    at targetColumn: Int
  ) {
    if source.count == 0 || count == 0 { return }
    precondition(
      source.elementType == target.elementType && source.rows == target.rows
        && sourceColumn >= 0 && targetColumn >= 0 && count >= 0
        && sourceColumn + count <= source.rowCount && targetColumn + count <= target.rowCount,
      """
      cannot copy \(count) columns at \(sourceColumn) of \(source.shape) to \(targetColumn) of \
      \(target.shape)
      """)
    guard let from = source.address, let to = target.address else { return }
    let size = source.elementType.byteCount
    nnk_copy_columns(
      from + sourceColumn * size, source.rowCount * size, to + targetColumn * size,
      target.rowCount * size, source.rows, count * size)
  }

  /// The address of indices, all of which are in `0..<bound`.
  static func checked(_ indices: TensorView, below bound: Int) -> UnsafePointer<Int32>? {
    let positions = self.indices(indices, "indices")
    let bad = nnk_first_outside(positions, indices.count, bound)
    precondition(
      bad < 0, "index \(positions.map { $0[bad] } ?? 0) at \(bad) is outside 0..<\(bound)")
    return positions
  }
}
