import Foundation
import Kernels
import ModelFiles
import Networks
import Tensors
import Training

/// The loss of one output over rows, summed block by block.
struct LossSum {
  private(set) var sum = 0.0
  private(set) var weight = 0.0

  /// The mean over all rows.
  var mean: Double { weight > 0 ? sum / weight : 0 }

  mutating func add(_ other: LossSum) {
    sum += other.sum
    weight += other.weight
  }

  /// Adds some rows.
  ///
  /// - Parameters:
  ///   - outputs: what the network gives, before the link.
  ///   - targets: int32 classes `[rows]`, or float32 in the shape of the predictions.
  /// - Throws: `ModelFileError` when a loss of probabilities meets an output that is none.
  mutating func add(
    _ outputs: TensorView, targets: TensorView, of judged: JudgedOutput, by session: Session,
    in file: ModelFile
  ) throws {
    guard let loss = judged.loss else { return }
    var logits: Tensor?
    // An output that is the prediction itself is a probability: the loss takes logits.
    if judged.output.link == .identity, loss.link != .identity {
      logits = try LossSum.logits(of: outputs, loss.link, judged.output.name, file.name)
    }
    let weights = judged.classWeights.map { Tensor($0.map { Float($0) }) }
    let owned = LossSum.lossTargets(targets, for: loss, outputs: outputs)
    let batch = LossBatch(
      outputs: logits?.borrowedView() ?? outputs,
      targets: owned?.borrowedView()
        ?? (targets.elementType == .int32 ? targets : targets.reshaped(to: outputs.shape)),
      classWeights: weights?.borrowedView(), workers: session.workers)
    weight += loss.weight(of: batch)
    sum += loss.sum(of: batch, scale: 1, gradient: nil)
    withExtendedLifetime((logits, weights, owned)) {}
  }

  /// Classes as the numbers that a loss of numbers takes: 1 for the class, 0 for the others, or for two
  /// classes that of the second alone. Nil where targets need no change.
  private static func lossTargets(
    _ targets: TensorView, for loss: any Loss, outputs: TensorView
  ) -> Tensor? {
    guard targets.elementType == .int32, loss.targets == .numbers else { return nil }
    var numbers = Tensor(zeros: outputs.shape)
    let width = outputs.rowCount
    numbers.withMutableView { view in
      for (row, label) in targets.elements(as: Int32.self).enumerated() {
        if width > 1 {
          view.setElement(row * width + Int(label), to: Float(1))
        } else {
          view.setElement(row, to: Float(label))
        }
      }
    }
    return numbers
  }

  /// Logits that have the given probabilities, cut at the smallest number of full precision.
  private static func logits(
    of outputs: TensorView, _ link: Link, _ name: String, _ file: String
  ) throws -> Tensor {
    let least = Float.leastNormalMagnitude
    let probabilities = outputs.elements(as: Float.self)
    // Sums of rounded numbers may be a little more than 1.
    if let wrong = probabilities.first(where: { !($0 >= 0 && $0 <= 1.0001) }) {
      throw ModelFileError(
        file,
        "its output '\(name)' is the prediction itself and no probability: found \(wrong); a loss of "
          + "probabilities does not go with it")
    }
    let logits = probabilities.map { probability in
      let yes = max(probability, least)
      return link == .sigmoid ? logf(yes) - logf(max(1 - probability, least)) : logf(yes)
    }
    return Tensor(logits, shape: outputs.shape)
  }
}
