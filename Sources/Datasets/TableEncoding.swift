import Kernels
import Tensors

/// A table as a network takes it.
public struct EncodedTable: Sendable {
  /// One input of a network with all rows.
  public struct Input: Sendable {
    public let name: String
    /// Of shape [rows, width].
    public let tensor: Tensor
  }

  /// The inputs, in the order of ``Preprocessing/inputs``.
  public let inputs: [Input]

  /// Class numbers, int32 of shape [rows], or scaled numbers, float32 of shape [rows, 1]; nil
  /// when the table has no target column.
  public let targets: Tensor?

  /// The number of rows.
  public let rowCount: Int

  /// What had to be filled in.
  public let report: EncodingReport
}

extension Preprocessing {
  /// Makes inputs and targets of some rows of a table.
  ///
  /// - Parameters:
  ///   - table: any table that has the columns, best read with ``columnKinds``.
  ///   - rows: which rows, in the order wanted; nil for all.
  /// - Throws: ``TableError`` with line, column and value of what the policies refuse.
  public func encode(_ table: Table, rows: [Int]? = nil) throws(TableError) -> EncodedTable {
    let rows = rows ?? Array(0..<table.rowCount)
    let layout = FeatureLayout(self)
    let inputs = self.inputs
    var numbers: [Float] = []
    var codes: [[Int32]] = inputs.map { _ in [] }
    let width = inputs.first { $0.vocabularySize == nil }?.width ?? 0
    numbers = Array(repeating: 0, count: rows.count * width)
    var report = EncodingReport()
    report.rowCount = rows.count
    for (feature, place) in zip(features, layout.places) {
      var encoder = FeatureEncoder(
        feature: feature, place: place, width: width, policies: self, table: table, rows: rows)
      if let column = table.column(named: feature.name) {
        try encoder.encode(column, numbers: &numbers, codes: &codes[place.buffer])
        report.add(encoder.counts, to: feature.name)
      } else if missingColumn == .missing {
        encoder.encodeAbsent(numbers: &numbers, codes: &codes[place.buffer])
        report.absentColumns.append(feature.name)
      } else {
        throw TableError(
          table.source, column: feature.name,
          .missingColumn(columns: table.columns.map(\.name)))
      }
    }
    let tensors = inputs.enumerated().map { place, input in
      let shape: Shape = [rows.count, input.width]
      return EncodedTable.Input(
        name: input.name,
        tensor: input.vocabularySize == nil
          ? Tensor(numbers, shape: shape) : Tensor(codes[place], shape: shape))
    }
    let targets = try table.column(named: targetName).map { column throws(TableError) in
      try encodeTarget(column, of: table, rows: rows)
    }
    return EncodedTable(inputs: tensors, targets: targets, rowCount: rows.count, report: report)
  }

  /// The class names of a table's rows as numbers, or its numbers scaled.
  private func encodeTarget(
    _ column: TableColumn, of table: Table, rows: [Int]
  ) throws(TableError) -> Tensor {
    if let row = rows.first(where: column.isMissing) {
      throw TableError(
        table.source, line: table.line(ofRow: row), column: column.name, .missingTarget)
    }
    switch target {
    case .number(let target):
      let numbers = try column.asNumbers(of: table)
      let scaled = rows.map { Float((numbers[$0] - target.offset) * target.scale) }
      return Tensor(scaled, shape: [rows.count, 1])
    case .classes(let target):
      let names = column.asNames()
      let places = names.places(in: target.classes, hasNumberKeys: target.hasNumberKeys)
      let labels = try rows.map { row throws(TableError) -> Int32 in
        let code = Int(names.codes[row])
        if let place = places[code] { return Int32(place) }
        throw TableError(
          table.source, line: table.line(ofRow: row), column: column.name,
          .unknownClass(found: names.names[code], known: target.classes))
      }
      return Tensor(labels)
    }
  }
}

