import Kernels
import Tensors

/// A preprocessing tied to the columns of one file: encodes its blocks straight from text.
///
/// Gives exactly what ``Preprocessing/encode(_:rows:)`` gives for the same rows. Immutable, so
/// that any number of threads may use it.
public struct ColumnBinding: Sendable {
  /// The columns of the file that are not used.
  public let ignoredColumns: [String]

  /// The columns that the file lacks; their values are filled in.
  public let absentColumns: [String]

  /// Whether the target is among the columns and is encoded.
  public let hasTarget: Bool

  package let preprocessing: Preprocessing
  package let header: [String]
  private let encoder: TextEncoder
  /// The name of each of the encoder's columns.
  private let names: [String]
  /// Columns of sequences and texts, which the encoder leaves alone.
  private let series: [SeriesColumn]
  let inputs: [InputLayout]

  init(
    _ preprocessing: Preprocessing, header: [String], source: String, includesTarget: Bool
  ) throws(TableError) {
    self.preprocessing = preprocessing
    self.header = header
    inputs = preprocessing.inputs
    var builder = Builder(preprocessing, header: header)
    var absent: [String] = []
    var series: [SeriesColumn] = []
    for (feature, place) in FeatureLayout(preprocessing).columns {
      if let column = SeriesColumn(
        feature, at: place, header: header, unreadable: preprocessing.unreadable)
      {
        series.append(column)
        continue
      }
      guard !builder.add(feature, at: place) else { continue }
      guard preprocessing.missingColumn == .missing else {
        throw TableError(source, column: feature.name, .missingColumn(columns: header))
      }
      builder.fill(feature, at: place)
      absent.append(feature.name)
    }
    hasTarget = includesTarget && header.contains(preprocessing.targetName)
    if hasTarget { builder.addTarget(buffer: inputs.count) }
    builder.moveNumbersFirst()
    encoder = TextEncoder(columns: builder.columns, templates: builder.templates)
    names = builder.names
    self.series = series
    absentColumns = absent
    let used = Set(names + series.map { $0.feature.name })
    ignoredColumns = header.filter { !used.contains($0) && $0 != preprocessing.targetName }
  }

  /// Encodes all rows of an indexed block.
  ///
  /// - Throws: ``TableError`` with line, column and value of what the policies refuse.
  package func encode(
    _ block: RowBlock, into batch: EncodedBatch, report: inout EncodingReport
  ) throws(TableError) {
    batch.reserve(block.rowCount)
    var counts = [TextEncoder.Counts](repeating: .init(), count: encoder.columns.count)
    do {
      try encoder.encode(
        block.grid, of: block.text, decimal: block.dialect.decimal, into: batch.views,
        counts: &counts)
    } catch {
      throw self.error(error, in: block)
    }
    for column in series {
      var count = EncodingReport.Counts()
      try column.encode(block, into: batch.views, counts: &count)
      report.add(count, to: column.feature.name)
    }
    batch.rowCount = block.rowCount
    report.rowCount += block.rowCount
    for (name, count) in zip(names, counts) {
      report.add(
        .init(missing: count.missing, unknown: count.unknown, unreadable: count.unreadable),
        to: name)
    }
    if report.absentColumns.isEmpty { report.absentColumns = absentColumns }
  }

  private func error(_ refusal: TextEncoder.Refusal, in block: RowBlock) -> TableError {
    let field = encoder.columns[refusal.column].field
    let name = names[refusal.column]
    let found = block.excerpt(row: refusal.row, column: field)
    let problem: TableError.Problem
    switch refusal.reason {
    case .missing:
      problem = name == preprocessing.targetName ? .missingTarget : .missingValue
    case .unknown: problem = unknown(found, column: name)
    case .unreadable(.infinite): problem = .infinite(found: found)
    case .unreadable(.tooLarge): problem = .tooLarge(found: found)
    case .unreadable: problem = unreadable(found, column: name)
    }
    return TableError(
      block.source, line: block.line(ofRow: refusal.row), column: name, problem)
  }

  private func unknown(_ found: String, column: String) -> TableError.Problem {
    if column == preprocessing.targetName, case .classes(let target) = preprocessing.target {
      return .unknownClass(found: found, known: target.classes)
    }
    let feature = preprocessing.features.first { $0.name == column }
    guard case .category(let category) = feature?.transform else {
      return unreadable(found, column: column)
    }
    return .unknownCategory(found: found, known: category.categories)
  }

  private func unreadable(_ found: String, column: String) -> TableError.Problem {
    let feature = preprocessing.features.first { $0.name == column }
    if case .boolean = feature?.transform { return .notATruth(found: found) }
    return .notANumber(found: found)
  }
}

extension Preprocessing {
  /// Ties the columns of a file to the inputs, by name.
  ///
  /// - Parameters:
  ///   - header: what the file's columns are called.
  ///   - source: what the file is called in messages.
  ///   - includesTarget: whether targets are encoded too, if the file has them.
  /// - Throws: ``TableError`` when a column is missing and ``missingColumn`` calls that an error.
  public func binding(
    to header: [String], source: String = "table", includesTarget: Bool = false
  ) throws(TableError) -> ColumnBinding {
    try ColumnBinding(self, header: header, source: source, includesTarget: includesTarget)
  }
}

/// Collects what becomes of each column.
private struct Builder {
  let preprocessing: Preprocessing
  let places: [String: Int]
  var columns: [TextEncoder.Column] = []
  var names: [String] = []
  /// What a row of each input holds before anything is written.
  var templates: [[Float]]

