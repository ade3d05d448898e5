import Datasets
import Kernels
import Networks
import Tensors

/// Examples that stand in the rows of a table of numbers: the flattened inputs of a network in their
/// order, one column for each number. For models that know no columns.
final class FlatTable: ExampleSource, Sendable {
  /// What the targets are called, those of several columns by the first and the last.
  let targetNames: [String]

  private let reader: CSVReader
  /// The columns of each input, of each target, and how many indices there are.
  private let inputs: [Part]
  private let targets: [Part]

  private struct Part {
    let columns: [Int]
    let indexCount: Int?
  }

  /// Deals out the columns of a table.
  ///
  /// - Parameters:
  ///   - kept: columns that are passed through and are no input.
  ///   - targets: what outputs are compared with.
  ///   - targetNames: the columns of the targets; the last ones when nil.
  /// - Throws: `TableError` when there are not as many columns as the inputs have numbers.
  init(
    _ reader: CSVReader, for network: Network, kept: [String] = [], targets: [TargetForm] = [],
    targetNames: [String]? = nil
  ) throws {
    self.reader = reader
    let header = reader.header
    for name in kept + (targetNames ?? []) where !header.contains(name) {
      throw TableError(reader.name, column: name, .noSuchColumn(columns: header))
    }
    let targetCount = targets.reduce(0) { $0 + $1.columnCount }
    let left = header.indices.filter { !kept.contains(header[$0]) }
    let named = targetNames.map { names in names.compactMap { header.firstIndex(of: $0) } }
    let inputColumns =
      named.map { named in left.filter { !named.contains($0) } }
      ?? Array(left.dropLast(targetCount))
    let targetColumns = named ?? left.suffix(targetCount)
    let inputCount = network.inputs.reduce(0) { $0 + $1.shape.count }
    guard inputColumns.count == inputCount, targetColumns.count == targetCount else {
      throw TableError(
        reader.name,
        .columnCount(
          inputs: inputCount, targets: targetCount,
          found: inputColumns.count + targetColumns.count))
    }
    let counts = network.indexCounts
    var rest = inputColumns[...]
    inputs = network.inputs.map { input in
      defer { rest = rest.dropFirst(input.shape.count) }
      return Part(
        columns: Array(rest.prefix(input.shape.count)),
        indexCount: input.isIndices ? counts[input.name] ?? Int(Int32.max) : nil)
    }
    rest = targetColumns[...]
    self.targets = targets.map { form in
      defer { rest = rest.dropFirst(form.columnCount) }
      let count: Int? = if case .classes(let count) = form { count } else { nil }
      return Part(columns: Array(rest.prefix(form.columnCount)), indexCount: count)
    }
    self.targetNames = self.targets.map { target in
      let names = target.columns.map { header[$0] }
      return names.count > 1 ? "\(names[0])..\(names[names.count - 1])" : names.first ?? ""
    }
  }

  var name: String { reader.name }

  func next(into block: ExampleBlock, limit: Int) throws -> Bool {
    try reader.next(into: block.records)
  }

  func prepare(_ block: ExampleBlock) throws {
    let records = block.records
    try records.index()
    block.count = records.rowCount
    block.emptyLines = EmptyLines()
    block.emptyLines.add(records)
    if block.columns.count != reader.header.count {
      block.columns = Array(repeating: [], count: reader.header.count)
    }
    for part in inputs + targets {
      for column in part.columns { try read(column, of: block, indexCount: part.indexCount) }
    }
  }

  func copyInput(
    _ input: Int, of rows: Range<Int>, in block: ExampleBlock, into view: TensorView
  ) { copy(inputs[input], of: rows, in: block, into: view) }

  func copyTarget(
    _ target: Int, of rows: Range<Int>, in block: ExampleBlock, into view: TensorView
  ) { copy(targets[target], of: rows, in: block, into: view) }

  private func copy(
    _ part: Part, of rows: Range<Int>, in block: ExampleBlock, into view: TensorView
  ) {
    let width = part.columns.count
    for (place, column) in part.columns.enumerated() {
      let numbers = block.columns[column]
      for row in rows {
        let target = (row - rows.lowerBound) * width + place
        if part.indexCount == nil {
          view.setElement(target, to: Float(numbers[row]))
        } else {
          view.setElement(target, to: Int32(numbers[row]))
        }
      }
    }
  }
}

// MARK: - Numbers

extension FlatTable {
  /// Reads a column of a block, and checks that it holds what its input takes.
  private func read(
    _ column: Int, of block: ExampleBlock, indexCount: Int?
  ) throws(TableError) {
    let records = block.records
    block.columns[column].removeAll(keepingCapacity: true)
    let summary = records.grid.appendNumbers(
      of: column, in: records.text, decimal: records.dialect.decimal,
      to: &block.columns[column])
    func error(row: Int, _ problem: (String) -> TableError.Problem) -> TableError {
      TableError(
        records.source, line: records.line(ofRow: row), column: reader.header[column],
        problem(records.excerpt(row: row, column: column)))
    }
    let refused: [(kind: Text.FieldKind, problem: (String) -> TableError.Problem)] = [
      (.text, { .notANumber(found: $0) }), (.missing, { _ in .missingValue }),
      (.infinite, { .infinite(found: $0) }), (.tooLarge, { .tooLarge(found: $0) }),
    ]
    for (kind, problem) in refused where summary.count(kind) > 0 {
      throw error(row: summary.firstRow(kind), problem)
    }
    guard let indexCount else { return }
    let wrong = block.columns[column].firstIndex {
      $0 < 0 || $0 >= Double(indexCount) || $0 != $0.rounded()
    }
    if let wrong { throw error(row: wrong) { .notAnIndex(found: $0, count: indexCount) } }
  }
}
