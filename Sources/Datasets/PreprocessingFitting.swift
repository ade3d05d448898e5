extension Preprocessing {
  /// Learns from the training rows how columns are to be scaled, filled and numbered.
  ///
  /// - Parameters:
  ///   - table: the whole table.
  ///   - rows: the training rows; nil for all. Nothing is learned from other rows.
  ///   - targetName: the column to be learned.
  ///   - options: how columns are prepared, where it is not to be found out.
  /// - Throws: ``TableError`` when the target is missing somewhere, constant or of one class,
  ///   when an option names no column, or when no column is left to learn from.
  public init(
    fitting table: Table, rows: [Int]? = nil, target targetName: String,
    options: PreprocessingOptions = PreprocessingOptions()
  ) throws(TableError) {
    try self.init(fitting: table, rows: rows, targets: [targetName], options: options)
  }

  /// Learns how columns are to be prepared where several are to be learned.
  ///
  /// - Parameters:
  ///   - table: the table.
  ///   - rows: the training rows; all when nil.
  ///   - targetNames: the columns to be learned: each an output of its own, or, where the task is
  ///     labels, all together one output of as many yes-or-no answers.
  ///   - options: how columns are prepared, where it is not to be found out.
  /// - Throws: ``TableError``, as ``init(fitting:rows:target:options:)``.
  public init(
    fitting table: Table, rows: [Int]? = nil, targets targetNames: [String],
    options: PreprocessingOptions = PreprocessingOptions()
  ) throws(TableError) {
    let rows = rows ?? Array(0..<table.rowCount)
    let names = table.columns.map(\.name)
    guard !rows.isEmpty else { throw TableError(table.source, .noTrainingRows) }
    for name in options.columns.keys.sorted() where !names.contains(name) {
      throw TableError(table.source, column: name, .noSuchColumn(columns: names))
    }
    targets = try Target.all(fitting: table, rows: rows, named: targetNames, options: options)
    features = []
    ignored = []
    for asked in options.blocks {
      blocks.append(try BlockInput(fitting: asked, of: table, rows: rows, options: options))
    }
    var used = Set(targets.flatMap { $0.columns })
    for block in blocks {
      for name in block.columns where !used.insert(name).inserted {
        throw TableError(table.source, column: name, .usedTwice)
      }
    }
    for column in table.columns where !used.contains(column.name) {
      let asked = options.columns[column.name] ?? ColumnOptions()
      if let reason = Preprocessing.reasonToIgnore(column, rows: rows, options: asked) {
        ignored.append(IgnoredColumn(name: column.name, reason: reason))
      } else {
        let transform = try Transform(
          fitting: column, of: table, rows: rows, asked: asked, options: options)
        features.append(Feature(name: column.name, transform: transform))
      }
    }
    guard !(features.isEmpty && blocks.isEmpty) else {
      throw TableError(table.source, .noFeatures)
    }
    rowCount = rows.count
    unknown = options.unknown
    missingColumn = options.missingColumn
    unreadable = options.unreadable
    if let name = repeatedInput {
      throw TableError(table.source, column: name, .inputNameTaken)
    }
  }

  /// The name of two inputs, where there are such.
  var repeatedInput: String? {
    var seen: Set<String> = blocks.isEmpty ? [] : [Preprocessing.featuresInput]
    let own = inputs.filter { blocks.isEmpty || $0.name != Preprocessing.featuresInput }
    let named = blocks.first { $0.name == Preprocessing.featuresInput }?.name
    return named ?? own.first { !seen.insert($0.name).inserted }?.name
  }

  /// Why a column teaches nothing, or nil.
  private static func reasonToIgnore(
    _ column: TableColumn, rows: [Int], options: ColumnOptions
  ) -> IgnoredColumn.Reason? {
    if options.isUsed == false { return .asked }
    // The fewest rows in which being different everywhere is no accident.
    let manyRows = 20
    switch column.values {
    case .numbers(let numbers):
      let present = rows.lazy.map { numbers[$0] }.filter { !$0.isNaN }
      guard let first = present.first else { return .empty }
      let hasMissing = rows.contains { numbers[$0].isNaN }
      if !hasMissing, present.allSatisfy({ $0 == first }) { return .constant }
      if options.isUsed == nil, numbers.count >= manyRows, first.rounded() == first,
        numbers.indices.dropFirst().allSatisfy({ numbers[$0] == numbers[$0 - 1] + 1 })
      {
        return .rowNumber
      }
    case .names(let codes, let names):
      if [.sequence, .text].contains(options.kind ?? column.kind) { return nil }
      let present = Set(rows.lazy.map { codes[$0] })
      if present == [-1] { return .empty }
      if present.count == 1 { return .constant }
      if options.isUsed == nil, column.kind == .category, names.count >= manyRows,
        names.count == codes.count
      {
        return .identifier
      }
    }
    return nil
  }
}

