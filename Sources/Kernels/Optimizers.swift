import CKernels
import Tensors

// Steps of optimizers, in place, by the update rules of PyTorch. The gradient is multiplied by
// `gradientScale` first; weight decay then adds weightDecay·p to it.
extension Kernels {
  /// Stochastic gradient descent: v = momentum·v + g, p -= learningRate·v, or with Nesterov's
  /// look ahead p -= learningRate·(g + momentum·v). On the first step v = g. Without velocity
  /// p -= learningRate·g.
  package static func sgd(
    _ p: TensorView, gradient: TensorView, velocity: TensorView?, learningRate: Double,
    momentum: Double, nesterov: Bool, isFirstStep: Bool, weightDecay: Double,
    gradientScale: Double, on workers: Workers
  ) {
    requireLike(p, gradient, "gradient")
    requireLike(p, velocity, "velocity")
    nnk_sgd(
      code(of: p), workers.pool, p.address, gradient.address, velocity?.address, learningRate,
      momentum, nesterov ? 1 : 0, isFirstStep ? 1 : 0, weightDecay, gradientScale, p.count)
  }

  /// AdaGrad: s += g², p -= learningRate·g / (√s + epsilon) (Duchi, Hazan and Singer, 2011).
  package static func adaGrad(
    _ p: TensorView, gradient: TensorView, sumOfSquares: TensorView, learningRate: Double,
    epsilon: Double, weightDecay: Double, gradientScale: Double, on workers: Workers
  ) {
    requireLike(p, gradient, "gradient")
    requireLike(p, sumOfSquares, "sum of squares")
    nnk_adagrad(
      code(of: p), workers.pool, p.address, gradient.address, sumOfSquares.address, learningRate,
      epsilon, weightDecay, gradientScale, p.count)
  }

  /// RMSprop: s = decay·s + (1 - decay)·g², d = g / (√s + epsilon), then p -= learningRate·d, or
  /// with velocity v = momentum·v + d, p -= learningRate·v (Tieleman and Hinton, 2012).
  package static func rmsProp(
    _ p: TensorView, gradient: TensorView, meanSquare: TensorView, velocity: TensorView?,
    learningRate: Double, decay: Double, epsilon: Double, momentum: Double, weightDecay: Double,
    gradientScale: Double, on workers: Workers
  ) {
    requireLike(p, gradient, "gradient")
    requireLike(p, meanSquare, "mean square")
    requireLike(p, velocity, "velocity")
    nnk_rmsprop(
      code(of: p), workers.pool, p.address, gradient.address, meanSquare.address,
      velocity?.address, learningRate, decay, epsilon, momentum, weightDecay, gradientScale,
      p.count)
  }

  /// Adam (Kingma and Ba, 2015), or with `isDecoupled` AdamW (Loshchilov and Hutter, 2019), where
  /// p shrinks by learningRate·weightDecay instead of weight decay joining the gradient.
  ///
  /// - Parameter step: the number of this step, beginning with 1.
  package static func adam(
    _ p: TensorView, gradient: TensorView, firstMoment: TensorView, secondMoment: TensorView,
    learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, step: Int,
    weightDecay: Double, isDecoupled: Bool, gradientScale: Double, on workers: Workers
  ) {
    precondition(step > 0, "steps count from 1, found \(step)")
    requireLike(p, gradient, "gradient")
    requireLike(p, firstMoment, "first moment")
    requireLike(p, secondMoment, "second moment")
    nnk_adam(
      code(of: p), workers.pool, p.address, gradient.address, firstMoment.address,
      secondMoment.address, learningRate, beta1, beta2, epsilon, step, weightDecay,
      isDecoupled ? 1 : 0, gradientScale, p.count)
  }
}
