import Datasets
import Networks
import Tensors
import Training

/// All that one model file holds.
public struct Model: Sendable {
  /// The graph of layers.
  public var network: Network

  /// The weights that predictions use, the best so far, with what the optimizer knows about them.
  public var snapshot: TrainingSnapshot

  /// How each of the network's outputs becomes a prediction, in their order; at least one.
  public var links: [Link]

  /// How rows of a table become inputs; nil for a model that takes tensors only.
  public var preprocessing: Preprocessing?

  /// The run that made the weights; nil for a model that was not trained here.
  public var training: TrainingRecord?

  /// The resolved configuration of the run, as JSON; nil for a model that a library call made.
  public var configuration: String?

  /// Where the model comes from.
  public var provenance: Provenance

  /// What other programs keep in the file, each under its own name.
  public var extensions: [ModelExtension]

  /// A model of the given parts.
  public init(
    network: Network, snapshot: TrainingSnapshot, link: Link, furtherLinks: [Link] = [],
    preprocessing: Preprocessing? = nil, training: TrainingRecord? = nil,
    configuration: String? = nil, provenance: Provenance = Provenance(),
    extensions: [ModelExtension] = []
  ) {
    self.network = network
    self.snapshot = snapshot
    links = [link] + furtherLinks
    self.preprocessing = preprocessing
    self.training = training
    self.configuration = configuration
    self.provenance = provenance
    self.extensions = extensions
  }

  /// A model as a run stands: its best weights for predictions, and all that it needs to go on.
  public init(
    network: Network, options: TrainingOptions, state: TrainingState,
    preprocessing: Preprocessing? = nil, configuration: String? = nil,
    provenance: Provenance = Provenance(), extensions: [ModelExtension] = []
  ) {
    // A run that has ended never goes on, and one without a best epoch has nothing else.
    let live = state.best == nil || state.progress.end != nil ? nil : state.current
    self.init(
      network: network, snapshot: state.chosen, link: options.loss.link,
      furtherLinks: options.furtherLosses.map { $0.loss.link },
      preprocessing: preprocessing,
      training: TrainingRecord(
        options: options, progress: state.progress, history: state.history, live: live,
        environment: .current(program: ProgramVersion.name)),
      configuration: configuration, provenance: provenance, extensions: extensions)
  }

  /// The weights that predictions use.
  public var parameters: Parameters { snapshot.parameters }

  /// How the network's first output becomes a prediction.
  public var link: Link { links[0] }
}

/// A run, finished or not, as a file keeps it.
public struct TrainingRecord: Sendable {
  /// What was asked.
  public var options: TrainingOptions

  /// Where the run stands.
  public var progress: TrainingProgress

  /// What every finished epoch measured.
  public var history: [EpochRecord]

  /// The parameters and the optimizer as the last step left them, where an unfinished run needs
  /// them besides the best.
  public var live: TrainingSnapshot?

  /// What the bits of the run depended on when its state was taken; nil where that is not known.
  public var environment: ExecutionEnvironment?

  /// A record of a run.
  public init(
    options: TrainingOptions, progress: TrainingProgress, history: [EpochRecord],
    live: TrainingSnapshot?, environment: ExecutionEnvironment? = nil
  ) {
    self.options = options
    self.progress = progress
    self.history = history
    self.live = live
    self.environment = environment
  }
}

extension Model {
  /// The state from which the run goes on; nil for a model that was not trained here.
  public var trainingState: TrainingState? {
    training.map { training in
      TrainingState(
        progress: training.progress, history: training.history,
        current: training.live ?? snapshot,
        best: training.progress.bestLoss == nil ? nil : snapshot)
    }
  }
}
