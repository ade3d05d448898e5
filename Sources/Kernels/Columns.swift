import CKernels
import Tensors

extension Kernels {
  /// Adds a bias to every row: y[r, c] += bias[c], with as many columns as y's last axis.
  package static func addBias(
    _ bias: TensorView, to y: TensorView, on workers: Workers
  ) {
    let columns = y.shape.last
    if y.count == 0 { return }
    require(bias, count: columns, type: y.elementType, "bias")
    nnk_add_bias(
      code(of: y), workers.pool, bias.address, y.address, y.count / columns, columns)
  }

  /// Sums over rows: sums[c] = Σ x[r, c], x seen as rows of `sums.count` elements.
  package static func sumRows(
    of x: TensorView, into sums: TensorView, on workers: Workers
  ) {
    let columns = sums.count
    if columns == 0 { return }
    precondition(
      x.count % columns == 0 && x.elementType == sums.elementType,
      "cannot sum the rows of \(x.shape) into \(sums.shape)")
    nnk_sum_rows(
      code(of: x), workers.pool, x.address, sums.address, x.count / columns, columns)
  }
}
