import CKernels
import Tensors

/// A function applied to every element.
package enum ElementwiseFunction: Int32, Sendable, CaseIterable {
  case identity, sigmoid, tanh, relu
  /// x, or slope·x below 0.
  case leakyReLU
  /// x, or slope·(exp(x) - 1) below 0.
  case elu
  /// Klambauer et al., "Self-normalizing neural networks", 2017.
  case selu
  /// x·sigmoid(x).
  case silu
  /// x·Φ(x), Φ the normal distribution function (Hendrycks and Gimpel, 2016).
  case gelu
  /// The approximation of `gelu` by the hyperbolic tangent, from the same paper.
  case geluTanh
  /// log(1 + exp(x)).
  case softplus
  /// slope·x + 0.5, into 0 to 1.
  case hardSigmoid
  /// x·(x + 3, into 0 to 6) / 6 (Howard et al., 2019).
  case hardSwish
  /// x, into 0 to 6.
  case relu6
  /// x / (1 + |x|).
  case softsign
  case exponential
  /// x·tanh(log(1 + exp(x))) (Misra, 2019).
  case mish

  /// Whether the gradient is computed from the input. Otherwise the output is enough, and the
  /// function may have been applied in place.
  package var usesInput: Bool {
    switch self {
    case .silu, .gelu, .geluTanh, .softplus, .hardSwish, .mish: true
    case .identity, .sigmoid, .tanh, .relu, .leakyReLU, .elu, .selu, .hardSigmoid, .relu6,
      .softsign, .exponential:
      false
    }
  }
}

extension Kernels {
  /// y = f(x). y may be x.
  ///
  /// - Parameter slope: the leaky ReLU's slope below 0, the ELU's alpha; else without meaning.
  package static func activate(
    _ f: ElementwiseFunction, slope: Double, _ x: TensorView, into y: TensorView,
    on workers: Workers
  ) {
    requireLike(x, y, "output")
    nnk_activate(
      code(of: x), workers.pool, f.rawValue, slope, x.address, y.address, x.count)
  }

  /// dx = dy·f'(x), computed from y alone unless the function ``ElementwiseFunction/usesInput``.
  ///
  /// `inputGradient` may be `outputGradient`. For the leaky ReLU and the ELU the slope must be
  /// positive: then the sign of y tells the sign of x.
  package static func activationGradient(
    _ f: ElementwiseFunction, slope: Double, input x: TensorView, output y: TensorView,
    outputGradient: TensorView, into inputGradient: TensorView, on workers: Workers
  ) {
    if f.usesInput { requireLike(inputGradient, x, "input") }
    requireLike(inputGradient, y, "output")
    requireLike(inputGradient, outputGradient, "output gradient")
    nnk_activation_gradient(
      code(of: inputGradient), workers.pool, f.rawValue, slope, x.address, y.address,
      outputGradient.address, inputGradient.address, inputGradient.count)
  }

  /// Softmax over the last axis: y = exp(x) / Σ exp(x). y may be x.
  package static func softmax(_ x: TensorView, into y: TensorView, on workers: Workers) {
    requireLike(x, y, "output")
    let columns = x.shape.last
    if x.count == 0 { return }
    nnk_softmax(code(of: x), workers.pool, x.address, y.address, x.count / columns, columns)
  }

  /// dx = y·(dy - Σ y·dy) over the last axis. `inputGradient` may be `outputGradient`.
  package static func softmaxGradient(
    output y: TensorView, outputGradient: TensorView, into inputGradient: TensorView,
    on workers: Workers
  ) {
    requireLike(y, outputGradient, "output gradient")
    requireLike(y, inputGradient, "input gradient")
    let columns = y.shape.last
    if y.count == 0 { return }
    nnk_softmax_gradient(
      code(of: y), workers.pool, y.address, outputGradient.address, inputGradient.address,
      y.count / columns, columns)
  }
}
