import Catalogs
import ModelFiles
import Training

/// The run that made a model.
public struct TrainingReport: Encodable, Sendable {
  /// How far the run got.
  public enum Status: String, Encodable, Sendable {
    /// All epochs are done.
    case finished
    /// Patience ended it.
    case stoppedEarly = "stopped_early"
    /// It was interrupted and can go on.
    case resumable
    /// Another program began it, on rows that nobody knows; fine-tuning goes on from its state.
    case foreign
  }

  public let status: Status
  /// Steps done.
  public let step: Int
  /// Steps of the whole run; nil in files of a program that did not store it.
  public let stepCount: Int?
  /// Epochs done.
  public let epoch: Int
  /// Epochs of the whole run.
  public let epochCount: Int
  public let loss: KindReport
  /// The losses of further outputs; nil where there is but one.
  public let furtherLosses: [KindReport]?
  public let optimizer: KindReport
  public let schedule: KindReport
  /// What the schedule counts: step or epoch.
  public let scheduleUnit: String
  /// The rise at the start, in steps or as a share.
  public let warmUp: String
  /// The learning rate before the schedule.
  public let learningRate: Double
  /// The learning rate of the next step, or of the last one where the run has ended.
  public let currentLearningRate: Double?
  public let batchSize: Int
  /// Epochs without progress that end the run; nil: never.
  public let patience: Int?
  public let seed: UInt64
  /// What the run's bits depend on: program, instructions, libraries; nil where that is not known.
  public let environment: ExecutionEnvironment?
  /// The epoch whose weights predictions use; nil where the last step's are used.
  public let best: EpochRecord?
  /// What the curves say about the run; nil when there is nothing to say.
  public let diagnosis: Diagnosis?

  init?(_ file: ModelFile) {
    guard let options = file.options, let progress = file.progress else { return nil }
    status =
      switch progress.end {
      case .finished?: .finished
      case .stoppedEarly?: .stoppedEarly
      case nil: file.provenance.data == nil ? .foreign : .resumable
      }
    step = progress.step
    epoch = progress.epoch
    epochCount = options.epochs
    let last = file.history.last
    let stepsPerEpoch =
      progress.stepsPerEpoch ?? last.flatMap { $0.epoch > 0 ? $0.step / $0.epoch : nil }
    // A file may hold any number.
    stepCount = stepsPerEpoch.flatMap { count in
      let (product, overflows) = count.multipliedReportingOverflow(by: options.epochs)
      return overflows ? nil : product
    }
    loss = KindReport(options.loss.kind, options.loss)
    let further = options.furtherLosses.map { KindReport($0.loss.kind, $0.loss) }
    furtherLosses = further.isEmpty ? nil : further
    optimizer = KindReport(options.optimizer.kind, options.optimizer)
    schedule = KindReport(options.schedule.kind, options.schedule)
    scheduleUnit = options.scheduleUnit.rawValue
    warmUp = "\(options.warmUp)"
    learningRate = options.optimizer.learningRate
    if progress.end == nil, let stepsPerEpoch, stepsPerEpoch > 0, stepCount != nil {
      currentLearningRate = options.learningRate(
        atStep: progress.step, stepsPerEpoch: stepsPerEpoch, plateau: progress.plateau)
    } else {
      currentLearningRate = last?.learningRate
    }
    batchSize = options.batchSize
    patience = options.patience
    seed = options.seed
    environment = file.environment
    best = progress.bestEpoch.flatMap { best in file.history.first { $0.epoch == best } }
    diagnosis = Diagnosis(history: file.history, end: progress.end)
  }

  private enum CodingKeys: String, CodingKey {
    case furtherLosses = "further_losses"
    case status, step, epoch, loss, optimizer, schedule, patience, seed, environment, best
    case stepCount = "steps"
    case epochCount = "epochs"
    case scheduleUnit = "schedule_unit"
    case warmUp = "warmup"
    case learningRate = "learning_rate"
    case currentLearningRate = "current_learning_rate"
    case batchSize = "batch_size"
  }
}

/// A kind out of a catalogue with its options.
public struct KindReport: Encodable, Sendable {
  public let kind: String
  public let options: [String: ConfigurationValue]

  init(_ kind: String, _ value: some Encodable) {
    self.kind = kind
    options = LayerReport.options(of: value)
  }
}

/// What was asked of a run.
public struct ConfigurationReport: Encodable, Sendable {
  /// Every option by name.
  public let values: ConfigurationValue
  /// The names of the options that are not as usual, in the order of their documentation.
  public let unusual: [String]

  init?(_ file: ModelFile) throws {
    guard let text = file.configuration else { return nil }
    do {
      values = try CanonicalJSON.value(ConfigurationValue.self, from: text)
    } catch {
      throw ModelFileError(file.name, path: "/" + ModelFilePaths.configuration, "\(error)")
    }
    guard case .map(let given) = values, case .map(let usual) = Configuration().values else {
      unusual = []
      return
    }
    // Numbers may be stored as 1 or 1.0: values are compared as they are written.
    unusual = ConfigurationOption.all.map { $0.name }
      .filter { name in given[name].map { $0.yaml != usual[name]?.yaml } ?? false }
  }

  /// An option as it is written in YAML; nil where the run had no such option.
  public func yaml(_ name: String) -> String? {
    guard case .map(let given) = values else { return nil }
    return given[name]?.yaml
  }

  public func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }
}
