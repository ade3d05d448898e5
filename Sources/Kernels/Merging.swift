import CKernels
import Tensors

/// What becomes of two elements.
package enum ElementwiseOperation: Int32, Sendable {
  case sum, difference, product, maximum, minimum
}

extension Kernels {
  /// y = y op x, element by element.
  package static func merge(
    _ operation: ElementwiseOperation, _ x: TensorView, into y: TensorView, on workers: Workers
  ) {
    requireLike(x, y, "target")
    nnk_merge(
      code(of: x), workers.pool, operation.rawValue, x.address, y.address, x.count)
  }

  /// dx = dy where x is what was chosen, 0 elsewhere.
  package static func chosenGradient(
    _ x: TensorView, chosen y: TensorView, outputGradient dy: TensorView, into dx: TensorView,
    on workers: Workers
  ) {
    requireLike(x, y, "chosen")
    requireLike(x, dy, "output gradient")
    requireLike(x, dx, "input gradient")
    nnk_choose(
      code(of: x), workers.pool, 0, x.address, y.address, dy.address, dx.address, x.count)
  }

  /// Takes the gradient away where x was chosen, for what comes after it.
  package static func clearChosen(
    _ x: TensorView, chosen y: TensorView, in dx: TensorView, on workers: Workers
  ) {
    requireLike(x, y, "chosen")
    requireLike(x, dx, "gradient")
    nnk_choose(code(of: x), workers.pool, 1, x.address, y.address, nil, dx.address, x.count)
  }
}
