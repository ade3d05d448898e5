import Layers
import Networks
import Tensors
import Testing

@testable import Training

/// A small run with everything in it that has a state of its own.
struct SmallRun {
  var network: Network
  var options: TrainingOptions
  var training: TrainingData
  var validation: TrainingData?

  /// 23 rows in batches of 4: six steps an epoch, the last of three rows.
  init(
    optimizer: any Optimizer = AdamW(learningRate: 0.02), schedule: any Schedule = Cosine(),
    unit: ScheduleUnit = .step, epochs: Int = 3, clipNorm: Double? = 0.5
  ) throws {
    network = try Network.sequential(input: [5]) {
      Dense(8)
      BatchNormalization()
      Activation(.relu)
      Dropout(0.3)
      Dense(3)
    }
    options = TrainingOptions(
      loss: CrossEntropy(), optimizer: optimizer, schedule: schedule, scheduleUnit: unit,
      warmUp: .steps(2), epochs: epochs, batchSize: 4, l2: 0.001, clipNorm: clipNorm, seed: 77)
    training = SmallRun.rows(23, stream: 1)
    validation = SmallRun.rows(9, stream: 2)
  }

  static func rows(_ count: Int, stream: UInt32) -> TrainingData {
    let random = RandomStream(seed: 5, stream: stream)
    let values = (0..<count * 5).map { Float(4 * random.uniform(at: $0) - 2) }
    let labels = (0..<count).map { row in
      (values[row * 5] > 0 ? 1 : 0) + (values[row * 5 + 1] > 0.5 ? 1 : 0)
    }
    return TrainingData(Tensor(values, shape: [count, 5]), classes: labels)
  }

  func trainer(from state: TrainingState? = nil) throws -> Trainer {
    let scoring = Scoring.classes(count: 3)
    guard let state else {
      return try Trainer(
        network, options: options, data: training, validation: validation, scoring: scoring)
    }
    return try Trainer(
      network, options: options, data: training, validation: validation, scoring: scoring,
      from: state)
  }

  /// The state at the end of a run that was broken off once, or never.
  func end(brokenAfter step: Int? = nil) throws -> TrainingState {
    var trainer = try trainer()
    if let step {
      try trainer.run(until: { trainer.progress.step >= step })
      trainer = try self.trainer(from: trainer.state())
    }
    try trainer.run()
    return trainer.state()
  }
}

/// Whether two states are the same to the bit.
func expectSame(
  _ found: TrainingState, _ expected: TrainingState, _ what: String,
  _ location: SourceLocation = #_sourceLocation
) {
  #expect(found.progress == expected.progress, "\(what)", sourceLocation: location)
  #expect(found.history == expected.history, "\(what)", sourceLocation: location)
  expectSame(found.current, expected.current, what, location)
  #expect((found.best == nil) == (expected.best == nil), "\(what)", sourceLocation: location)
  if let best = found.best, let other = expected.best {
    expectSame(best, other, "best of \(what)", location)
  }
}

/// Whether two snapshots are the same to the bit.
func expectSame(
  _ found: TrainingSnapshot, _ expected: TrainingSnapshot, _ what: String,
  _ location: SourceLocation = #_sourceLocation
) {
  #expect(found.parameters == expected.parameters, "\(what)", sourceLocation: location)
  #expect(found.optimizerStep == expected.optimizerStep, "\(what)", sourceLocation: location)
  #expect(
    found.slots.map { $0.name } == expected.slots.map { $0.name }, "\(what)",
    sourceLocation: location)
  for (slot, other) in zip(found.slots, expected.slots) {
    #expect(slot.values == other.values, "\(slot.name) of \(what)", sourceLocation: location)
  }
}
