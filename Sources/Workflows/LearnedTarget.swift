import Datasets
import Training

/// What an output of a network learns, wherever the rows come from.
struct LearnedTarget: Sendable {
  /// What it is called: a column, or an array.
  let name: String
  let task: LearningTask
  /// The classes or labels in the order of the outputs; none for numbers.
  let classes: [String]
  /// Weights under which every class counts as much as any other; nil where there are no classes.
  let balancedWeights: [Double]?
  /// How the epochs are judged besides the loss.
  let scoring: Scoring

  /// A target of a table.
  init(_ target: Preprocessing.Target) {
    name = target.name
    task = target.task
    classes = target.names
    switch target {
    case .classes(let target):
      balancedWeights = target.balancedWeights.map { Double($0) }
      scoring = .classes(count: target.classes.count)
    case .labels(let target):
      balancedWeights = nil
      scoring = .labels(count: target.labels.count)
    case .number(let target):
      balancedWeights = nil
      scoring = .numbers(mean: target.offset, deviation: 1 / target.scale)
    }
  }

  /// A target of arrays.
  ///
  /// - Parameter classCounts: how many rows there are of each class.
  init(_ name: String, _ judgement: Judgement, classCounts: [Int]) {
    self.name = name
    switch judgement {
    case .classes(let names):
      task = .classification
      classes = names
      let total = Double(classCounts.reduce(0, +))
      balancedWeights = classCounts.map { total / Double(max($0, 1) * max(classCounts.count, 1)) }
      scoring = .classes(count: names.count)
    case .labels(let names):
      task = .labels
      classes = names
      balancedWeights = nil
      scoring = .labels(count: names.count)
    case .numbers(let target):
      task = .regression
      classes = []
      balancedWeights = nil
      scoring = .numbers(mean: target?.offset ?? 0, deviation: 1 / (target?.scale ?? 1))
    }
  }
}

extension Scoring {
  /// How the epochs of some targets are judged besides the loss.
  static func of(_ targets: [LearnedTarget]) -> Scoring {
    targets.count == 1
      ? targets[0].scoring : .each(targets.map { Scoring.NamedScoring($0.name, $0.scoring) })
  }
}
