import Kernels

extension TableColumn {
  /// A column's values as numbers of names.
  struct Names {
    let codes: [Int32]
    let names: [String]
    /// Whether the names were made from numbers, so that 1.0 means 1.
    let areNumbers: Bool
  }

  func isMissing(at row: Int) -> Bool {
    switch values {
    case .numbers(let numbers): numbers[row].isNaN
    case .names(let codes, _): codes[row] < 0
    }
  }

  /// The values as numbers; names must all be numbers.
  func asNumbers(of table: Table) throws(TableError) -> [Double] {
    switch values {
    case .numbers(let numbers): return numbers
    case .names(let codes, let names):
      var numbers: [Double] = []
      for (code, name) in names.enumerated() {
        let (kind, value) = Text.number(Array(name.utf8))
        guard kind == .number else {
          let row = codes.firstIndex(of: Int32(code)) ?? 0
          throw TableError(
            table.source, line: table.line(ofRow: row), column: self.name,
            .notANumber(found: name))
        }
        numbers.append(value)
      }
      return codes.map { $0 < 0 ? .nan : numbers[Int($0)] }
    }
  }

  /// The values as truths; numbers must be 0 or 1.
  func asTruths(of table: Table) throws(TableError) -> [Bool?] {
    let names = asNames()
    var truths: [Bool] = []
    for (code, name) in names.names.enumerated() {
      guard let truth = Booleans.value(of: name) else {
        let row = names.codes.firstIndex(of: Int32(code)) ?? 0
        throw TableError(
          table.source, line: table.line(ofRow: row), column: self.name,
          .notATruth(found: name))
      }
      truths.append(truth)
    }
    return names.codes.map { $0 < 0 ? nil : truths[Int($0)] }
  }

  /// The values as names; numbers are named as they are written shortest, whole ones without a
  /// point.
  func asNames() -> Names {
    switch values {
    case .names(let codes, let names): return Names(codes: codes, names: names, areNumbers: false)
    case .numbers(let numbers):
      var places: [Double: Int32] = [:]
      var names: [String] = []
      let codes = numbers.map { number -> Int32 in
        if number.isNaN { return -1 }
        if let place = places[number] { return place }
        places[number] = Int32(names.count)
        names.append(TableColumn.canonicalName(of: number))
        return Int32(names.count - 1)
      }
      return Names(codes: codes, names: names, areNumbers: true)
    }
  }

  /// A number as a name: whole ones without a point.
  static func canonicalName(of number: Double) -> String {
    number.rounded() == number && abs(number) < 0x1p53 ? String(Int64(number)) : "\(number)"
  }

  /// The order of names: by number if all are whole numbers, else by code points.
  static func order(_ names: [String]) -> [Int] {
    let numbers = names.map { Int($0) }
    return names.indices.sorted { left, right in
      if !numbers.contains(nil), let first = numbers[left], let second = numbers[right],
        first != second
      {
        return first < second
      }
      return names[left].utf8.lexicographicallyPrecedes(names[right].utf8)
    }
  }
}

extension Preprocessing.Target {
  /// The most different values that whole numbers may have to be classes unasked.
  static let classLimit = 20

  /// The most classes at all.
  static let absoluteClassLimit = 10_000

  init(
    fitting column: TableColumn, of table: Table, rows: [Int], options: PreprocessingOptions
  ) throws(TableError) {
    if let row = rows.first(where: column.isMissing) {
      throw TableError(
        table.source, line: table.line(ofRow: row), column: column.name, .missingTarget)
    }
    let kind = options.columns[column.name]?.kind
    let task =
      options.task
      ?? (kind == .number
        ? .regression
        : kind != nil || Preprocessing.Target.isMadeOfClasses(column, rows: rows)
          ? .classification : .regression)
    switch task {
    case .labels:
      self = .labels(try LabelTarget(fitting: [column], of: table, rows: rows))
    case .classification:
      let names = column.asNames()
      let found = CategoryCounts(names, rows: rows, limit: .max)
      guard found.names.count > 1 else {
        throw TableError(
          table.source, column: column.name, .oneClass(found: found.names.first ?? ""))
      }
      guard found.names.count <= Preprocessing.Target.absoluteClassLimit,
        found.names.count < rows.count || rows.count <= Preprocessing.Target.classLimit
      else {
        throw TableError(
          table.source, column: column.name,
          .tooManyClasses(count: found.names.count, rows: rows.count))
      }
      self = .classes(
        ClassTarget(
          name: column.name, classes: found.names, counts: found.counts,
          hasNumberKeys: names.areNumbers))
    case .regression:
      guard let numbers = try? column.asNumbers(of: table) else {
        throw TableError(table.source, column: column.name, .targetNeedsNumbers)
      }
      let statistics = NumberStatistics(of: numbers, rows: rows)
      guard statistics.minimum < statistics.maximum else {
        throw TableError(
          table.source, column: column.name,
          .constantTarget(found: TableColumn.canonicalName(of: statistics.minimum)))
      }
      self = .number(
        NumberTarget(
          name: column.name, scaling: options.targetScaling, statistics: statistics))
    }
  }

  /// Whether a target is one of few things rather than a quantity.
  private static func isMadeOfClasses(_ column: TableColumn, rows: [Int]) -> Bool {
    guard case .numbers(let numbers) = column.values else { return true }
    var distinct = Set<Double>()
    for row in rows {
      guard numbers[row].rounded() == numbers[row] else { return false }
      distinct.insert(numbers[row])
      if distinct.count > classLimit { return false }
    }
    return distinct.count <= 2 || distinct.count * 5 <= rows.count
  }
}
