import Kernels
import Networks
import Tensors

extension ExampleModel {
  /// Takes the blocks of a source, works on several at once, and gives the results in order.
  func forEachBlock<Slot>(
    of source: some ExampleSource, threads: Int, makeSlot: () -> Slot,
    _ block: (Slot) -> ExampleBlock, work: (Slot) throws -> Void, give: (Slot) throws -> Void
  ) throws {
    // One block more than threads, so that no thread waits for another's block to be written; fewer
    // where their memory would be too much together.
    let threads = max(min(threads, sessionLimit - 1), 1)
    let slots = (0...threads).map { _ in makeSlot() }
    try Workers(threadCount: threads).pipeline(slots: slots) { slot in
      try source.next(into: block(slot), limit: capacity)
    } work: { slot in
      try source.prepare(block(slot))
      try work(slot)
    } give: { slot in
      try give(slot)
    }
  }

  /// Runs the network over the examples of a block, as many at a time as a session takes, and calls a
  /// closure after each.
  func forEachChunk(
    of block: ExampleBlock, from source: some ExampleSource, by session: Session,
    _ body: (Range<Int>) throws -> Void
  ) throws {
    for start in stride(from: 0, to: block.count, by: capacity) {
      let rows = start..<min(start + capacity, block.count)
      for input in network.inputs.indices {
        try source.copyInput(
          input, of: rows, in: block, into: session.input(input, count: rows.count))
      }
      session.forward(count: rows.count)
      try body(rows)
    }
  }
}

/// Rows of numbers in memory that grows and is never given back.
final class GrowingRows {
  /// The rows that were asked for last.
  private(set) var view: TensorView
  private let width: Int
  private var tensor: Tensor

  init(width: Int, elementType: ElementType = .float32) {
    self.width = width
    tensor = Tensor(zeros: [0, width], elementType: elementType)
    view = tensor.ownedView()
  }

  /// Room for some rows, with anything in it.
  func reserve(_ rows: Int) -> TensorView {
    if tensor.shape[0] < rows {
      tensor = Tensor(zeros: [rows, width], elementType: tensor.elementType)
    }
    view = tensor.ownedView().prefix(rows)
    return view
  }
}
