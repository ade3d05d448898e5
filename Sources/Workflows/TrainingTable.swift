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
  /// Rows of a table as a loss wants them.
  ///
  /// - Throws: `TableError` with line, column and value of what the policies refuse.
  func trainingData(
    _ table: Table, rows: [Int]? = nil, loss: any Loss
  ) throws -> (data: TrainingData, report: EncodingReport) {
    let encoded = try encode(table, rows: rows)
    guard let targets = encoded.targets else {
      throw TableError(
        table.source, column: targetName, .noTargetColumn(columns: table.columns.map(\.name)))
    }
    let data = TrainingData(
      inputs: encoded.inputs.map { $0.tensor }, targets: self.targets(targets, for: loss))
    return (data, encoded.report)
  }

  /// Class numbers as losses of yes or no want them: one number for two classes, otherwise one per
  /// class.
  func targets(_ targets: Tensor, for loss: any Loss) -> Tensor {
    guard task == .classification, loss.targets == .numbers else { return targets }
    let labels = targets.elements(as: Int32.self)
    let width = outputCount(for: loss)
    guard width > 1 else { return Tensor(labels.map { Float($0) }, shape: [labels.count, 1]) }
    var values = Array(repeating: Float(0), count: labels.count * width)
    for (row, label) in labels.enumerated() { values[row * width + Int(label)] = 1 }
    return Tensor(values, shape: [labels.count, width])
  }
}
