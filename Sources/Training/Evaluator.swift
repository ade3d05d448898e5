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
  /// - Parameters:
  ///   - network: what is run.
  ///   - parameters: the weights that are read.
  ///   - batchSize: the most rows at a time; fewer go through where rows are large.
  ///   - threadCount: how many threads share the work of a batch.
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
    let plan = try Plan.inference(
      network, elementType: parameters.elementType, atMost: batchSize)
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
    let chunk = session.plan.capacity
    defer { withExtendedLifetime(inputs) {} }
    for start in stride(from: 0, to: rowCount, by: chunk) {
      let rows = start..<min(start + chunk, rowCount)
      // The views are good for as long as the tensors are kept.
      session.forward(
        count: rows.count, reading: inputs.map { $0.borrowedView().rows(rows) })
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
    try predict(inputs, links: [link])[0]
  }

  /// The predictions of the first outputs for all rows, one output per link.
  ///
  /// - Throws: ``PredictionError`` when a tensor does not fit its input.
  /// - Precondition: 1 to as many links as the network has outputs.
  public func predict(_ inputs: [Tensor], links: [Link]) throws -> [Tensor] {
    let rowCount = inputs.first.map { $0.shape.rank == 0 ? 1 : $0.shape[0] } ?? 0
    try check(inputs, rowCount: rowCount)
    let session = try session(for: inputs.map(\.shape.droppingFirst))
    var results = links.indices.map { output in
      Tensor(
        zeros: session.output(output, count: 1).shape.replacing(axis: 0, with: rowCount),
        elementType: session.parameters.elementType)
    }
    forEachBatch(of: inputs, rowCount: rowCount, by: session) { rows, _ in
      for (output, link) in links.enumerated() {
        let outputs = session.output(output, count: rows.count)
        link.apply(to: outputs, on: session.workers)
        results[output].withMutableView { $0.rows(rows).copy(from: outputs) }
      }
    }
    return results
  }

  /// A session for examples of the given shapes.
  private func session(for shapes: [Shape]) throws -> Session {
    let usual = session.plan.network
    if shapes == usual.inputs.map(\.shape) { return session }
    if let index = others.firstIndex(where: { $0.shapes == shapes }) {
      others.append(others.remove(at: index))
    } else {
      if others.count == Evaluator.otherLimit { others.removeFirst() }
      let plan = try Plan.inference(
        usual.withInputs(shaped: shapes), elementType: session.parameters.elementType,
        atMost: batchSize)
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

  /// The mean loss over rows, and the predictions of every output.
  package func evaluate(
    _ data: TrainingData, losses: [OutputLoss], classWeights: TensorView?
  ) -> (loss: Double, predictions: [[Float]]) {
    var total = LossTotal(losses)
    var predictions: [[Float]] = losses.map { _ in [] }
    forEachBatch(of: data.inputs, rowCount: data.rowCount) { rows, _ in
      for (output, part) in losses.enumerated() {
        let outputs = session.output(output, count: rows.count)
        data.targets[output].withView { targets in
          let batch = LossBatch(
            outputs: outputs, targets: targets.rows(rows), classWeights: classWeights,
            workers: session.workers)
          total.add(
            part.loss.sum(of: batch, scale: 1, gradient: nil),
            weight: part.loss.weight(of: batch), output: output)
        }
        part.loss.link.apply(to: outputs, on: session.workers)
        predictions[output] += outputs.doubles().map { Float($0) }
      }
    }
    return (total.mean, predictions)
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
