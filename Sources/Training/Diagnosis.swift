/// What the curves of a run say about it: the verdict that a textbook would give, with its figures.
///
/// Judged by the loss over the training rows and over the validation rows. Dropout and penalties
/// make the former somewhat larger, so that only clear differences count.
public enum Diagnosis: Hashable, Sendable, Encodable {
  /// The training loss went on falling while the validation loss rose: the network learned the
  /// rows by heart. The best epoch's weights are what is kept.
  case overfitting(bestEpoch: Int, best: Double, last: Double)
  /// The training loss hardly fell.
  case underfitting(first: Double, last: Double)
  /// The validation loss was still falling when the last epoch ended.
  case unfinished(before: Double, last: Double)

  /// The verdict on a run, or nil when there is nothing to say.
  ///
  /// - Parameters:
  ///   - history: what every epoch measured.
  ///   - end: why the run ended; nil while it goes on, when nothing can be said yet.
  public init?(history: [EpochRecord], end: TrainingEnd?) {
    guard let end, history.count >= 3, let first = history.first, let last = history.last else {
      return nil
    }
    if let best = history.min(by: { Diagnosis.judged($0) < Diagnosis.judged($1) }),
      let lowest = best.validationLoss, let final = last.validationLoss
    {
      if final > 1.1 * lowest, last.trainingLoss < 0.9 * best.trainingLoss {
        self = .overfitting(bestEpoch: best.epoch, best: lowest, last: final)
        return
      }
      // A tenth of the run before its end.
      let before = history[history.count - 1 - max(1, history.count / 10)].validationLoss
      if end == .finished, best.epoch >= last.epoch - history.count / 20, let before,
        final < 0.98 * before
      {
        self = .unfinished(before: before, last: final)
        return
      }
    }
    guard last.trainingLoss > 0.95 * first.trainingLoss else { return nil }
    self = .underfitting(first: first.trainingLoss, last: last.trainingLoss)
  }

  /// The verdict in one word: `overfitting`, `underfitting` or `unfinished`.
  public var name: String {
    switch self {
    case .overfitting: "overfitting"
    case .underfitting: "underfitting"
    case .unfinished: "unfinished"
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }

  private static func judged(_ record: EpochRecord) -> Double {
    record.validationLoss ?? .infinity
  }
}
