import Tensors

/// Columns of numbers that are one input of a network together, such as the pixels of an image.
///
/// All its numbers are scaled alike: by the mean and deviation, or the smallest and largest value, of
/// all columns together.
public struct BlockInput: Hashable, Sendable {
  /// The input's name.
  public let name: String
  /// The shape of an example; the last axis runs fastest.
  public let shape: Shape
  /// The columns in the order of the elements.
  public let columns: [String]
  /// How each number becomes an element.
  public let transform: NumberTransform

  /// The columns as features of their own.
  var features: [Preprocessing.Feature] {
    columns.map { Preprocessing.Feature(name: $0, transform: .number(transform)) }
  }
}

extension BlockInput {
  /// Learns the scaling of a block of columns from the training rows.
  ///
  /// - Throws: ``TableError`` when a column is not there, is no number, or stands in the block twice,
  ///   or when the columns do not fill the shape.
  init(
    fitting asked: BlockOptions, of table: Table, rows: [Int], options: PreprocessingOptions
  ) throws(TableError) {
    let names = table.columns.map { $0.name }
    columns = try BlockInput.columns(asked.columns, of: names, source: table.source)
    name = asked.name
    let dimensions = asked.shape ?? [columns.count]
    guard let shape = try? Shape(checking: dimensions), shape.count == columns.count else {
      throw TableError(
        table.source, column: asked.name,
        .blockShape(
          expected: dimensions.map { "\($0)" }.joined(separator: "x"), found: columns.count))
    }
    self.shape = shape
    let missing = asked.missing ?? options.missing
    var all: [Double] = []
    for name in columns {
      guard let column = table.column(named: name) else { continue }
      let numbers = try column.asNumbers(of: table)
      if missing == .error, let row = rows.first(where: { numbers[$0].isNaN }) {
        throw TableError(
          table.source, line: table.line(ofRow: row), column: name, .missingValue)
      }
      for row in rows { all.append(numbers[row]) }
    }
    let statistics = NumberStatistics(of: all, rows: Array(all.indices))
    transform = NumberTransform(
      scaling: asked.scaling ?? options.scaling, missing: missing,
      fill: missing.fill(mean: statistics.mean, median: statistics.median), hasFlag: false,
      statistics: statistics)
  }

  /// The columns that names and ranges of names mean, in their order.
  static func columns(
    _ words: [String], of names: [String], source: String
  ) throws(TableError) -> [String] {
    var found: [String] = []
    func place(_ name: String) throws(TableError) -> Int {
      guard let place = names.firstIndex(of: name) else {
        throw TableError(source, column: name, .noSuchColumn(columns: names))
      }
      return place
    }
    for word in words {
      // A column may be called so itself.
      if !names.contains(word), let dots = word.firstRange(of: "..") {
        let first = try place(String(word[..<dots.lowerBound]))
        let last = try place(String(word[dots.upperBound...]))
        guard first <= last else {
          throw TableError(source, column: names[last], .blockOrder(first: names[first]))
        }
        found += names[first...last]
      } else {
        found.append(names[try place(word)])
      }
    }
    var seen: Set<String> = []
    for name in found where !seen.insert(name).inserted {
      throw TableError(source, column: name, .usedTwice)
    }
    return found
  }
}
