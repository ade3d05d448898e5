import Testing
import Training

@Suite struct DiagnosisTests {
  private func history(_ training: [Double], _ validation: [Double?]) -> [EpochRecord] {
    zip(training, validation).enumerated().map { index, losses in
      EpochRecord(
        epoch: index + 1, step: 10 * (index + 1), trainingLoss: losses.0,
        validationLoss: losses.1, scores: [:], learningRate: 0.1, gradientNorm: 1)
    }
  }

  @Test("Rising validation loss beside falling training loss is overfitting")
  func overfitting() {
    let run = history([1, 0.6, 0.4, 0.2, 0.1], [1, 0.7, 0.6, 0.7, 0.9])
    #expect(
      Diagnosis(history: run, end: .stoppedEarly)
        == .overfitting(bestEpoch: 3, best: 0.6, last: 0.9))
  }

  @Test("A training loss that stays where it was is underfitting, with validation or without")
  func underfitting() {
    let flat = [0.7, 0.69, 0.7, 0.69, 0.69]
    #expect(
      Diagnosis(history: history(flat, flat), end: .finished)
        == .underfitting(first: 0.7, last: 0.69))
    #expect(
      Diagnosis(history: history(flat, [nil, nil, nil, nil, nil]), end: .finished)
        == .underfitting(first: 0.7, last: 0.69))
  }

  @Test("A validation loss that falls to the end asks for more epochs")
  func unfinished() {
    let falling = [1, 0.8, 0.6, 0.5, 0.4]
    #expect(
      Diagnosis(history: history(falling, falling), end: .finished)
        == .unfinished(before: 0.5, last: 0.4))
    #expect(Diagnosis(history: history(falling, falling), end: nil) == nil)
  }

  @Test("A run that has settled gets no verdict")
  func settled() {
    let run = history([1, 0.5, 0.3, 0.28, 0.27], [1, 0.5, 0.35, 0.34, 0.342])
    #expect(Diagnosis(history: run, end: .stoppedEarly) == nil)
    #expect(Diagnosis(history: Array(run.prefix(2)), end: .finished) == nil)
  }
}
