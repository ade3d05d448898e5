import Datasets
import Formats
import Foundation
import Kernels
import ModelFiles
import Networks
import Tensors
import Training

/// Scores the predictions of examples that stand in arrays, or in a table of nothing but numbers.
enum ArrayEvaluation {
  /// Scores the arrays of a file.
  static func run(
    _ options: Evaluation.Options, arrays: NumPyFile, by file: ModelFile
  ) throws -> Evaluation.Result {
    try options.csv.requireNone()
    let inputs = try ArrayInputs(arrays, for: file.network)
    let model = try inputs.naming { try ExampleModel(file, shapes: $0) }
    let judged = try model.judged(
      loss: options.makeLoss(), names: options.names(ofOutputs: model.outputs.count))
    let examples = try ArrayExamples(
      inputs, targets: judged.map { (names: $0.names, form: $0.form) })
    guard examples.rowCount > 0 else { throw arrays.error("expected rows, found none") }
    var result = try ExampleEvaluator(
      model: model, source: examples, judged: judged, names: examples.targetNames
    ).run(options)
    if !examples.unusedNames.isEmpty {
      result.notes.append("not used: \(examples.unusedNames.joined(separator: ", "))")
    }
    return result
  }

  /// Scores a table of the flattened inputs in their order and the targets behind them.
  static func run(
    _ options: Evaluation.Options, table reader: CSVReader, by file: ModelFile
  ) throws -> Evaluation.Result {
    let model = try ExampleModel(file)
    let judged = try model.judged(loss: options.makeLoss(), names: nil)
    let examples = try FlatTable(
      reader, for: file.network, targets: judged.map(\.form), targetNames: options.targetNames)
    return try ExampleEvaluator(
      model: model, source: examples, judged: judged, names: examples.targetNames
    ).run(options)
  }
}

extension Evaluation.Options {
  /// The loss that was asked for.
  ///
  /// - Throws: `ConfigurationError` when there is no such loss.
  fileprivate func makeLoss() throws -> (any Loss)? {
    guard let loss else { return nil }
    var configuration = Configuration()
    try configuration.set([("loss", .text(loss))])
    do {
      return try configuration.loss?.makeLoss()
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw ConfigurationError.option("loss", problem: "\(error)")
    }
  }

  /// The targets that were named.
  fileprivate var targetNames: [String]? {
    target.map { $0.split(separator: ",").map(String.init) }
  }

  /// The same, one for each output.
  fileprivate func names(ofOutputs count: Int) throws -> [String]? {
    guard let names = targetNames, names.count != count else { return targetNames }
    throw OptionError(
      "--target", expected: count == 1 ? "one array" : "\(count) arrays, one for each output",
      found: "'\(target ?? "")'")
  }
}

/// Predicts blocks of examples on several threads, and keeps what scores are made of.
private struct ExampleEvaluator<Source: ExampleSource> {
  let model: ExampleModel
  let source: Source
  let judged: [JudgedOutput]
  /// What the targets are called.
  let names: [String]

  /// Memory for one block on its way, reused for block after block.
  private final class Slot {
    let block = ExampleBlock()
    let session: Session
    let predictions: GrowingRows
    let targets: [GrowingRows]
    var losses: [LossSum] = []

    init(_ model: ExampleModel, _ judged: [JudgedOutput]) {
      session = model.session()
      predictions = GrowingRows(width: model.width)
      targets = judged.map {
        switch $0.form {
        case .classes: GrowingRows(width: 1, elementType: .int32)
        case .numbers(let shape): GrowingRows(width: shape.count)
        }
      }
    }
  }

  func run(_ options: Evaluation.Options) throws -> Evaluation.Result {
    var parts = judged.map { _ in Evaluation.Part() }
    var losses = judged.map { _ in LossSum() }
    var rowCount = 0
    var emptyLines = EmptyLines()
    let threads = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
    try model.forEachBlock(of: source, threads: threads, makeSlot: { Slot(model, judged) }) {
      $0.block
    } work: { slot in
      try judge(slot)
    } give: { slot in
      guard slot.block.count > 0 else { return }
      rowCount += slot.block.count
      emptyLines.add(slot.block.emptyLines)
      var column = 0
      for (index, judged) in judged.enumerated() {
        let columns = column..<column + judged.output.width
        parts[index].add(slot.predictions.view, columns: columns, targets: slot.targets[index].view)
        losses[index].add(slot.losses[index])
        column += judged.output.width
      }
    }
    guard rowCount > 0 else { throw TableError(source.name, .noRows) }
    let results = judged.indices.map { index in
      Evaluation.TargetResult(
        names[index], judged[index].judgement, parts[index],
        loss: judged[index].loss.map { .init(kind: $0.kind, mean: losses[index].mean) })
    }
    let limit = Evaluation.TargetResult.classLimit
    let large = results.filter { ($0.classes?.count ?? 0) > limit }
    return Evaluation.Result(
      rowCount: rowCount, targets: results,
      notes: model.file.notes + [emptyLines.note].compactMap(\.self)
        + large.map { "target '\($0.target)': more than \(limit) classes; only the loss is given" })
  }

  /// Predicts a block, and reads its targets.
  private func judge(_ slot: Slot) throws {
    let block = slot.block
    slot.losses = judged.map { _ in LossSum() }
    let predictions = slot.predictions.reserve(block.count)
    let targets = slot.targets.map { $0.reserve(block.count) }
    try model.forEachChunk(of: block, from: source, by: slot.session) { rows in
      for (index, judged) in judged.enumerated() {
        let view = targets[index].rows(rows)
        try source.copyTarget(index, of: rows, in: block, into: view)
        try prepare(view, of: judged, named: names[index], firstRow: block.rows.lowerBound)
        let outputs = slot.session.output(index, count: rows.count)
        try slot.losses[index].add(
          outputs, targets: view.elementType == .int32 ? view.reshaped(to: [rows.count]) : view,
          of: judged, by: slot.session, in: model.file)
      }
      slot.session.takePredictions(
        model.outputs, count: rows.count, into: predictions.rows(rows))
    }
  }

  /// Checks numbers, and brings them to the unit of the network.
  private func prepare(
    _ view: TensorView, of judged: JudgedOutput, named name: String, firstRow: Int
  ) throws {
    guard view.elementType == .float32 else { return }
    let isShare = if case .numbers = judged.judgement { false } else { true }
    let numbers = view.elements(as: Float.self)
    let wrong = numbers.firstIndex { isShare ? !($0 >= 0 && $0 <= 1) : !$0.isFinite }
    if let wrong {
      throw FormatError(
        source.name,
        "target '\(name)': row \(firstRow + wrong / view.rowCount): expected "
          + (isShare ? "a number from 0 to 1" : "a finite number") + ", found \(numbers[wrong])")
    }
    guard case .numbers(let target?) = judged.judgement else { return }
    for (place, number) in numbers.enumerated() {
      view.setElement(place, to: Float((Double(number) - target.offset) * target.scale))
    }
  }
}
