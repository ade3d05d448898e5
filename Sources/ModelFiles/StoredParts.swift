import Tensors
import Training

/// How the network's outputs become predictions, as `model/output` stores it.
struct StoredOutput: Codable {
  /// Of the first output.
  var link: Link
  /// Of the others; absent where there is but one.
  var furtherLinks: [Link]?

  private enum CodingKeys: String, CodingKey {
    case link
    case furtherLinks = "further_links"
  }

  init(_ links: [Link]) {
    link = links[0]
    furtherLinks = links.count > 1 ? Array(links.dropFirst()) : nil
  }

  var links: [Link] { [link] + (furtherLinks ?? []) }
}

/// Where a run stands, as `training/progress` stores it.
struct StoredProgress: Codable {
  var progress: TrainingProgress
  /// The steps that the optimizer has taken to `weights`.
  var optimizerStep: Int
  /// The steps that it has taken to `training/live`; absent where there is no such group.
  var liveOptimizerStep: Int?

  private enum CodingKeys: String, CodingKey {
    case progress
    case optimizerStep = "optimizer_step"
    case liveOptimizerStep = "live_optimizer_step"
  }

  init(progress: TrainingProgress, optimizerStep: Int, liveOptimizerStep: Int?) {
    self.progress = progress
    self.optimizerStep = optimizerStep
    self.liveOptimizerStep = liveOptimizerStep
  }

  /// Reads where a run stands.
  ///
  /// - Throws: `DecodingError` when a count is negative or too large.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    progress = try container.decode(TrainingProgress.self, forKey: .progress)
    optimizerStep = try container.decodeStepCount(forKey: .optimizerStep)
    liveOptimizerStep =
      container.contains(.liveOptimizerStep)
      ? try container.decodeStepCount(forKey: .liveOptimizerStep) : nil
  }
}

/// The attributes of a parameter's dataset.
package enum StoredTensorAttributes {
  /// The meaning of the axes, as in `in,out`.
  package static let axes = "axes"
  /// 1 for a parameter that is trained, 0 for a running statistic.
  package static let isTrainable = "trainable"
}

/// The history as columns: one dataset per measure, with NaN where an epoch has none.
enum HistoryColumns {
  private static let epoch = "epoch"
  private static let step = "step"
  private static let trainingLoss = "training_loss"
  private static let validationLoss = "validation_loss"
  private static let learningRate = "learning_rate"
  private static let gradientNorm = "gradient_norm"
  /// What further measures begin with: `validation_accuracy`.
  private static let scorePrefix = "validation_"

  static func columns(of history: [EpochRecord]) -> [(name: String, values: Tensor)] {
    guard !history.isEmpty else { return [] }
    func numbers(_ value: (EpochRecord) -> Double) -> Tensor { Tensor(history.map(value)) }
    let names = Set(history.flatMap { $0.scores.keys }).sorted()
    return [
      (epoch, Tensor(history.map { Int64($0.epoch) })),
      (step, Tensor(history.map { Int64($0.step) })),
      (trainingLoss, numbers { $0.trainingLoss }),
      (validationLoss, numbers { $0.validationLoss ?? .nan }),
      (learningRate, numbers { $0.learningRate }),
      (gradientNorm, numbers { $0.gradientNorm }),
    ] + names.map { name in (scorePrefix + name, numbers { $0.scores[name] ?? .nan }) }
  }

  /// The records of stored columns, which are all of one length.
  ///
  /// - Throws: ``HistoryProblem`` when a column is missing, of another length or of another type.
  static func history(of columns: [String: Tensor]) throws -> [EpochRecord] {
    guard let count = columns.values.first?.count else { return [] }
    func integers(_ name: String) throws -> [Int64] {
      guard let column = columns[name], column.shape == [count], column.elementType == .int64
      else { throw HistoryProblem(column: name, expected: "\(count) numbers of type int64") }
      return column.elements()
    }
    func numbers(_ name: String) throws -> [Double] {
      guard let column = columns[name], column.shape == [count], column.elementType == .float64
      else { throw HistoryProblem(column: name, expected: "\(count) numbers of type float64") }
      return column.elements()
    }
    let epochs = try integers(epoch)
    let steps = try integers(step)
    let trainingLosses = try numbers(trainingLoss)
    let validationLosses = try numbers(validationLoss)
    let learningRates = try numbers(learningRate)
    let gradientNorms = try numbers(gradientNorm)
    let own = [epoch, step, trainingLoss, validationLoss, learningRate, gradientNorm]
    let scores = try columns.keys
      .filter { $0.hasPrefix(scorePrefix) && !own.contains($0) }
      .map { (name: String($0.dropFirst(scorePrefix.count)), values: try numbers($0)) }
    return (0..<count).map { index in
      var record = EpochRecord(
        epoch: Int(epochs[index]), step: Int(steps[index]), trainingLoss: trainingLosses[index],
        validationLoss: validationLosses[index].isNaN ? nil : validationLosses[index],
        scores: [:], learningRate: learningRates[index], gradientNorm: gradientNorms[index])
      for score in scores where !score.values[index].isNaN {
        record.scores[score.name] = score.values[index]
      }
      return record
    }
  }
}

/// What is wrong with a stored history.
struct HistoryProblem: Error, CustomStringConvertible {
  let column: String
  let expected: String

  var description: String { "\(column): expected \(expected)" }
}
