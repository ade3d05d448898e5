import Kernels

extension Preprocessing.Target {
  /// What a column may have between the labels of a row.
  static let labelSeparators: Set<Character> = [";", "|", ","]

  /// The targets that some columns are.
  ///
  /// - Throws: ``TableError`` when one is not there, or is not fit to be learned.
  static func all(
    fitting table: Table, rows: [Int], named names: [String], options: PreprocessingOptions
  ) throws(TableError) -> [Preprocessing.Target] {
    var columns: [TableColumn] = []
    for name in names {
      guard let column = table.column(named: name) else {
        throw TableError(
          table.source, column: name, .noTargetColumn(columns: table.columns.map(\.name)))
      }
      guard !columns.contains(where: { $0.name == name }) else {
        throw TableError(table.source, column: name, .usedTwice)
      }
      columns.append(column)
    }
    if options.task == .labels {
      return [.labels(try LabelTarget(fitting: columns, of: table, rows: rows))]
    }
    var targets: [Preprocessing.Target] = []
    for column in columns {
      targets.append(
        try Preprocessing.Target(fitting: column, of: table, rows: rows, options: options))
    }
    return targets
  }
}

extension LabelTarget {
  /// The labels of one column's fields, or columns that are one label each.
  init(
    fitting columns: [TableColumn], of table: Table, rows: [Int]
  ) throws(TableError) {
    areColumns = columns.count > 1
    guard areColumns, let first = columns.first else {
      let column = columns[0]
      name = column.name
      var counts: [String: Int] = [:]
      let names = column.asNames()
      for row in rows where names.codes[row] >= 0 {
        for label in LabelTarget.labels(of: names.names[Int(names.codes[row])]) {
          counts[label, default: 0] += 1
        }
      }
      let known = Array(counts.keys)
      labels = TableColumn.order(known).map { known[$0] }
      guard labels.count > 1 else {
        throw TableError(table.source, column: name, .oneClass(found: labels.first ?? ""))
      }
      guard labels.count <= Preprocessing.Target.absoluteClassLimit else {
        throw TableError(
          table.source, column: name, .tooManyClasses(count: labels.count, rows: rows.count))
      }
      self.counts = labels.map { counts[$0] ?? 0 }
      return
    }
    name = first.name == "labels" || columns.contains { $0.name == "labels" } ? "all" : "labels"
    labels = columns.map { $0.name }
    var counts: [Int] = []
    for column in columns {
      let truths = try column.asTruths(of: table)
      if let row = rows.first(where: { truths[$0] == nil }) {
        throw TableError(
          table.source, line: table.line(ofRow: row), column: column.name, .missingTarget)
      }
      counts.append(rows.count { truths[$0] == true })
    }
    self.counts = counts
  }

  /// The labels that stand in a field, each once.
  static func labels(of field: String) -> [String] {
    var labels: [String] = []
    for part in field.split(whereSeparator: Preprocessing.Target.labelSeparators.contains) {
      let label = part.trimmingBlanks
      if !label.isEmpty, !labels.contains(label) { labels.append(label) }
    }
    return labels
  }
}

extension Substring {
  /// Without blanks at both ends.
  fileprivate var trimmingBlanks: String {
    var part = drop { $0.isWhitespace }
    while part.last?.isWhitespace == true { part.removeLast() }
    return String(part)
  }
}
