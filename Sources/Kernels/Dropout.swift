import CKernels
import Tensors

extension Kernels {
  /// Inverted dropout: y = x·keep / (1 - rate); the same call with gradients is its own backward
  /// pass. y may be x.
  ///
  /// Element i is kept when word i % 4 of `random.words(at: i / 4)` is at least rate·2^32: the
  /// mask is a function of the stream and need not be stored. (Srivastava et al., "Dropout: a
  /// simple way to prevent neural networks from overfitting", 2014.)
  package static func dropout(
    _ x: TensorView, rate: Double, random: RandomStream, into y: TensorView, on workers: Workers
  ) {
    precondition(rate >= 0 && rate < 1, "rate must be in 0..<1, found \(rate)")
    requireLike(x, y, "output")
    nnk_dropout(
      code(of: x), workers.pool, x.address, y.address, x.count, rate, random.seed, random.stream,
      random.step)
  }
}
