import Crypto
import Datasets
import Foundation
import ModelFiles
import Networks
import Tensors
import Training

/// A table that was read for training: its rows, its fingerprint, and its way into tensors.
struct TrainingTable {
  let table: Table
  let fingerprint: DataFingerprint

  /// Reads a table.
  ///
  /// - Throws: `TableError` with file, line and column of what is wrong.
  init(_ path: String, csv: CSVOptions, kinds: [String: ColumnKind], unreadable: ValuePolicy)
    throws
  {
    let hash = RunningHash()
    let source = unsafe try ByteSource(path: path, observer: { unsafe hash.update($0) })
    table = try Table(
      reading: source,
      options: TableOptions(
        csv: csv, kinds: kinds, unreadable: unreadable, requiresColumns: false))
    fingerprint = DataFingerprint(
      path: path, sha256: hash.hexadecimal(), byteCount: hash.byteCount,
      rowCount: table.rowCount)
  }
}

/// A hash that is fed piece by piece.
private final class RunningHash {
  private var hash = SHA256()
  private(set) var byteCount = 0

  func update(_ bytes: UnsafeRawBufferPointer) {
    unsafe hash.update(bufferPointer: bytes)
    byteCount += bytes.count
  }

  func hexadecimal() -> String { hash.finalize().hexadecimal }
}

extension Preprocessing {
  /// Rows of a table as losses want them.
  ///
  /// - Throws: `TableError` with line, column and value of what the policies refuse.
  func trainingData(
    _ table: Table, rows: [Int]? = nil, losses: [OutputLoss]
  ) throws -> (data: TrainingData, report: EncodingReport) {
    let encoded = try encode(table, rows: rows)
    guard let targets = encoded.targets else {
      let names = table.columns.map(\.name)
      let missing = targetColumns.first { !names.contains($0) } ?? target.name
      throw TableError(table.source, column: missing, .noTargetColumn(columns: names))
    }
    let fitted = zip(zip(self.targets, targets), losses).map { part, loss in
      part.0.tensor(part.1, for: loss.loss)
    }
    let data = TrainingData(inputs: encoded.inputs.map { $0.tensor }, targets: fitted)
    return (data, encoded.report)
  }
}

extension Preprocessing.Target {
  /// Class numbers as losses of yes or no want them: one number for two classes, otherwise one per
  /// class.
  fileprivate func tensor(_ targets: Tensor, for loss: any Loss) -> Tensor {
    guard case .classes = self, loss.targets == .numbers else { return targets }
    let labels = targets.elements(as: Int32.self)
    let width = outputCount(for: loss)
    guard width > 1 else { return Tensor(labels.map { Float($0) }, shape: [labels.count, 1]) }
    var values = Array(repeating: Float(0), count: labels.count * width)
    for (row, label) in labels.enumerated() { values[row * width + Int(label)] = 1 }
    return Tensor(values, shape: [labels.count, width])
  }
}

extension Configuration {
  /// The columns to be learned: the target, or its parts between commas where no column is called so.
  func targetNames(in table: Table) throws -> [String] {
    guard let target else {
      throw ConfigurationError.conflict("no target: say which column to predict with --target")
    }
    if table.column(named: target) != nil { return [target] }
    let parts = target.split(separator: ",").map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    return parts.isEmpty ? [target] : parts
  }
}
