import Training

/// The verdict on a run in words, with its figures and what to try next.
enum DiagnosisText {
  static func words(_ diagnosis: Diagnosis) -> [String] {
    switch diagnosis {
    case .overfitting(let epoch, let best, let last):
      [
        "the validation loss rose from \(NumberText.short(best)) at epoch \(epoch) to "
          + "\(NumberText.short(last)) while the training loss fell",
        "what is kept is epoch \(epoch); try more --dropout or --weight-decay, fewer --hidden "
          + "units, or more rows",
      ]
    case .underfitting(let first, let last):
      [
        "the training loss hardly fell, from \(NumberText.short(first)) to "
          + NumberText.short(last),
        "try another --learning-rate, more --hidden units, less --dropout or weaker penalties",
      ]
    case .unfinished(let before, let last):
      [
        "the validation loss still fell at the end, from \(NumberText.short(before)) to "
          + NumberText.short(last),
        "try more --epochs",
      ]
    }
  }
}
