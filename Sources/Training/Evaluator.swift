import Kernels
import Layers
import Networks
import Tensors

/// Runs a network over many rows in inference mode.
public final class Evaluator {
  /// Runs the network for inputs of its usual shapes.
  private let session: Session
  private let batchSize: Int

  /// Sessions for inputs of other shapes, the last used ones behind, and never many.
  private var others: [(shapes: [Shape], session: Session)] = []
  private static let otherLimit = 8

  /// An evaluator that reads the given weights, as they are at each call.
  ///
  /// - Throws: `PlanError` when a batch needs too much memory.
  public convenience init(
    _ network: Network, parameters: LiveParameters, batchSize: Int = 256, threadCount: Int = 1
  ) throws {
    try self.init(
      network, parameters: parameters, batchSize: batchSize,
      workers: Workers(threadCount: threadCount))
  }

  package init(
    _ network: Network, parameters: LiveParameters, batchSize: Int, workers: Workers
  ) throws {
    let plan = try Plan(
      network, mode: .inference, capacity: batchSize,
      elementType: parameters.elementType)
    session = Session(plan, parameters: parameters, seed: 0, workers: workers)
    self.batchSize = batchSize
  }

  /// Calls a closure with the outputs of every batch of rows, in order.
  package func forEachBatch(
    of inputs: [Tensor], rowCount: Int, _ body: (Range<Int>, TensorView) throws -> Void
  ) rethrows { try forEachBatch(of: inputs, rowCount: rowCount, by: session, body) }

  private func forEachBatch(
    of inputs: [Tensor], rowCount: Int, by session: Session,
    _ body: (Range<Int>, TensorView) throws -> Void
  ) rethrows {
    for start in stride(from: 0, to: rowCount, by: batchSize) {
      let rows = start..<min(start + batchSize, rowCount)
      for (index, tensor) in inputs.enumerated() {
        tensor.withView {
          session.input(index, count: rows.count).copy(from: $0.rows(rows))
        }
      }
      session.forward(count: rows.count)
      try body(rows, session.output(count: rows.count))
    }
  }

  /// The predictions for all rows: the first output, after a link.
  ///
  /// - Parameters:
  ///   - inputs: one tensor per network input, rows along the first axis.
  ///   - link: what turns outputs into predictions.
  /// - Throws: ``PredictionError`` when a tensor does not fit its input.
  public func predict(_ inputs: [Tensor], link: Link = .identity) throws -> Tensor {
    let rowCount = inputs.first.map { $0.shape.rank == 0 ? 1 : $0.shape[0] } ?? 0
    try check(inputs, rowCount: rowCount)
    let session = try session(for: inputs.map(\.shape.droppingFirst))
    let shape = session.output(count: 1).shape.replacing(axis: 0, with: rowCount)
    var result = Tensor(zeros: shape, elementType: session.parameters.elementType)
    result.withMutableView { view in
      forEachBatch(of: inputs, rowCount: rowCount, by: session) { rows, outputs in
        link.apply(to: outputs, on: session.workers)
        view.rows(rows).copy(from: outputs)
      }
    }
    return result
  }

  /// A session for examples of the given shapes.
  private func session(for shapes: [Shape]) throws -> Session {
    let usual = session.plan.network
    if shapes == usual.inputs.map(\.shape) { return session }
    if let index = others.firstIndex(where: { $0.shapes == shapes }) {
      others.append(others.remove(at: index))
    } else {
      if others.count == Evaluator.otherLimit { others.removeFirst() }
      let plan = try Plan(
        usual.withInputs(shaped: shapes), mode: .inference, capacity: batchSize,
        elementType: session.parameters.elementType)
      let other = Session(
        plan, parameters: session.parameters, seed: 0, workers: session.workers)
      others.append((shapes, other))
    }
    return others[others.count - 1].session
  }

  private func check(_ inputs: [Tensor], rowCount: Int) throws {
    let expected = session.plan.network.inputs
    guard inputs.count == expected.count else {
      throw PredictionError(
        name: "inputs", expected: "\(expected.count) tensor(s)", found: "\(inputs.count)")
    }
    let counts = session.plan.network.indexCounts
    for (input, tensor) in zip(expected, inputs) {
      let type =
        input.isIndices ? ElementType.int32 : session.parameters.elementType
      let isFit =
        tensor.shape.rank == input.shape.rank + 1 && tensor.shape[0] == rowCount
        && input.accepts(tensor.shape.droppingFirst)
      guard isFit, tensor.elementType == type else {
        throw PredictionError(
          name: input.name,
          expected: "\(type.rawValue) rows of \(input.shapeDescription), as many of each input",
          found: "\(tensor.elementType.rawValue) \(tensor.shape)")
      }
      if let count = counts[input.name], let wrong = tensor.firstIndex(outside: count) {
        throw PredictionError(
          name: input.name, expected: "indices from 0 to \(count - 1)", found: "\(wrong)")
      }
    }
  }

  /// The mean loss over rows, and the predictions.
  package func evaluate(
    _ data: TrainingData, loss: any Loss, classWeights: TensorView?
  ) -> (loss: Double, predictions: [Float]) {
    var sum = 0.0
    var weight = 0.0
    var predictions: [Float] = []
    forEachBatch(of: data.inputs, rowCount: data.rowCount) { rows, outputs in
      data.targets.withView { targets in
        let batch = LossBatch(
          outputs: outputs, targets: targets.rows(rows), classWeights: classWeights,
          workers: session.workers)
        weight += loss.weight(of: batch)
        sum += loss.sum(of: batch, scale: 1, gradient: nil)
      }
      loss.link.apply(to: outputs, on: session.workers)
      predictions += outputs.doubles().map { Float($0) }
    }
    return (weight > 0 ? sum / weight : 0, predictions)
  }
}

/// Why rows do not fit a network.
public struct PredictionError: Error, Hashable, CustomStringConvertible {
  /// The input.
  public let name: String
  /// What it takes.
  public let expected: String
  /// What was found.
  public let found: String

  public var description: String { "\(name): expected \(expected), found \(found)" }
}
