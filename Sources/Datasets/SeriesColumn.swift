import Kernels
import Tensors

/// A column of sequences or texts of a file, and where its rows go.
struct SeriesColumn: Sendable {
  let feature: Preprocessing.Feature
  private let field: Int
  private let place: FeatureLayout.Place
  /// Holds the vocabulary.
  private let encoder: SeriesEncoder

  /// A feature's column; nil where the feature is of another kind, or the file has no such column.
  init?(
    _ feature: Preprocessing.Feature, at place: FeatureLayout.Place, header: [String],
    unreadable: ValuePolicy
  ) {
    switch feature.transform {
    case .sequence, .text: break
    case .number, .boolean, .category: return nil
    }
    guard let field = header.firstIndex(of: feature.name) else { return nil }
    self.feature = feature
    self.place = place
    self.field = field
    encoder = SeriesEncoder(feature.transform, unreadable: unreadable)
  }

  /// Writes all rows of a block; the destinations hold 0 before.
  ///
  /// - Throws: ``TableError`` with line and column of what is refused.
  func encode(
    _ block: RowBlock, into destinations: [TensorView], counts: inout EncodingReport.Counts
  ) throws(TableError) {
    let destination = destinations[place.buffer]
    let width = destination.count / max(destination.shape[0], 1)
    var mask: TensorView?
    if case .sequence(let sequence) = feature.transform, sequence.hasMask {
      mask = destinations[place.buffer + 1]
    }
    let maskWidth = mask.map { $0.count / max($0.shape[0], 1) } ?? 0
    for row in 0..<block.rowCount {
      let content = block.content(row: row, column: field)
      let isMissing = Text.number(content).kind == .missing
      let text = isMissing ? nil : try block.string(content, row: row, column: feature.name)
      do {
        try encoder.encode(
          text, decimal: block.dialect.decimal, counts: &counts,
          set: { destination.setElement(row * width + $0, to: $1) },
          setCode: { destination.setElement(row * width + $0, to: $1) },
          setMask: { mask?.setElement(row * maskWidth + $0, to: Float(1)) })
      } catch {
        throw TableError(
          block.source, line: block.line(ofRow: row), column: feature.name, error.tableProblem)
      }
    }
  }
}

/// A column that holds lists of labels, and where they go.
struct LabelColumn: Sendable {
  private let target: LabelTarget
  private let field: Int
  private let buffer: Int
  private let encoder: LabelEncoder

  /// The column of a target; nil where the target is of another kind.
  init?(_ target: Preprocessing.Target, buffer: Int, header: [String]) {
    guard case .labels(let labels) = target, !labels.areColumns,
      let field = header.firstIndex(of: labels.name)
    else { return nil }
    self.target = labels
    self.field = field
    self.buffer = buffer
    encoder = LabelEncoder(labels)
  }

  /// Writes all rows of a block; the destination holds 0 before.
  ///
  /// - Throws: ``TableError`` with line and column of an unknown label.
  func encode(_ block: RowBlock, into destinations: [TensorView]) throws(TableError) {
    let width = target.labels.count
    for row in 0..<block.rowCount {
      let content = block.content(row: row, column: field)
      guard Text.number(content).kind != .missing else { continue }
      let text = try block.string(content, row: row, column: target.name)
      do {
        try encoder.encode(text) { destinations[buffer].setElement(row * width + $0, to: Float(1)) }
      } catch {
        throw TableError(
          block.source, line: block.line(ofRow: row), column: target.name,
          .unknownClass(found: error.label, known: target.labels))
      }
    }
  }
}
