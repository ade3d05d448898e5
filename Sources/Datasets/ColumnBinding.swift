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

  /// Whether all targets are among the columns and are encoded.
  public let hasTargets: Bool

  package let preprocessing: Preprocessing
  package let header: [String]
  private let encoder: TextEncoder
  /// The name of each of the encoder's columns.
  private let names: [String]
  /// Columns of sequences and texts, which the encoder leaves alone.
  private let series: [SeriesColumn]
  /// Columns of labels, likewise.
  private let labels: [LabelColumn]
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
    let targetColumns = preprocessing.targetColumns
    hasTargets = includesTarget && targetColumns.allSatisfy(header.contains)
    var labels: [LabelColumn] = []
    if hasTargets {
      for (number, target) in preprocessing.targets.enumerated() {
        builder.add(target, buffer: inputs.count + number)
        if let column = LabelColumn(target, buffer: inputs.count + number, header: header) {
          labels.append(column)
        }
      }
    }
    self.labels = labels
    builder.moveNumbersFirst()
    encoder = TextEncoder(columns: builder.columns, templates: builder.templates)
    names = builder.names
    self.series = series
    absentColumns = absent
    let used = Set(names + series.map { $0.feature.name })
    ignoredColumns = header.filter { !used.contains($0) && !targetColumns.contains($0) }
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
    for column in labels { try column.encode(block, into: batch.views) }
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
      problem = preprocessing.targetColumns.contains(name) ? .missingTarget : .missingValue
    case .unknown: problem = unknown(found, column: name)
    case .unreadable(.infinite): problem = .infinite(found: found)
    case .unreadable(.tooLarge): problem = .tooLarge(found: found)
    case .unreadable: problem = unreadable(found, column: name)
    }
    return TableError(
      block.source, line: block.line(ofRow: refusal.row), column: name, problem)
  }

  private func unknown(_ found: String, column: String) -> TableError.Problem {
    if let target = preprocessing.targets.first(where: { $0.columns.contains(column) }) {
      if case .labels = target { return .notATruth(found: found) }
      return .unknownClass(found: found, known: target.names)
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
    let target = preprocessing.targets.first { $0.columns.contains(column) }
    if case .labels = target { return .notATruth(found: found) }
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

  /// Adds a target; what stands in one column as a list of labels is left to ``LabelColumn``.
  mutating func add(_ target: Preprocessing.Target, buffer: Int) {
    templates.append(Array(repeating: 0, count: target.encodedWidth))
    switch target {
    case .number(let number):
      add(.number(offset: number.offset, scale: number.scale), named: number.name, buffer: buffer)
    case .classes(let classes):
      let rule = TextEncoder.Column.Rule.code(
        dictionary(
          of: classes.classes, hasNumberKeys: classes.hasNumberKeys, startingWithOther: false))
      add(
        rule, named: classes.name, buffer: buffer, hasNumberKeys: classes.hasNumberKeys)
    case .labels(let labels):
      guard labels.areColumns else { return }
      for (output, name) in labels.labels.enumerated() {
        add(.truth, named: name, buffer: buffer, output: output)
      }
    }
  }

  private mutating func add(
    _ rule: TextEncoder.Column.Rule, named name: String, buffer: Int, output: Int = 0,
    hasNumberKeys: Bool = false
  ) {
    guard let field = places[name] else { return }
    var column = TextEncoder.Column(rule: rule, field: field, buffer: buffer, output: output)
    column.allowsMissing = false
    column.allowsUnknown = false
    column.hasNumberKeys = hasNumberKeys
    columns.append(column)
    names.append(name)
  }
}

extension Preprocessing.Target {
  /// How many elements a row has.
  var encodedWidth: Int {
    switch self {
    case .classes, .number: 1
    case .labels(let labels): labels.labels.count
    }
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
  private var tensors: [Tensor] = []
  private var capacity = 0
  private var outputTensor: Tensor?
  private var outputView: TensorView?
  fileprivate private(set) var views: [TensorView] = []

  /// An empty batch for a binding.
  package init(_ binding: ColumnBinding) {
    var layouts = binding.inputs.map { (shape: $0.shape, elementType: $0.elementType) }
    inputCount = layouts.count
    if binding.hasTargets {
      for target in binding.preprocessing.targets {
        let isIndex = if case .classes = target { true } else { false }
        layouts.append(([target.encodedWidth], isIndex ? .int32 : .float32))
      }
    }
    self.layouts = layouts
    reserve(1)
  }

  /// The inputs, rows along the first axis, valid until the next block.
  package var inputs: [TensorView] { views[..<inputCount].map { $0.prefix(rowCount) } }

  /// The targets, as ``EncodedTable/targets``; none where the file lacks them.
  package var targets: [TensorView] {
    views[inputCount...].map { view in
      let rows = view.prefix(rowCount)
      return view.elementType == .int32 ? rows.reshaped(to: [rowCount]) : rows
    }
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
