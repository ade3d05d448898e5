import Datasets
import ModelFiles
import Tensors
import Training

/// How the predictions of an output are scored.
enum Judgement: Hashable, Sendable {
  /// As probabilities of classes with these names.
  case classes([String])
  /// As probabilities of labels with these names, of which a row may have any number.
  case labels([String])
  /// As numbers in the unit of a target, or as they are.
  case numbers(NumberTarget?)
}

extension Preprocessing.Target {
  /// How predictions of it are scored.
  var judgement: Judgement {
    switch self {
    case .classes(let target): .classes(target.classes)
    case .labels(let target): .labels(target.labels)
    case .number(let target): .numbers(target)
    }
  }
}

/// What an output of a model is compared with, how, and by which loss.
struct JudgedOutput: Sendable {
  let output: PredictedOutput
  /// What the targets look like.
  let form: TargetForm
  let judgement: Judgement
  /// Nil where the model knows none and none was asked for.
  let loss: (any Loss)?
  /// Weights of the classes in the loss.
  let classWeights: [Double]?
  /// Under which names targets may stand in an archive, the first that is there.
  let names: [String]
}

extension ExampleModel {
  /// How every output is judged.
  ///
  /// What the file knows of its targets decides, otherwise the loss: of classes, of yes or no, or of
  /// numbers.
  ///
  /// - Parameters:
  ///   - loss: in place of those that the model was trained with.
  ///   - names: of the targets, in the order of the outputs.
  /// - Throws: `OptionError` when the loss does not go with an output, or is needed and not there.
  func judged(loss given: (any Loss)?, names: [String]?) throws -> [JudgedOutput] {
    try outputs.enumerated().map { index, output in
      let targets = file.preprocessing?.targets ?? []
      let target = index < targets.count ? targets[index] : nil
      let trained = file.options?.outputLosses ?? []
      let loss = given ?? (index < trained.count ? trained[index].loss : nil)
      if let loss { try check(loss, fits: output, isGiven: given != nil) }
      let judgement = try target?.judgement ?? judgement(of: output, by: loss)
      let usual = outputs.count == 1 ? ["target", "targets", "y"] : [output.name]
      let weights = given == nil ? file.options?.classWeights : nil
      return JudgedOutput(
        output: output, form: form(of: output, judgement, by: loss), judgement: judgement,
        loss: loss,
        classWeights: loss?.targets == .classIndices && weights?.count == output.width
          ? weights : nil,
        names: names.map { [$0[index]] } ?? [target?.name].compactMap(\.self) + usual)
    }
  }

  private func judgement(of output: PredictedOutput, by loss: (any Loss)?) throws -> Judgement {
    guard let loss else {
      throw OptionError(
        "--loss",
        expected: "the name of a loss, for the model knows none ("
          + LossCatalog.standard.names.joined(separator: ", ") + ")", found: "nothing")
    }
    let names = (0..<max(output.width, 2)).map { "\($0)" }
    switch (loss.targets, loss.link) {
    case (.classIndices, _): return .classes(names)
    case (.numbers, .sigmoid): return output.width == 1 ? .classes(names) : .labels(names)
    case (.numbers, _): return .numbers(nil)
    }
  }

  private func form(
    of output: PredictedOutput, _ judgement: Judgement, by loss: (any Loss)?
  ) -> TargetForm {
    if case .classes(let names) = judgement,
      file.preprocessing != nil || loss?.targets == .classIndices
    {
      return .classes(count: names.count)
    }
    return .numbers(output.shape)
  }

  private func check(
    _ loss: any Loss, fits output: PredictedOutput, isGiven: Bool
  ) throws {
    let problem: String? =
      if output.link != .identity, loss.link != output.link {
        "expected a loss of outputs with the link \(output.link.rawValue)"
      } else if loss.targets == .classIndices, output.shape.rank != 1 || output.width < 2 {
        "expected a loss of numbers for the output '\(output.name)' \(output.shape)"
      } else {
        nil
      }
    guard let problem else { return }
    throw isGiven
      ? OptionError("--loss", expected: String(problem.dropFirst(9)), found: "'\(loss.kind)'")
      : ModelFileError(file.name, "\(problem), found '\(loss.kind)'") as any Error
  }
}
