import Layers
import Networks
import Tensors
import Testing

@testable import Training

@Suite struct ScheduleTests {
  @Test("A schedule is a pure function of the position, never above the rate it scales")
  func pure() {
    for entry in ScheduleCatalog.standard.entries {
      let schedule = entry.defaults
      for index in 0..<120 {
        let position = SchedulePosition(index: index, total: 100)
        let factor = schedule.factor(at: position)
        #expect(factor == schedule.factor(at: position))
        #expect(factor >= 0 && factor <= 1, "\(entry.kind) at \(index): \(factor)")
      }
    }
  }

  @Test("Half a cosine falls from the rate to its minimum and stays there")
  func cosine() {
    let schedule = Cosine(minimum: 0.2)
    let factors = (0...50).map { schedule.factor(at: SchedulePosition(index: $0, total: 40)) }
    #expect(factors[0] == 1)
    #expect(abs(factors[20] - 0.6) < 1e-15)
    #expect(factors[40...].allSatisfy { $0 == 0.2 })
    #expect(zip(factors, factors.dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test("A warm-up is a number of steps or a share of the run, rises evenly, then hands over")
  func warmUp() throws {
    #expect(WarmUp("10") == .steps(10))
    #expect(WarmUp("5%") == .share(0.05))
    #expect(WarmUp("0.05") == .share(0.05))
    #expect(WarmUp("-1") == nil && WarmUp("101%") == nil && WarmUp("soon") == nil)
    #expect(WarmUp.share(0.05).stepCount(of: 200) == 10)
    #expect(WarmUp.steps(500).stepCount(of: 200) == 200)
    for warmUp in [WarmUp.steps(10), .share(0.05)] {
      let rates = try rates(warmUp: warmUp, Cosine(minimum: 0.1))
      for step in 0..<10 { #expect(abs(rates[step] - 0.5 * Double(step + 1) / 10) < 1e-15) }
      // Then the cosine over the 190 steps that are left.
      for step in [10, 57, 199] {
        let position = SchedulePosition(index: step - 10, total: 190)
        #expect(rates[step] == 0.5 * Cosine(minimum: 0.1).factor(at: position))
      }
    }
  }

  @Test("A schedule counts steps or epochs, as asked")
  func units() throws {
    let schedule = StepDecay(every: 2, factor: 0.5)
    let bySteps = try rates(schedule, unit: .step)
    let byEpochs = try rates(schedule, unit: .epoch)
    #expect(Array(bySteps.prefix(5)) == [0.5, 0.5, 0.25, 0.25, 0.125])
    // An epoch has ten steps.
    #expect(byEpochs[..<20].allSatisfy { $0 == 0.5 })
    #expect(byEpochs[20..<40].allSatisfy { $0 == 0.25 })
  }

  @Test("A plateau is waited out, reduced and left to cool down")
  func plateau() {
    let schedule = ReduceOnPlateau(
      factor: 0.5, patience: 1, threshold: 0.1, cooldown: 2, minimum: 0.2)
    var state = PlateauState()
    var factors: [Double] = []
    // Better, too little better (twice, the second being one too many), cooling down (twice),
    // waiting, reduced; then again down to the minimum; a better loss changes nothing back.
    for loss in [1.0, 0.95, 0.91, 0.95, 0.95, 0.95, 0.95, 1, 1, 1, 1, 0.1] {
      schedule.observe(loss, state: &state)
      factors.append(schedule.factor(at: SchedulePosition(index: 0, total: 1, plateau: state)))
    }
    #expect(factors == [1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2])
    #expect(state.best == 0.1)
  }

  @Test("Options that make no sense are refused by name")
  func refusals() {
    func message(_ schedule: any Schedule) -> String? {
      do {
        try schedule.validate()
        return nil
      } catch { return "\(error)" }
    }
    #expect(message(StepDecay(every: 0)) == "every: expected 1 or more, found 0")
    #expect(message(Exponential(factor: .nan)) == "factor: expected more than 0, found nan")
    #expect(
      message(MultiStep(milestones: [5, 3]))
        == "milestones: expected growing numbers from 1, found [5, 3]")
    #expect(message(Cosine(minimum: 2)) == "minimum: expected 0 to 1, found 2")
    #expect(message(Cyclical(rise: 0))?.hasPrefix("rise: expected 1") == true)
    #expect(message(Cyclical(fall: 0))?.hasPrefix("fall: expected 1") == true)
    for entry in ScheduleCatalog.standard.entries { #expect(message(entry.defaults) == nil) }
  }

  /// The learning rates of 200 steps, ten an epoch, of an optimizer of rate 0.5.
  private func rates(
    warmUp: WarmUp = .none, _ schedule: any Schedule, unit: ScheduleUnit = .step
  ) throws -> [Double] {
    let network = try Network.sequential(input: [1]) { Dense(1) }
    let trainer = try Trainer(
      network,
      options: TrainingOptions(
        loss: MeanSquaredError(), optimizer: SGD(learningRate: 0.5), schedule: schedule,
        scheduleUnit: unit, warmUp: warmUp, epochs: 20, batchSize: 1),
      data: TrainingData(
        Tensor(zeros: [10, 1]), targets: Tensor(zeros: [10, 1])))
    var rates = [trainer.learningRate]
    try trainer.run { event in
      if case .step = event { rates.append(trainer.learningRate) }
    }
    return rates.dropLast()
  }
}
