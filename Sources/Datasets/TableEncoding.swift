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

  /// Every target: class numbers, int32 `[rows]`; labels, float32 `[rows, labels]` of 0 and 1; or
  /// scaled numbers, float32 `[rows, 1]`. Nil when the table lacks a column of a target.
  public let targets: [Tensor]?

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
    var encodedTargets: [Tensor]? = []
    for target in targets {
      var found: [TableColumn] = []
      for name in target.columns { if let column = columns[name] { found.append(column) } }
      guard found.count == target.columns.count else {
        encodedTargets = nil
        break
      }
      encodedTargets?.append(try encode(target, from: found, of: table, rows: rows))
    }
    return EncodedTable(
      inputs: tensors, targets: encodedTargets, rowCount: rows.count, report: report)
  }

  /// The class names of a table's rows as numbers, their labels as 0 and 1, or their numbers scaled.
  private func encode(
    _ target: Target, from columns: [TableColumn], of table: Table, rows: [Int]
  ) throws(TableError) -> Tensor {
    let column = columns[0]
    if case .labels(let target) = target {
      return try encode(target, from: columns, of: table, rows: rows)
    }
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
    case .labels:
      preconditionFailure("labels are encoded above")
    }
  }

  private func encode(
    _ target: LabelTarget, from columns: [TableColumn], of table: Table, rows: [Int]
  ) throws(TableError) -> Tensor {
    let width = target.labels.count
    var values = [Float](repeating: 0, count: rows.count * width)
    if target.areColumns {
      for (label, column) in columns.enumerated() {
        let truths = try column.asTruths(of: table)
        for (index, row) in rows.enumerated() {
          guard let truth = truths[row] else {
            throw TableError(
              table.source, line: table.line(ofRow: row), column: column.name, .missingTarget)
          }
          values[index * width + label] = truth ? 1 : 0
        }
      }
    } else {
      let names = columns[0].asNames()
      let encoder = LabelEncoder(target)
      for (index, row) in rows.enumerated() where names.codes[row] >= 0 {
        do {
          try encoder.encode(names.names[Int(names.codes[row])]) { values[index * width + $0] = 1 }
        } catch {
          throw TableError(
            table.source, line: table.line(ofRow: row), column: target.name,
            .unknownClass(found: error.label, known: target.labels))
        }
      }
    }
    return Tensor(values, shape: [rows.count, width])
  }
}

/// Finds the places of the labels of a field.
struct LabelEncoder: Sendable {
  /// A label that no training row had.
  struct UnknownLabel: Error {
    let label: String
  }

  private let places: [String: Int]

  init(_ target: LabelTarget) {
    places = Dictionary(
      target.labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Calls a closure with the place of every label of a field.
  func encode(_ field: String, _ set: (Int) -> Void) throws(UnknownLabel) {
    for label in LabelTarget.labels(of: field) {
      guard let place = places[label] else { throw UnknownLabel(label: label) }
      set(place)
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
