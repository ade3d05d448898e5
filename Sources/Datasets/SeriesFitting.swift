import Kernels

extension SequenceTransform {
  /// Learns from the training rows how long sequences are and how their numbers are scaled.
  ///
  /// - Throws: ``TableError`` with the line of a field that is no sequence of numbers.
  init(
    fitting column: TableColumn, of table: Table, rows: [Int], asked: ColumnOptions,
    missing: FillPolicy, options: PreprocessingOptions
  ) throws(TableError) {
    let series = asked.series
    let names = column.asNames()
    channels = series.channels ?? 1
    let missingCount = rows.count { names.codes[$0] < 0 }
    try missing.check(missingCount, column, of: table, rows: rows)
    var all: [Double] = []
    var longest = 0
    var known: [Int32: [Double]] = [:]
    for row in rows where names.codes[row] >= 0 {
      let code = names.codes[row]
      if known[code] == nil {
        known[code] = try SequenceTransform.numbers(
          names.names[Int(code)], channels: channels, unreadable: options.unreadable,
          row: row, column: column.name, of: table)
      }
      let numbers = known[code] ?? []
      longest = max(longest, numbers.count / channels)
      all += numbers
    }
    guard longest > 0 else { throw TableError(table.source, column: column.name, .noTokens) }
    length = series.length ?? min(longest, SeriesOptions.longestUsual)
    padding = series.padding ?? .end
    truncation = series.truncation ?? .end
    hasMask = series.hasMask ?? false
    refusesMissing = missing == .error
    scaling = asked.scaling ?? options.scaling
    statistics = NumberStatistics(of: all, rows: Array(all.indices))
  }

  private static func numbers(
    _ field: String, channels: Int, unreadable: ValuePolicy, row: Int, column: String,
    of table: Table
  ) throws(TableError) -> [Double] {
    let (numbers, wrong) = numbers(field, decimal: table.decimal)
    let problem: TableError.Problem
    if let wrong {
      problem = .notANumber(found: wrong)
    } else if numbers.count % channels != 0 {
      problem = .incompleteSteps(count: numbers.count, channels: channels)
    } else {
      return numbers
    }
    guard unreadable == .missing else {
      throw TableError(table.source, line: table.line(ofRow: row), column: column, problem)
    }
    return []
  }
}

extension TextTransform {
  /// Learns the words or characters of the training rows.
  init(
    fitting column: TableColumn, of table: Table, rows: [Int], asked: SeriesOptions,
    missing: FillPolicy
  ) throws(TableError) {
    let names = column.asNames()
    unit = asked.unit ?? .words
    lowercases = asked.lowercases ?? true
    let missingCount = rows.count { names.codes[$0] < 0 }
    try missing.check(missingCount, column, of: table, rows: rows)
    var rowCounts = [Int](repeating: 0, count: names.names.count)
    for row in rows where names.codes[row] >= 0 { rowCounts[Int(names.codes[row])] += 1 }
    var counts: [Substring: Int] = [:]
    var longest = 0
    for (code, name) in names.names.enumerated() where rowCounts[code] > 0 {
      let tokens = TextTransform.tokens(name, unit: unit, lowercases: lowercases)
      longest = max(longest, tokens.count)
      for token in tokens { counts[token, default: 0] += rowCounts[code] }
    }
    guard longest > 0 else { throw TableError(table.source, column: column.name, .noTokens) }
    length = asked.length ?? min(longest, SeriesOptions.longestUsual)
    padding = asked.padding ?? .end
    truncation = asked.truncation ?? .end
    refusesMissing = missing == .error
    // The most frequent first; of equally frequent ones by code points.
    let order = counts.sorted {
      $0.value != $1.value
        ? $0.value > $1.value : $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
    }.prefix(asked.vocabularyLimit ?? 10_000)
    vocabulary = order.map { String($0.key) }
    self.counts = order.map { $0.value }
  }
}