  init(_ preprocessing: Preprocessing, header: [String]) {
    self.preprocessing = preprocessing
    places = Dictionary(
      header.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    templates = preprocessing.inputs.map { Array(repeating: 0, count: $0.width) }
  }

  /// Adds a feature; false when the file has no such column.
  mutating func add(_ feature: Preprocessing.Feature, at place: FeatureLayout.Place) -> Bool {
    guard let field = places[feature.name] else { return false }
    let rule: TextEncoder.Column.Rule
    switch feature.transform {
    case .number(let number): rule = .number(offset: number.offset, scale: number.scale)
    case .boolean: rule = .truth
    case .category(let category): rule = self.rule(of: category)
    // Columns of series are none of the encoder's.
    case .sequence, .text: return false
    }
    var column = TextEncoder.Column(
      rule: rule, field: field, buffer: place.buffer, output: place.output)
    column.flag = place.flag
    column.allowsMissing = !feature.transform.refusesMissing
    column.allowsUnreadable = preprocessing.unreadable == .missing
    column.fill = feature.transform.encodedFill
    if case .category(let category) = feature.transform {
      column.allowsUnknown = !category.refusesUnknown(preprocessing.unknown)
      column.missingCode = category.otherCode
      column.unknownCode = category.otherCode
      column.hasNumberKeys = category.hasNumberKeys
    }
    columns.append(column)
    names.append(feature.name)
    return true
  }

  private func rule(of category: CategoryTransform) -> TextEncoder.Column.Rule {
    let isOneHot = category.encoding == .oneHot
    let dictionary = dictionary(
      of: category.categories, hasNumberKeys: category.hasNumberKeys,
      startingWithOther: !isOneHot)
    return isOneHot ? .oneHot(dictionary) : .code(dictionary)
  }

  /// Fills a feature that the file lacks in every row.
  mutating func fill(_ feature: Preprocessing.Feature, at place: FeatureLayout.Place) {
    switch feature.transform {
    case .number, .boolean:
      templates[place.buffer][place.output] = feature.transform.encodedFill
      if let flag = place.flag { templates[place.buffer][flag] = 1 }
    case .category(let category):
      // An embedding's code for it is 0, which is what its row holds already.
      guard category.encoding == .oneHot, let code = category.otherCode else { return }
      templates[place.buffer][place.output + code] = 1
    // 0 everywhere, as for one without steps.
    case .sequence, .text: break
    }
  }

  /// Puts plain numbers side by side, which the encoder reads several at a time.
  mutating func moveNumbersFirst() {
    let isNumber = columns.map { column in
      if case .number = column.rule { true } else { false }
    }
    let order = columns.indices.filter { isNumber[$0] } + columns.indices.filter { !isNumber[$0] }
    columns = order.map { columns[$0] }
    names = order.map { names[$0] }
  }

  mutating func addTarget(buffer: Int) {
    guard let field = places[preprocessing.targetName] else { return }
    let rule: TextEncoder.Column.Rule
    var hasNumberKeys = false
    switch preprocessing.target {
    case .number(let target): rule = .number(offset: target.offset, scale: target.scale)
    case .classes(let target):
      hasNumberKeys = target.hasNumberKeys
      rule = .code(
        dictionary(
          of: target.classes, hasNumberKeys: hasNumberKeys, startingWithOther: false))
    }
    var column = TextEncoder.Column(rule: rule, field: field, buffer: buffer, output: 0)
    column.allowsMissing = false
    column.allowsUnknown = false
    column.hasNumberKeys = hasNumberKeys
    columns.append(column)
    names.append(preprocessing.targetName)
    templates.append([0])
  }
}

/// Reused memory for the inputs and targets of one block.
///
/// Belongs to one thread at a time; after the largest block nothing allocates.
package final class EncodedBatch: @unchecked Sendable {
  /// The number of rows that the last block had.
  package internal(set) var rowCount = 0

  private let layouts: [(shape: Shape, elementType: ElementType)]
  private let inputCount: Int
  private let targetShape: Shape?
  private var tensors: [Tensor] = []
  private var capacity = 0
  private var outputTensor: Tensor?
  private var outputView: TensorView?
  fileprivate private(set) var views: [TensorView] = []

  /// An empty batch for a binding.
  package init(_ binding: ColumnBinding) {
    var layouts = binding.inputs.map { (shape: $0.shape, elementType: $0.elementType) }
    inputCount = layouts.count
    if binding.hasTarget {
      let isNumber = binding.preprocessing.task == .regression
      layouts.append(([1], isNumber ? .float32 : .int32))
    }
    self.layouts = layouts
    targetShape = binding.hasTarget ? [0] : nil
    reserve(1)
  }

  /// The inputs, rows along the first axis, valid until the next block.
  package var inputs: [TensorView] { views[..<inputCount].map { $0.prefix(rowCount) } }

  /// The targets: int32 [rows] or float32 [rows, 1].
  package var targets: TensorView? {
    guard targetShape != nil, let view = views.last?.prefix(rowCount) else { return nil }
    return view.elementType == .int32 ? view.reshaped(to: [rowCount]) : view
  }

  /// Memory for the predictions of the last block, [rows, width], reused like the inputs.
  package func outputs(width: Int) -> TensorView {
    if outputTensor?.shape.last != width || (outputTensor?.shape[0] ?? 0) < rowCount {
      var tensor = Tensor(zeros: [capacity, width])
      outputView = tensor.ownedView()
      outputTensor = tensor
    }
    return outputView?.prefix(rowCount) ?? inputs[0]
  }

  fileprivate func reserve(_ rows: Int) {
    guard rows > capacity else { return }
    capacity = max(rows, capacity + capacity / 2)
    tensors = layouts.map {
      Tensor(zeros: $0.shape.prepending(capacity), elementType: $0.elementType)
    }
    views = tensors.indices.map { tensors[$0].ownedView() }
  }
}
