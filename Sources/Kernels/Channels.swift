import CKernels
import Tensors

// Loops over tensors whose last axis are channels.
extension Kernels {
  /// y = scale · x + shift, one of each per channel. y may be x.
  package static func scaleChannels(
    _ x: TensorView, by scale: TensorView, shift: TensorView? = nil, into y: TensorView,
    on workers: Workers
  ) {
    let channels = scale.count
    if x.count == 0 { return }
    requireLike(x, y, "output")
    require(shift, count: channels, type: x.elementType, "shift")
    precondition(x.count % channels == 0 && scale.elementType == x.elementType, "no such channels")
    nnk_scale_channels(
      code(of: x), workers.pool, x.address, scale.address, shift?.address, y.address,
      x.count / channels, channels)
  }

  /// y = x where x > 0, else slope · x, one slope per channel (He et al., 2015).
  package static func prelu(
    _ x: TensorView, slope: TensorView, into y: TensorView, on workers: Workers
  ) {
    if x.count == 0 { return }
    requireLike(x, y, "output")
    precondition(x.count % slope.count == 0 && slope.elementType == x.elementType, "no such slopes")
    nnk_prelu(
      code(of: x), workers.pool, x.address, slope.address, y.address, x.count / slope.count,
      slope.count)
  }

  /// The gradients of ``prelu(_:slope:into:on:)``; those that are nil are not wanted.
  package static func preluGradient(
    _ x: TensorView, slope: TensorView, outputGradient: TensorView, slopeGradient: TensorView?,
    into inputGradient: TensorView?, on workers: Workers
  ) {
    if x.count == 0 { return }
    requireLike(x, outputGradient, "output gradient")
    requireLike(x, inputGradient, "input gradient")
    requireLike(slope, slopeGradient, "slope gradient")
    precondition(x.count % slope.count == 0 && slope.elementType == x.elementType, "no such slopes")
    nnk_prelu_gradient(
      code(of: x), workers.pool, x.address, slope.address, outputGradient.address,
      inputGradient?.address, slopeGradient?.address, x.count / slope.count, slope.count)
  }

  /// Normalises each example over all positions and each of some runs of channels (Wu and He, 2018).
  ///
  /// - Parameters:
  ///   - x: `[examples, …, channels]`. y may be x.
  ///   - mean: filled, `[examples, groups]`; so is `inverseDeviation`.
  package static func groupNormalize(
    _ x: TensorView, groups: Int, scale: TensorView?, shift: TensorView?, epsilon: Double,
    mean: TensorView, inverseDeviation: TensorView, into y: TensorView, on workers: Workers
  ) {
    if x.count == 0 { return }
    let (examples, positions, channels) = extents(x, groups: groups, mean, inverseDeviation)
    requireLike(x, y, "output")
    require(scale, count: channels, type: x.elementType, "scale")
    require(shift, count: channels, type: x.elementType, "shift")
    nnk_group_normalize(
      code(of: x), workers.pool, x.address, scale?.address, shift?.address, epsilon, mean.address,
      inverseDeviation.address, y.address, examples, positions, channels, groups)
  }

  /// The gradients of group normalisation; those that are nil are not wanted.
  package static func groupNormalizeGradient(
    _ x: TensorView, groups: Int, scale: TensorView?, mean: TensorView,
    inverseDeviation: TensorView, outputGradient: TensorView, scaleGradient: TensorView?,
    shiftGradient: TensorView?, into inputGradient: TensorView?, on workers: Workers
  ) {
    if x.count == 0 { return }
    let (examples, positions, channels) = extents(x, groups: groups, mean, inverseDeviation)
    requireLike(x, outputGradient, "output gradient")
    requireLike(x, inputGradient, "input gradient")
    require(scale, count: channels, type: x.elementType, "scale")
    require(scaleGradient, count: channels, type: x.elementType, "scale gradient")
    require(shiftGradient, count: channels, type: x.elementType, "shift gradient")
    nnk_group_normalize_gradient(
      code(of: x), workers.pool, x.address, scale?.address, mean.address,
      inverseDeviation.address, outputGradient.address, scaleGradient?.address,
      shiftGradient?.address, inputGradient?.address, examples, positions, channels, groups)
  }

  private static func extents(
    _ x: TensorView, groups: Int, _ mean: TensorView, _ inverse: TensorView
  ) -> (examples: Int, positions: Int, channels: Int) {
    let (examples, channels) = (x.rows, x.shape.last)
    precondition(groups > 0 && channels % groups == 0, "\(channels) channels in \(groups) groups")
    require(mean, count: examples * groups, type: x.elementType, "mean")
    require(inverse, count: examples * groups, type: x.elementType, "inverse deviation")
    return (examples, x.rowCount / channels, channels)
  }

  /// y = x / √(mean of x² + epsilon) · scale over the last axis (Zhang and Sennrich, 2019).
  package static func rmsNormalize(
    _ x: TensorView, scale: TensorView?, epsilon: Double, inverse: TensorView, into y: TensorView,
    on workers: Workers
  ) {
    let channels = x.shape.last
    if x.count == 0 { return }
    requireLike(x, y, "output")
    require(scale, count: channels, type: x.elementType, "scale")
    require(inverse, count: x.count / channels, type: x.elementType, "inverse")
    nnk_rms_normalize(
      code(of: x), workers.pool, x.address, scale?.address, epsilon, inverse.address, y.address,
      x.count / channels, channels)
  }

  /// The gradients of RMS normalisation; those that are nil are not wanted.
  package static func rmsNormalizeGradient(
    _ x: TensorView, scale: TensorView?, inverse: TensorView, outputGradient: TensorView,
    scaleGradient: TensorView?, into inputGradient: TensorView?, on workers: Workers
  ) {
    let channels = x.shape.last
    if x.count == 0 { return }
    requireLike(x, outputGradient, "output gradient")
    requireLike(x, inputGradient, "input gradient")
    require(scale, count: channels, type: x.elementType, "scale")
    require(scaleGradient, count: channels, type: x.elementType, "scale gradient")
    require(inverse, count: x.count / channels, type: x.elementType, "inverse")
    nnk_rms_normalize_gradient(
      code(of: x), workers.pool, x.address, scale?.address, inverse.address,
      outputGradient.address, scaleGradient?.address, inputGradient?.address, x.count / channels,
      channels)
  }
}