extension Preprocessing.IgnoredColumn: CustomStringConvertible {
  public var description: String {
    switch reason {
    case .constant: "column '\(name)' is not used: it is the same in every training row"
    case .identifier: "column '\(name)' is not used: it is different in every row"
    case .rowNumber: "column '\(name)' is not used: it counts the rows"
    case .empty: "column '\(name)' is not used: it is empty in every training row"
    case .asked: "column '\(name)' is not used, as asked"
    }
  }
}

extension Preprocessing.Transform {
  init(
    fitting column: TableColumn, of table: Table, rows: [Int], asked: ColumnOptions,
    options: PreprocessingOptions
  ) throws(TableError) {
    let missing = asked.missing ?? options.missing
    switch asked.kind ?? column.kind {
    case .number:
      let numbers = try column.asNumbers(of: table)
      let statistics = NumberStatistics(of: numbers, rows: rows)
      try missing.check(statistics.missingCount, column, of: table, rows: rows)
      self = .number(
        NumberTransform(
          scaling: asked.scaling ?? options.scaling, missing: missing,
          fill: missing.fill(mean: statistics.mean, median: statistics.median),
          hasFlag: statistics.missingCount > 0, statistics: statistics))
    case .boolean:
      let truths = try column.asTruths(of: table)
      let trueCount = rows.count { truths[$0] == true }
      let missingCount = rows.count { truths[$0] == nil }
      try missing.check(missingCount, column, of: table, rows: rows)
      let presentCount = rows.count - missingCount
      let share = Double(trueCount) / Double(max(presentCount, 1))
      self = .boolean(
        BooleanTransform(
          missing: missing,
          fill: missing.fill(mean: share, median: 2 * trueCount > presentCount ? 1 : 0),
          hasFlag: missingCount > 0, trueCount: trueCount, missingCount: missingCount))
    case .category:
      let names = column.asNames()
      let missingCount = rows.count { names.codes[$0] < 0 }
      try missing.check(missingCount, column, of: table, rows: rows)
      let kept = CategoryCounts(names, rows: rows, limit: options.maximumCategories)
      self = .category(
        CategoryTransform(
          encoding: asked.encoding ?? options.encoding, categories: kept.names,
          counts: kept.counts, missingCount: missingCount, foldedCount: kept.foldedCount,
          hasNumberKeys: names.areNumbers, refusesMissing: missing == .error))
    case .sequence:
      self = .sequence(
        try SequenceTransform(
          fitting: column, of: table, rows: rows, asked: asked, missing: missing,
          options: options))
    case .text:
      self = .text(
        try TextTransform(
          fitting: column, of: table, rows: rows, asked: asked.series, missing: missing))
    }
  }
}

extension FillPolicy {
  func fill(mean: Double, median: Double) -> Double {
    switch self {
    case .mean, .error: mean
    case .median: median
    case .constant(let number): number
    }
  }

  /// Throws for the first missing value if that is an error.
  func check(
    _ missingCount: Int, _ column: TableColumn, of table: Table, rows: [Int]
  ) throws(TableError) {
    guard self == .error, missingCount > 0 else { return }
    let row = rows.first { column.isMissing(at: $0) } ?? 0
    throw TableError(
      table.source, line: table.line(ofRow: row), column: column.name, .missingValue)
  }
}

extension NumberStatistics {
  /// The statistics of some rows; of no numbers at all, zeros.
  init(of numbers: [Double], rows: [Int]) {
    var present = rows.map { numbers[$0] }.filter { !$0.isNaN }
    present.sort()
    count = present.count
    missingCount = rows.count - present.count
    guard let first = present.first, let last = present.last else {
      (mean, deviation, minimum, median, maximum) = (0, 0, 0, 0, 0)
      return
    }
    let center = present.reduce(0, +) / Double(count)
    let squares = present.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    mean = center
    deviation = (squares / Double(count)).squareRoot()
    minimum = first
    maximum = last
    median = (present[(count - 1) / 2] + present[count / 2]) / 2
  }
}

/// The categories of some rows, the rarest left out.
struct CategoryCounts {
  let names: [String]
  let counts: [Int]
  let foldedCount: Int

  init(_ column: TableColumn.Names, rows: [Int], limit: Int) {
    var counts = [Int](repeating: 0, count: column.names.count)
    for row in rows where column.codes[row] >= 0 { counts[Int(column.codes[row])] += 1 }
    let order = TableColumn.order(column.names)
    let present = order.filter { counts[$0] > 0 }
    var kept = present
    if kept.count > limit {
      // The most frequent; of equally frequent ones, the first.
      let ranked = kept.enumerated().sorted {
        (counts[$1.element], $0.offset) < (counts[$0.element], $1.offset)
      }
      let frequent = Set(ranked.prefix(limit).map(\.element))
      kept = kept.filter(frequent.contains)
    }
    names = kept.map { column.names[$0] }
    self.counts = kept.map { counts[$0] }
    foldedCount = present.reduce(0) { $0 + counts[$1] } - self.counts.reduce(0, +)
  }
}
