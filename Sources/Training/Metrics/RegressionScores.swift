/// How well predicted numbers fit the true ones, in the unit of the target.
public struct RegressionScores: Codable, Hashable, Sendable {
  /// The number of rows judged.
  public var rowCount: Int

  /// The mean of |prediction − target|.
  public var meanAbsoluteError: Double

  /// The root of the mean of (prediction − target)².
  public var rootMeanSquaredError: Double

  /// The share of the target's variance that is explained, 1 − Σe² / Σ(target − mean)²; nil where
  /// all targets are equal.
  public var rSquared: Double?

  private enum CodingKeys: String, CodingKey {
    case rowCount = "rows"
    case meanAbsoluteError = "mae"
    case rootMeanSquaredError = "rmse"
    case rSquared = "r2"
  }

  /// Scores predictions.
  ///
  /// - Precondition: as many predictions as targets, at least one.
  public init(predictions: [Double], targets: [Double]) {
    precondition(
      !targets.isEmpty && predictions.count == targets.count,
      "expected a prediction for each of \(targets.count) rows")
    let count = Double(targets.count)
    let mean = targets.reduce(0, +) / count
    var magnitudes = 0.0
    var squares = 0.0
    var variation = 0.0
    for (prediction, target) in zip(predictions, targets) {
      let error = prediction - target
      magnitudes += abs(error)
      squares += error * error
      variation += (target - mean) * (target - mean)
    }
    rowCount = targets.count
    meanAbsoluteError = magnitudes / count
    rootMeanSquaredError = (squares / count).squareRoot()
    rSquared = variation > 0 ? 1 - squares / variation : nil
  }
}
