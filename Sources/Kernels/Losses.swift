import CKernels
import Tensors

/// A loss of the difference e between prediction and target.
package enum RegressionLoss: Int32, Sendable, CaseIterable {
  /// e².
  case squared
  /// |e|.
  case absolute
  /// e²/2 up to |e| = δ, then δ·(|e| - δ/2) (Huber, 1964).
  case huber
  /// e²/(2β) up to |e| = β, then |e| - β/2, as in PyTorch.
  case smoothL1
}

// Every loss returns the sum of the rows' losses, each times its row weight, and sets the gradient,
// where one is wanted, to `scale` times the gradient of that sum. Rows are along the outermost
// axis; labels are Int32 and are checked. The gradient may be the predictions or logits.
extension Kernels {
  /// The sum over all elements.
  ///
  /// - Parameter parameter: Huber's δ, smooth L1's β; else without meaning.
  package static func regressionLoss(
    _ kind: RegressionLoss, parameter: Double, predictions: TensorView, targets: TensorView,
    rowWeights: TensorView?, scale: Double, gradient: TensorView?, on workers: Workers
  ) -> Double {
    requireLike(predictions, targets, "targets")
    requireRows(predictions, rowWeights, gradient)
    return nnk_regression_loss(
      code(of: predictions), workers.pool, kind.rawValue, parameter, predictions.address,
      targets.address, rowWeights?.address, scale, gradient?.address, predictions.rows,
      predictions.rowCount)
  }

  /// Softmax cross-entropy from logits. With p the softmax of a row, y its label, K classes and ε
  /// the smoothing, a row's loss is (1-ε)·w[y]·(-log p[y]) + ε/K·Σ w[c]·(-log p[c]), as PyTorch's.
  package static func crossEntropy(
    logits: TensorView, labels: TensorView, classWeights: TensorView?, rowWeights: TensorView?,
    smoothing: Double, scale: Double, gradient: TensorView?, on workers: Workers
  ) -> Double {
    if logits.count == 0 { return 0 }
    requireRows(logits, rowWeights, gradient)
    let labels = checkedLabels(labels, logits, classWeights)
    return nnk_cross_entropy(
      code(of: logits), workers.pool, logits.address, labels, classWeights?.address,
      rowWeights?.address, smoothing, scale, gradient?.address, logits.rows, logits.rowCount)
  }

  /// Σ w[y]·row weight: what a sum of cross-entropies is divided by for their mean, as PyTorch's.
  package static func crossEntropyWeight(
    labels: TensorView, classWeights: TensorView?, rowWeights: TensorView?
  ) -> Double {
    guard let weights = classWeights ?? rowWeights else { return Double(labels.count) }
    require(rowWeights, count: labels.count, type: weights.elementType, "row weights")
    let positions = checked(labels, below: classWeights?.count ?? .max)
    return nnk_cross_entropy_weight(
      code(of: weights), positions, classWeights?.address, rowWeights?.address, labels.count)
  }

  /// Binary cross-entropy from logits, each element its own yes or no, targets being in 0...1:
  /// (1 - t)·x + (1 + (positiveWeight - 1)·t)·log(1 + exp(-x)), as PyTorch's.
  package static func binaryCrossEntropy(
    logits: TensorView, targets: TensorView, positiveWeight: Double, rowWeights: TensorView?,
    scale: Double, gradient: TensorView?, on workers: Workers
  ) -> Double {
    requireLike(logits, targets, "targets")
    requireRows(logits, rowWeights, gradient)
    return nnk_binary_cross_entropy(
      code(of: logits), workers.pool, logits.address, targets.address, positiveWeight,
      rowWeights?.address, scale, gradient?.address, logits.rows, logits.rowCount)
  }

  /// The focal loss over classes: -w[y]·(1 - p[y])^γ·log p[y] (Lin et al., "Focal loss for dense
  /// object detection", 2017).
  package static func focal(
    logits: TensorView, labels: TensorView, gamma: Double, classWeights: TensorView?,
    rowWeights: TensorView?, scale: Double, gradient: TensorView?, on workers: Workers
  ) -> Double {
    if logits.count == 0 { return 0 }
    requireRows(logits, rowWeights, gradient)
    let labels = checkedLabels(labels, logits, classWeights)
    return nnk_focal(
      code(of: logits), workers.pool, logits.address, labels, gamma, classWeights?.address,
      rowWeights?.address, scale, gradient?.address, logits.rows, logits.rowCount)
  }

  /// The focal loss of single yes or no answers, as torchvision's `sigmoid_focal_loss`.
  ///
  /// - Parameter alpha: the weight of a yes, 1 - alpha that of a no; negative for no weights.
  package static func binaryFocal(
    logits: TensorView, targets: TensorView, gamma: Double, alpha: Double,
    rowWeights: TensorView?, scale: Double, gradient: TensorView?, on workers: Workers
  ) -> Double {
    requireLike(logits, targets, "targets")
    requireRows(logits, rowWeights, gradient)
    return nnk_binary_focal(
      code(of: logits), workers.pool, logits.address, targets.address, gamma, alpha,
      rowWeights?.address, scale, gradient?.address, logits.rows, logits.rowCount)
  }

  private static func requireRows(
    _ predictions: TensorView, _ rowWeights: TensorView?, _ gradient: TensorView?
  ) {
    requireLike(predictions, gradient, "gradient")
    require(
      rowWeights, count: predictions.rows, type: predictions.elementType, "row weights")
  }

  private static func checkedLabels(
    _ labels: TensorView, _ logits: TensorView, _ classWeights: TensorView?
  ) -> UnsafePointer<Int32>? {
    precondition(
      labels.count == logits.rows, "expected \(logits.rows) labels, found \(labels.count)")
    require(
      classWeights, count: logits.rowCount, type: logits.elementType, "class weights")
    return checked(labels, below: logits.rowCount)
  }
}
