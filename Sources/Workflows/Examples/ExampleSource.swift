import Datasets
import Tensors

/// Where examples come from as a network takes them, block by block.
protocol ExampleSource: Sendable {
  /// The file, for messages.
  var name: String { get }

  /// Fills a block with the next examples; false when there are none. One thread at a time.
  ///
  /// - Parameter limit: how many examples are best taken at once.
  func next(into block: ExampleBlock, limit: Int) throws -> Bool

  /// Reads what stands in a block; any number of threads, each a block of its own.
  func prepare(_ block: ExampleBlock) throws

  /// Copies the examples of some rows of a block as an input takes them: float32, or int32 for
  /// indices, which are checked.
  func copyInput(
    _ input: Int, of rows: Range<Int>, in block: ExampleBlock, into view: TensorView) throws

  /// Copies what the examples of some rows of a block should give: int32 classes, which are checked, or
  /// float32.
  func copyTarget(
    _ target: Int, of rows: Range<Int>, in block: ExampleBlock, into view: TensorView) throws
}

/// Some examples on their way, in memory that is reused for block after block.
final class ExampleBlock {
  /// The place of the examples among all, where they are known by it.
  var rows = 0..<0

  /// The number of examples.
  var count = 0

  /// The records of a table.
  let records = RowBlock()

  /// The numbers of a table's columns.
  var columns: [[Double]] = []

  /// Lines of a table that were left out.
  var emptyLines = EmptyLines()
}

/// What an output is compared with.
enum TargetForm: Hashable, Sendable {
  /// One class per example, by its number.
  case classes(count: Int)
  /// Numbers in a shape.
  case numbers(Shape)

  /// How many columns of a table it takes.
  var columnCount: Int {
    switch self {
    case .classes: 1
    case .numbers(let shape): shape.count
    }
  }
}
