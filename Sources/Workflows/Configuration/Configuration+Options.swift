import Catalogs
import Training

extension Configuration {
  /// The configuration that leads to given options: that of a run that another program began, or a
  /// library call.
  init(of options: TrainingOptions) {
    self.init()
    loss = Specification(of: options.loss)
    optimizer = Specification(of: options.optimizer)
    schedule = Specification(of: options.schedule)
    scheduleUnit = options.scheduleUnit
    warmUp = options.warmUp
    epochs = options.epochs
    batchSize = options.batchSize
    patience = options.patience
    l1 = options.l1
    l2 = options.l2
    clipNorm = options.clipNorm
    clipValue = options.clipValue
    classWeights = options.classWeights.map { .weights($0) } ?? .none
    seed = options.seed
  }
}

extension Specification {
  /// A loss with all of its options.
  init(of loss: some Loss) { self.init(loss.kind, options: LayerReport.options(of: loss)) }

  /// An optimizer with all of its options.
  init(of optimizer: some Optimizer) {
    self.init(optimizer.kind, options: LayerReport.options(of: optimizer))
  }

  /// A schedule with all of its options.
  init(of schedule: some Schedule) {
    self.init(schedule.kind, options: LayerReport.options(of: schedule))
  }
}
