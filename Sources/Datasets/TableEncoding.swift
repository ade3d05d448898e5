import Kernels
import Tensors

/// A table as a network takes it.
public struct EncodedTable: Sendable {
  /// One input of a network with all rows.
  public struct Input: Sendable {
    public let name: String
    /// Of the shape of ``InputLayout/shape`` with the rows before it.
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
    let inputs = self.inputs
    var buffers = inputs.map { InputBuffer($0, rowCount: rows.count) }
    var report = EncodingReport()
    report.rowCount = rows.count
    let columns = Dictionary(table.columns.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    for (feature, place) in FeatureLayout(self).columns {
      var encoder = FeatureEncoder(
        feature: feature, place: place, policies: self, table: table, rows: rows)
      if let column = columns[feature.name] {
        try encoder.encode(column, into: &buffers)
        report.add(encoder.counts, to: feature.name)
      } else if missingColumn == .missing {
        encoder.encodeAbsent(into: &buffers)
        report.absentColumns.append(feature.name)
      } else {
        throw TableError(
          table.source, column: feature.name,
          .missingColumn(columns: table.columns.map(\.name)))
      }
    }
    let tensors = zip(inputs, buffers).map { input, buffer in
      EncodedTable.Input(name: input.name, tensor: buffer.tensor(shape: input.shape))
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
