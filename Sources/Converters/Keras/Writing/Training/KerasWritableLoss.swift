import Training

/// A loss that Keras has too.
protocol KerasWritableLoss: Loss {
  /// The loss of Keras on predictions, and what its weight is multiplied with.
  ///
  /// - Parameters:
  ///   - subject: what the loss is called in the report.
  ///   - extent: by how much predictions and targets are larger in Keras.
  /// - Throws: ``ConversionError`` for options that Keras does not have.
  func keras(
    _ subject: String, extent: Double, log: inout ConversionLog
  ) throws -> WrittenKerasLoss
}

/// A loss of Keras.
struct WrittenKerasLoss {
  var className: String
  var options: [WrittenKerasValue.Member] = []
  /// What the loss is multiplied with.
  var factor = 1.0
  /// What Keras measures besides.
  var metric: String

  /// The loss in a configuration.
  var value: WrittenKerasValue {
    .keras(
      "keras.losses", className, [.init("reduction", "sum_over_batch_size")] + options)
  }
}

extension MeanSquaredError: KerasWritableLoss {
  func keras(
    _ subject: String, extent: Double, log: inout ConversionLog
  ) throws -> WrittenKerasLoss {
    WrittenKerasLoss(
      className: "MeanSquaredError", factor: 1 / (extent * extent), metric: "mean_absolute_error")
  }
}

extension MeanAbsoluteError: KerasWritableLoss {
  func keras(
    _ subject: String, extent: Double, log: inout ConversionLog
  ) throws -> WrittenKerasLoss {
    WrittenKerasLoss(
      className: "MeanAbsoluteError", factor: 1 / extent, metric: "mean_absolute_error")
  }
}

extension Huber: KerasWritableLoss {
  func keras(
    _ subject: String, extent: Double, log: inout ConversionLog
  ) throws -> WrittenKerasLoss {
    WrittenKerasLoss(
      className: "Huber", options: [.init("delta", .number(delta * extent))],
      factor: 1 / (extent * extent), metric: "mean_absolute_error")
  }
}

extension SmoothL1: KerasWritableLoss {
  func keras(
    _ subject: String, extent: Double, log: inout ConversionLog
  ) throws -> WrittenKerasLoss {
    // ½ e² / β and |e| − ½ β are those of Huber with δ = β, divided by β.
    log.change(subject, "Huber with delta \(beta), and its weight divided by \(beta)")
    return WrittenKerasLoss(
      className: "Huber", options: [.init("delta", .number(beta * extent))],
      factor: 1 / (beta * extent * extent),
      metric: "mean_absolute_error")
  }
}

extension CrossEntropy: KerasWritableLoss {
  func keras(
    _ subject: String, extent: Double, log: inout ConversionLog
  ) throws -> WrittenKerasLoss {
    if labelSmoothing != 0 {
      try log.lose(
        subject, "Keras smooths labels only where they are given as one number for every class")
    }
    return WrittenKerasLoss(
      className: "SparseCategoricalCrossentropy", options: [.init("from_logits", false)],
      metric: "sparse_categorical_accuracy")
  }
}

extension Focal: KerasWritableLoss {
  func keras(
    _ subject: String, extent: Double, log: inout ConversionLog
  ) throws -> WrittenKerasLoss {
    try log.lose(
      subject, "Keras has no focal loss of class indices; the cross-entropy takes its place")
    return WrittenKerasLoss(
      className: "SparseCategoricalCrossentropy", options: [.init("from_logits", false)],
      metric: "sparse_categorical_accuracy")
  }
}

extension BinaryCrossEntropy: KerasWritableLoss {
  func keras(
    _ subject: String, extent: Double, log: inout ConversionLog
  ) throws -> WrittenKerasLoss {
    if positiveWeight != 1 {
      try log.lose(
        subject,
        "its weight of positive targets, \(positiveWeight); fit of Keras takes class_weight")
    }
    return WrittenKerasLoss(
      className: "BinaryCrossentropy", options: [.init("from_logits", false)],
      metric: "binary_accuracy")
  }
}

extension BinaryFocal: KerasWritableLoss {
  func keras(
    _ subject: String, extent: Double, log: inout ConversionLog
  ) throws -> WrittenKerasLoss {
    WrittenKerasLoss(
      className: "BinaryFocalCrossentropy",
      options: [
        .init("apply_class_balancing", .truth(alpha >= 0)),
        .init("alpha", .number(alpha >= 0 ? alpha : 0.25)), .init("gamma", .number(gamma)),
        .init("from_logits", false),
      ], metric: "binary_accuracy")
  }
}
