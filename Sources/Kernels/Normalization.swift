import CKernels
import Tensors

// Batch normalization: Ioffe and Szegedy, "Batch normalization: accelerating deep network training
// by reducing internal covariate shift", 2015. Features are the last axis; all other axes together
// are the rows that are averaged over. `scale` and `shift` have one element per feature and are 1
// and 0 where absent; `mean`, `variance` and `inverseDeviation` likewise have one per feature.
extension Kernels {
  /// In training: y = (x - mean)·inverseDeviation·scale + shift, with the batch's own mean and
  /// 1/√(variance + epsilon), which are saved. The variance is the biased one. y may be x.
  package static func batchNormalize(
    _ x: TensorView, scale: TensorView?, shift: TensorView?, epsilon: Double, mean: TensorView,
    inverseDeviation: TensorView, into y: TensorView, on workers: Workers
  ) {
    let features = x.shape.last
    if x.count == 0 { return }
    requireLike(x, y, "output")
    requireFeatures(scale, x)
    requireFeatures(shift, x)
    requireFeatures(mean, x)
    requireFeatures(inverseDeviation, x)
    nnk_batch_normalize(
      code(of: x), workers.pool, x.address, scale?.address, shift?.address, epsilon, mean.address,
      inverseDeviation.address, y.address, x.count / features, features)
  }

  /// Moves running statistics: running = momentum·running + (1 - momentum)·batch.
  ///
  /// - Parameter unbiased: whether the batch's variance is multiplied by n / (n - 1), n rows.
  package static func updateRunning(
    mean: TensorView, inverseDeviation: TensorView, rowCount: Int, epsilon: Double,
    momentum: Double, unbiased: Bool, runningMean: TensorView, runningVariance: TensorView
  ) {
    requireLike(mean, inverseDeviation, "inverse deviation")
    requireLike(mean, runningMean, "running mean")
    requireLike(mean, runningVariance, "running variance")
    nnk_update_running(
      code(of: mean), mean.address, inverseDeviation.address, rowCount, epsilon, momentum,
      unbiased ? 1 : 0, runningMean.address, runningVariance.address, mean.count)
  }

  /// In inference: y = (x - mean) / √(variance + epsilon)·scale + shift. y may be x.
  package static func normalize(
    _ x: TensorView, scale: TensorView?, shift: TensorView?, mean: TensorView,
    variance: TensorView, epsilon: Double, into y: TensorView, on workers: Workers
  ) {
    let features = x.shape.last
    if x.count == 0 { return }
    requireLike(x, y, "output")
    requireFeatures(scale, x)
    requireFeatures(shift, x)
    requireFeatures(mean, x)
    requireFeatures(variance, x)
    nnk_normalize(
      code(of: x), workers.pool, x.address, scale?.address, shift?.address, mean.address,
      variance.address, epsilon, y.address, x.count / features, features)
  }

  /// The gradients of ``batchNormalize(_:scale:shift:epsilon:mean:inverseDeviation:into:on:)``;
  /// those that are nil are not wanted. `inputGradient` may be `outputGradient`.
  package static func batchNormalizeGradient(
    _ x: TensorView, scale: TensorView?, mean: TensorView, inverseDeviation: TensorView,
    outputGradient: TensorView, scaleGradient: TensorView?, shiftGradient: TensorView?,
    into inputGradient: TensorView?, on workers: Workers
  ) {
    let features = x.shape.last
    if x.count == 0 { return }
    requireLike(x, outputGradient, "output gradient")
    requireLike(x, inputGradient, "input gradient")
    requireFeatures(scale, x)
    requireFeatures(mean, x)
    requireFeatures(inverseDeviation, x)
    requireFeatures(scaleGradient, x)
    requireFeatures(shiftGradient, x)
    nnk_batch_normalize_gradient(
      code(of: x), workers.pool, x.address, scale?.address, mean.address,
      inverseDeviation.address, outputGradient.address, scaleGradient?.address,
      shiftGradient?.address, inputGradient?.address, x.count / features, features)
  }

  private static func requireFeatures(_ view: TensorView?, _ x: TensorView) {
    require(view, count: x.shape.last, type: x.elementType, "one element per feature")
  }
}

// Layer normalization: Ba, Kiros and Hinton, "Layer normalization", 2016. Each group of `features`
// consecutive elements has its own mean and deviation; `scale` and `shift` have one element per
// feature and are 1 and 0 where absent.
extension Kernels {
  /// y = (x - mean)·inverseDeviation·scale + shift in every group. `mean` and `inverseDeviation`
  /// receive one element per group. y may be x.
  package static func layerNormalize(
    _ x: TensorView, groupCount features: Int, scale: TensorView?, shift: TensorView?,
    epsilon: Double, mean: TensorView, inverseDeviation: TensorView, into y: TensorView,
    on workers: Workers
  ) {
    if x.count == 0 { return }
    let groups = groupCount(of: x, features: features)
    requireLike(x, y, "output")
    require(scale, count: features, type: x.elementType, "scale")
    require(shift, count: features, type: x.elementType, "shift")
    require(mean, count: groups, type: x.elementType, "mean")
    require(inverseDeviation, count: groups, type: x.elementType, "inverse deviation")
    nnk_layer_normalize(
      code(of: x), workers.pool, x.address, scale?.address, shift?.address, epsilon, mean.address,
      inverseDeviation.address, y.address, groups, features)
  }

  /// The gradients of layer normalization; those that are nil are not wanted. `inputGradient` may
  /// be `outputGradient`.
  package static func layerNormalizeGradient(
    _ x: TensorView, groupCount features: Int, scale: TensorView?, mean: TensorView,
    inverseDeviation: TensorView, outputGradient: TensorView, scaleGradient: TensorView?,
    shiftGradient: TensorView?, into inputGradient: TensorView?, on workers: Workers
  ) {
    if x.count == 0 { return }
    let groups = groupCount(of: x, features: features)
    requireLike(x, outputGradient, "output gradient")
    requireLike(x, inputGradient, "input gradient")
    require(scale, count: features, type: x.elementType, "scale")
    require(scaleGradient, count: features, type: x.elementType, "scale gradient")
    require(shiftGradient, count: features, type: x.elementType, "shift gradient")
    require(mean, count: groups, type: x.elementType, "mean")
    require(inverseDeviation, count: groups, type: x.elementType, "inverse deviation")
    nnk_layer_normalize_gradient(
      code(of: x), workers.pool, x.address, scale?.address, mean.address,
      inverseDeviation.address, outputGradient.address, scaleGradient?.address,
      shiftGradient?.address, inputGradient?.address, groups, features)
  }

  private static func groupCount(of x: TensorView, features: Int) -> Int {
    precondition(
      features > 0 && x.count % features == 0,
      "cannot cut \(x.shape) into groups of \(features)")
    return x.count / features
  }
}
