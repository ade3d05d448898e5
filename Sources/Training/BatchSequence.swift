import Kernels
import Networks
import Tensors

/// The batches of an epoch: all rows once, in an order that seed and epoch decide, or as they
/// stand.
final class BatchSequence {
  /// How many batches an epoch has.
  let count: Int

  private let data: TrainingData
  private let batchSize: Int
  private let seed: UInt64
  private let shuffles: Bool
  private var order: Tensor
  private let orderView: TensorView
  private let targetBuffers: [Tensor]
  private let targetViews: [TensorView]
  private let inputViews: [TensorView]
  private let allTargets: [TensorView]

  init(_ data: TrainingData, batchSize: Int, seed: UInt64, shuffles: Bool = true) {
    self.data = data
    self.batchSize = batchSize
    self.seed = seed
    self.shuffles = shuffles
    count = (data.rowCount + batchSize - 1) / batchSize
    order = Tensor(zeros: [data.rowCount], elementType: .int32)
    orderView = order.ownedView()
    for row in 0..<data.rowCount { orderView.setElement(row, to: Int32(row)) }
    var buffers: [Tensor] = []
    targetViews = data.targets.map { targets in
      var buffer = Tensor(
        zeros: targets.shape.replacing(axis: 0, with: batchSize),
        elementType: targets.elementType)
      let view = buffer.ownedView()
      buffers.append(buffer)
      return view
    }
    targetBuffers = buffers
    // The views live as long as `data`, which is never changed.
    inputViews = data.inputs.map { $0.borrowedView() }
    allTargets = data.targets.map { $0.borrowedView() }
  }

  /// Puts the rows in the order of an epoch.
  func shuffle(for epoch: Int) {
    guard shuffles else { return }
    let random = RandomStream(
      seed: seed, stream: RandomPurpose.shuffling.stream, step: UInt64(epoch))
    random.shuffle(orderView)
  }

  /// Fills a session's inputs with a batch, and ``targets(_:output:)`` with what belongs to them.
  ///
  /// - Returns: the number of rows.
  func load(_ batch: Int, into session: Session) -> Int {
    let rows = self.rows(of: batch)
    let indices = orderView.rows(rows)
    for (index, view) in inputViews.enumerated() {
      Kernels.gatherRows(
        of: view, at: indices, into: session.input(index, count: rows.count),
        on: session.workers)
    }
    for (all, batch) in zip(allTargets, targetViews) {
      Kernels.gatherRows(
        of: all, at: indices, into: batch.prefix(rows.count), on: session.workers)
    }
    return rows.count
  }

  /// The targets of an output for the batch that was loaded last.
  func targets(_ batch: Int, output: Int = 0) -> TensorView {
    targetViews[output].prefix(rows(of: batch).count)
  }

  /// The number of rows of a batch.
  func rowCount(of batch: Int) -> Int { rows(of: batch).count }

  private func rows(of batch: Int) -> Range<Int> {
    batch * batchSize..<min((batch + 1) * batchSize, data.rowCount)
  }
}
