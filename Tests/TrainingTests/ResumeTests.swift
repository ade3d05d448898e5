import Testing

@testable import Training

@Suite struct ResumeTests {
  @Test("A run resumed at any step equals an unbroken one, to the bit")
  func everyStep() throws {
    let run = try SmallRun()
    let unbroken = try run.end()
    #expect(unbroken.progress.step == 18 && unbroken.history.count == 3)
    #expect(unbroken.current.slots.map { $0.name } == ["first_moment", "second_moment"])
    for step in 1..<18 {
      expectSame(try run.end(brokenAfter: step), unbroken, "a run broken after step \(step)")
    }
  }

  @Test("So it is with every optimizer")
  func everyOptimizer() throws {
    for entry in OptimizerCatalog.standard.entries {
      let run = try SmallRun(optimizer: entry.defaults)
      let unbroken = try run.end()
      for step in [1, 8, 12] {
        expectSame(
          try run.end(brokenAfter: step), unbroken, "\(entry.kind) broken after step \(step)")
      }
    }
    // With momentum RMSProp keeps a second slot.
    let run = try SmallRun(optimizer: RMSProp(momentum: 0.5))
    #expect(try run.end().current.slots.count == 2)
    expectSame(try run.end(brokenAfter: 7), try run.end(), "rmsprop with momentum")
  }

  @Test("So it is with every schedule, by steps and by epochs")
  func everySchedule() throws {
    for entry in ScheduleCatalog.standard.entries {
      for unit in ScheduleUnit.allCases {
        let run = try SmallRun(schedule: entry.defaults, unit: unit)
        let unbroken = try run.end()
        for step in [3, 13] {
          expectSame(
            try run.end(brokenAfter: step), unbroken,
            "\(entry.kind) by \(unit) broken after step \(step)")
        }
      }
    }
    let impatient = ReduceOnPlateau(factor: 0.5, patience: 0, threshold: 0.5)
    let run = try SmallRun(schedule: impatient, epochs: 5)
    let unbroken = try run.end()
    #expect(unbroken.progress.plateau.reductions > 0)
    for step in [7, 18, 20] { expectSame(try run.end(brokenAfter: step), unbroken, "plateau") }
  }

  @Test("A run broken off again and again equals an unbroken one")
  func manyBreaks() throws {
    let run = try SmallRun()
    var trainer = try run.trainer()
    while try trainer.run(until: { true }) == nil {
      trainer = try run.trainer(from: trainer.state())
    }
    expectSame(trainer.state(), try run.end(), "a run of single steps")
  }

  @Test("Two threads train to the same bits as one")
  func threads() throws {
    var run = try SmallRun()
    let one = try run.end()
    run.options.threads = 2
    expectSame(try run.end(), one, "two threads")
  }

  @Test("What an optimizer does not know is refused by name")
  func refusals() throws {
    var state = try SmallRun(optimizer: Momentum()).end(brokenAfter: 2)
    state.progress.end = nil
    let adam = try SmallRun(optimizer: Adam())
    #expect(
      throws: TrainingStateError.missingSlot("first_moment", optimizer: "adam", found: ["velocity"])
    ) { try adam.trainer(from: state) }
  }

  @Test("A run does not go on with another number of rows")
  func otherRows() throws {
    var run = try SmallRun()
    let trainer = try run.trainer()
    try trainer.run(until: { trainer.progress.step >= 8 })
    run.training = SmallRun.rows(40, stream: 1)
    #expect(
      throws: TrainingStateError.position(step: 8, epoch: 1, batch: 2, stepsPerEpoch: 10)
    ) { try run.trainer(from: trainer.state()) }
  }
}
