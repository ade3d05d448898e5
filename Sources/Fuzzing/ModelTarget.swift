import Datasets
import Foundation
import HDF5
import ModelFiles
import Training
import Workflows

/// What is promised of a model file, whatever its bytes: it is refused with one clear error, or it
/// can be inspected, verified, written again as an equal one, predicted with and trained on.
package final class ModelTarget {
  /// What became of some bytes.
  package struct Outcome: Hashable {
    /// Whether the file can be opened.
    package var isOpened = false
    /// Whether all of it can be read.
    package var isLoaded = false
    /// Whether verification finds nothing wrong.
    package var isWhole = false
    /// Whether rows could be predicted.
    package var isPredicted = false
    /// Whether its run went on for a step.
    package var isResumed = false
  }

  /// What was said last of a file that was refused.
  package private(set) var lastMessage: String?

  private let folder: String

  /// A target that works in a folder, best in memory.
  package init(folder: String) { self.folder = folder }

  /// Does with a file of these bytes all that can be done with a model.
  ///
  /// - Throws: ``BrokenPromise``.
  package func run(_ bytes: [UInt8]) throws -> Outcome {
    let path = folder + "/model.h5"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    var outcome = Outcome()
    guard let file = try attempt("opening", { try ModelFile(reading: path) }) else {
      return outcome
    }
    outcome.isOpened = true
    let problems = file.verify()
    outcome.isWhole = problems.isEmpty
    for problem in problems { try ParserTarget.check("\(problem)") }
    for note in file.notes { try ParserTarget.check(note) }
    try attempt("inspecting") {
      _ = try JSONEncoder.ofReports.encode(Inspection.run(path, readsTensors: true))
    }
    guard let model = try attempt("reading", { try file.model() }) else { return outcome }
    outcome.isLoaded = true
    try writeAgain(model, of: file, problems: problems)
    outcome.isPredicted = try predict(file, model: path)
    outcome.isResumed = try resume(file, model: path)
    return outcome
  }

  /// What loads can be written, and is then equal and whole.
  private func writeAgain(_ model: Model, of file: ModelFile, problems: [ModelFileProblem]) throws {
    let path = folder + "/again.h5"
    let again: ModelFile
    let copy: Model
    do {
      try model.write(to: path)
      again = try ModelFile(reading: path)
      copy = try again.model()
    } catch {
      throw BrokenPromise("what was read cannot be written and read again: \(error)")
    }
    let (before, after) = (try texts(of: model), try texts(of: copy))
    for (name, text) in before where after[name] != text {
      throw BrokenPromise("\(name) was \(text), and is \(after[name] ?? "gone") after writing")
    }
    guard copy.parameters.layout == model.parameters.layout else {
      throw BrokenPromise("the parameters lie otherwise after writing")
    }
    let lasting: Set<ModelFileProblem.Kind> = [.number, .history]
    if let new = again.verify().first(where: { !lasting.contains($0.kind) }) {
      throw BrokenPromise("what was just written is not whole: \(new)")
    }
    if problems.allSatisfy({ lasting.contains($0.kind) }),
      again.weightsIdentity != file.weightsIdentity
    {
      throw BrokenPromise("the weights are others after writing")
    }
  }

  private func texts(of model: Model) throws -> [String: String] {
    var texts = [
      "network": try CanonicalJSON.text(of: model.network),
      "link": model.link.rawValue,
      "provenance": try CanonicalJSON.text(of: model.provenance),
      "optimizer step": "\(model.snapshot.optimizerStep)",
      "configuration": model.configuration ?? "",
    ]
    if let preprocessing = model.preprocessing {
      texts["preprocessing"] = try CanonicalJSON.text(of: preprocessing)
    }
    if let training = model.training {
      texts["options"] = try CanonicalJSON.text(of: training.options)
      texts["progress"] = try CanonicalJSON.text(of: training.progress)
      texts["history"] = try CanonicalJSON.text(of: training.history)
      texts["live step"] = "\(training.live?.optimizerStep ?? -1)"
    }
    return texts
  }

  private func predict(_ file: ModelFile, model: String) throws -> Bool {
    guard let preprocessing = file.preprocessing else { return false }
    let rows = folder + "/rows.csv"
    let text = preprocessing.sampleRows(count: 3)
    try Data(text.utf8).write(to: URL(fileURLWithPath: rows))
    let result = try attempt("predicting") {
      try Prediction.run(
        .init(model: model, input: rows, output: folder + "/predictions.csv", threads: 1))
    }
    if let result, result.rowCount != 3 {
      throw BrokenPromise("3 rows gave \(result.rowCount) predictions")
    }
    return result != nil
  }

  private func resume(_ file: ModelFile, model: String) throws -> Bool {
    guard file.isResumable, let preprocessing = file.preprocessing else { return false }
    let rows = folder + "/training.csv"
    let text = preprocessing.sampleRows(count: 40)
    try Data(text.utf8).write(to: URL(fileURLWithPath: rows))
    let result = try attempt("resuming") {
      try Resumption.run(
        .init(model: model, data: rows, validation: rows, acceptsChangedData: true),
        until: { true })
    }
    return result != nil
  }

  /// The result of something that may be refused, with a message that is one.
  @discardableResult
  private func attempt<Result>(_ what: String, _ body: () throws -> Result) throws -> Result? {
    do {
      return try body()
    } catch {
      lastMessage = "\(error)"
      do {
        try ParserTarget.check("\(error)")
      } catch let problem {
        throw BrokenPromise("\(what): \(problem)")
      }
      return nil
    }
  }
}

extension JSONEncoder {
  /// As the tool prints reports.
  fileprivate static var ofReports: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    return encoder
  }
}

extension Preprocessing {
  /// A table of rows that this preprocessing takes, targets among them.
  func sampleRows(count: Int) -> String {
    func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }
    let blocked = blocks.flatMap { $0.columns }
    let names = features.map { quoted($0.name) } + blocked.map(quoted) + targetColumns.map(quoted)
    var lines = [names.joined(separator: ",")]
    for row in 0..<count {
      var fields = features.map { feature in
        switch feature.transform {
        case .number: "\(row * 7 % 5).5"
        case .boolean: row % 2 == 0 ? "true" : "false"
        case .category(let category):
          category.categories.isEmpty
            ? "" : quoted(category.categories[row * 5 % category.categories.count])
        case .sequence(let sequence):
          (0..<sequence.channels % 1000 * (row + 1)).map { "\($0)" }.joined(separator: " ")
        case .text(let text): quoted(text.vocabulary.prefix(row + 1).joined(separator: " "))
        }
      }
      fields += blocked.indices.map { "\($0 % 7)" }
      for target in targets {
        switch target {
        case .number: fields.append("\(row % 3)")
        case .labels(let labels):
          fields +=
            labels.areColumns
            ? labels.labels.map { _ in row % 2 == 0 ? "1" : "0" }
            : [quoted(labels.labels.prefix(row % 3).joined(separator: ";"))]
        case .classes(let target):
          fields.append(
            target.classes.isEmpty ? "" : quoted(target.classes[row % target.classes.count]))
        }
      }
      lines.append(fields.joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