extension TableColumn.Names {
  /// Where each name stands in a list; numbers are compared as numbers.
  func places(in list: [String], hasNumberKeys: Bool) -> [Int?] {
    if hasNumberKeys {
      let known = Dictionary(
        list.enumerated().map { (Double($1) ?? .nan, $0) }, uniquingKeysWith: { first, _ in first })
      return names.map { name in
        let (kind, value) = Text.number(Array(name.utf8))
        return kind == .number ? known[value] : nil
      }
    }
    let known = Dictionary(
      list.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return names.map { known[$0] }
  }
}

/// Writes the inputs of one feature.
private struct FeatureEncoder {
  let feature: Preprocessing.Feature
  let place: FeatureLayout.Place
  /// The number of elements in a row of the shared input.
  let width: Int
  let policies: Preprocessing
  let table: Table
  let rows: [Int]
  var counts = EncodingReport.Counts()

  mutating func encode(
    _ column: TableColumn, numbers: inout [Float], codes: inout [Int32]
  ) throws(TableError) {
    switch feature.transform {
    case .number(let transform):
      let values = try column.asNumbers(of: table)
      for (index, row) in rows.enumerated() {
        let scaled = Float((values[row] - transform.offset) * transform.scale)
        if values[row].isNaN {
          try fill(index, row, &counts.missing, &numbers)
        } else if scaled.isFinite {
          numbers[index * width + place.output] = scaled
        } else {
          guard policies.unreadable == .missing else {
            throw error(row, .tooLarge(found: "\(values[row])"))
          }
          try fill(index, row, &counts.unreadable, &numbers)
        }
      }
    case .boolean:
      let truths = try column.asTruths(of: table)
      for (index, row) in rows.enumerated() {
        if let truth = truths[row] {
          numbers[index * width + place.output] = truth ? 1 : 0
        } else {
          try fill(index, row, &counts.missing, &numbers)
        }
      }
    case .category(let transform):
      let names = column.asNames()
      let places = names.places(in: transform.categories, hasNumberKeys: transform.hasNumberKeys)
      for (index, row) in rows.enumerated() {
        let code = try code(names, row: row, places: places, transform)
        write(code, index, transform, &numbers, &codes)
      }
    }
  }

  /// Fills a column that the table lacks.
  func encodeAbsent(numbers: inout [Float], codes: inout [Int32]) {
    for index in rows.indices {
      switch feature.transform {
      case .number, .boolean:
        numbers[index * width + place.output] = feature.transform.encodedFill
        if let flag = place.flag { numbers[index * width + flag] = 1 }
      case .category(let transform):
        write(transform.otherCode, index, transform, &numbers, &codes)
      }
    }
  }

  private mutating func code(
    _ names: TableColumn.Names, row: Int, places: [Int?], _ transform: CategoryTransform
  ) throws(TableError) -> Int? {
    let name = Int(names.codes[row])
    if name < 0 {
      guard !transform.refusesMissing else { throw error(row, .missingValue) }
      counts.missing += 1
      return transform.otherCode
    }
    if let place = places[name] { return place + transform.firstCode }
    guard !transform.refusesUnknown(policies.unknown) else {
      throw error(
        row, .unknownCategory(found: names.names[name], known: transform.categories))
    }
    counts.unknown += 1
    return transform.otherCode
  }

  private func write(
    _ code: Int?, _ index: Int, _ transform: CategoryTransform, _ numbers: inout [Float],
    _ codes: inout [Int32]
  ) {
    if transform.encoding != .oneHot {
      codes.append(Int32(code ?? 0))
    } else if let code {
      numbers[index * width + place.output + code] = 1
    }
  }

  private func fill(
    _ index: Int, _ row: Int, _ count: inout Int, _ numbers: inout [Float]
  ) throws(TableError) {
    guard !feature.transform.refusesMissing else { throw error(row, .missingValue) }
    count += 1
    numbers[index * width + place.output] = feature.transform.encodedFill
    if let flag = place.flag { numbers[index * width + flag] = 1 }
  }

  private func error(_ row: Int, _ problem: TableError.Problem) -> TableError {
    TableError(
      table.source, line: table.line(ofRow: row), column: feature.name, problem)
  }
}
