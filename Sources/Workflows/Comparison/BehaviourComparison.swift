import Datasets
import Formats
import ModelFiles
import Tensors

/// What differs between the answers of two models to the same rows.
enum BehaviourComparison {
  /// So many rows are shown of each kind.
  static let shownCount = 10

  /// Predicts every row by both models. A model that knows no columns takes those of the other one.
  ///
  /// - Throws: `ModelFileError`, `TableError`, `FormatError`.
  static func run(
    _ old: ModelFile, _ new: ModelFile, data: String, _ options: Comparison.Options
  ) throws -> BehaviourReport {
    let isTable = FileSignature(ofFile: data) == nil
    let models = [
      isTable ? try old.lent(new.preprocessing) : old,
      isTable ? try new.lent(old.preprocessing) : new,
    ]
    let (one, two) = (
      try Answers(of: models[0], to: data, options), try Answers(of: models[1], to: data, options)
    )
    guard one.rowCount == two.rowCount else {
      throw ModelFileError(
        new.name,
        "gives \(two.rowCount) answers to \(data), \(old.name) gives \(one.rowCount)")
    }
    var pairs: [(Answers.Output, Answers.Output)] = []
    var notes = one.notes + two.notes.filter { !one.notes.contains($0) }
    for (place, output) in one.outputs.enumerated() {
      let twin = two.outputs.first { $0.name == output.name }
      if let twin {
        pairs.append((output, twin))
      } else if one.outputs.count == two.outputs.count {
        pairs.append((output, two.outputs[place]))
      } else {
        notes.append("\(new.name): has no output '\(output.name)'")
      }
    }
    return BehaviourReport(
      data: data, rowCount: one.rowCount,
      outputs: pairs.map { old, new in
        OutputComparison(one, old, two, new).report(tolerance: options.tolerance)
      }, notes: notes)
  }
}

extension ModelFile {
  /// The model with columns of another one, where it has none of its own and takes what they give.
  fileprivate func lent(_ preprocessing: Preprocessing?) throws -> ModelFile {
    guard self.preprocessing == nil, let preprocessing else { return self }
    var model = try model()
    model.preprocessing = preprocessing
    let file = try model.openedFile(named: name)
    do {
      _ = try TableModel(file, preprocessing: preprocessing)
    } catch is ModelFileError {
      // The table may be one of the network's inputs as they are.
      return self
    }
    return file
  }
}

/// One output of both models.
private struct OutputComparison {
  let old: Answers
  let oldOutput: Answers.Output
  let new: Answers
  let newOutput: Answers.Output

  init(_ old: Answers, _ oldOutput: Answers.Output, _ new: Answers, _ newOutput: Answers.Output) {
    self.old = old
    self.oldOutput = oldOutput
    self.new = new
    self.newOutput = newOutput
  }

  func report(tolerance: Double) -> BehaviourReport.Output {
    switch (oldOutput.judgement, newOutput.judgement) {
    case (.classes(let one), .classes(let two)):
      let names = Names(one, two)
      return report(.classes, names, tolerance: tolerance) { old, new in
        let (first, second) = (largest(of: old), largest(of: new))
        guard one[first] != two[second] else { return nil }
        return (
          (one[first], Double(old[old.startIndex + first])),
          (two[second], Double(new[new.startIndex + second]))
        )
      }
    case (.labels(let one), .labels(let two)):
      return report(.labels, Names(one, two), tolerance: tolerance) { old, new in
        let (first, second) = (labels(one, old), labels(two, new))
        let differing = Set(first).symmetricDifference(second)
        guard let label = (one + two).first(where: differing.contains) else { return nil }
        return (
          (first.joined(separator: ";"), probability(of: label, one, old)),
          (second.joined(separator: ";"), probability(of: label, two, new))
        )
      }
    case (.numbers(let one), .numbers(let two))
    where oldOutput.columns.count == newOutput.columns.count:
      let count = oldOutput.columns.count
      let names = Names((0..<count).map { "\($0)" }, (0..<count).map { "\($0)" })
      return report(
        .numbers, names, tolerance: tolerance,
        values: (
          { Double(one?.value(ofOutput: $0) ?? $0) }, { Double(two?.value(ofOutput: $0) ?? $0) }
        )
      ) { _, _ in nil }
    default:
      return BehaviourReport.Output(
        target: newOutput.name, kind: nil, isSame: false, flippedCount: 0, flips: [],
        largestChange: 0, meanChange: 0, largest: [], oldScores: scores(old, oldOutput),
        newScores: scores(new, newOutput))
    }
  }

  private typealias Answer = (name: String, probability: Double)

  private func report(
    _ kind: BehaviourReport.AnswerKind, _ names: Names, tolerance: Double,
    values: (old: (Float) -> Double, new: (Float) -> Double) = ({ Double($0) }, { Double($0) }),
    flip: (ArraySlice<Float>, ArraySlice<Float>) -> (old: Answer, new: Answer)?
  ) -> BehaviourReport.Output {
    var flips: [BehaviourReport.Flip] = []
    var flippedCount = 0
    var (total, scale) = (0.0, kind == .numbers ? 0.0 : 1.0)
    var hasUnmatched = false
    var changes = LargestChanges(limit: BehaviourComparison.shownCount)
    for row in 0..<old.rowCount {
      let one = slice(old, oldOutput, row)
      let two = slice(new, newOutput, row)
      if let (first, second) = flip(one, two) {
        flippedCount += 1
        if flips.count < BehaviourComparison.shownCount {
          flips.append(
            BehaviourReport.Flip(
              row: row + 1, old: first.name, oldProbability: first.probability, new: second.name,
              newProbability: second.probability))
        }
      }
      // Of a row only the place that changed most is shown.
      var most: (size: Double, name: Int, old: Double, new: Double)?
      for (place, (i, j)) in names.pairs.enumerated() {
        let (a, b) = (
          values.old(one[one.startIndex + i]), values.new(two[two.startIndex + j])
        )
        if kind == .numbers, a.isFinite, b.isFinite { scale = max(scale, abs(a), abs(b)) }
        if a == b || a.isNaN && b.isNaN { continue }
        let size = abs(a - b)
        guard size.isFinite else {
          hasUnmatched = true
          most = (.infinity, place, a, b)
          continue
        }
        total += size
        if size > most?.size ?? 0 { most = (size, place, a, b) }
      }
      if let most {
        changes.add(
          BehaviourReport.NumberChange(
            row: row + 1, name: names.pairs.count > 1 ? names.names[most.name] : nil,
            old: most.old, new: most.new), size: most.size)
      }
    }
    let largest = changes.sizes.first ?? 0
    let isNear = !hasUnmatched && largest <= tolerance * scale
    let count = Double(max(old.rowCount * names.pairs.count, 1))
    return BehaviourReport.Output(
      target: newOutput.name, kind: kind,
      isSame: names.areSame && isNear && flippedCount == 0,
      flippedCount: flippedCount, flips: flips, largestChange: largest, meanChange: total / count,
      largest: changes.changes, oldScores: scores(old, oldOutput), newScores: scores(new, newOutput)
    )
  }

  private func slice(
    _ answers: Answers, _ output: Answers.Output, _ row: Int
  ) -> ArraySlice<Float> {
    let start = row * answers.width
    return answers.values[start + output.columns.lowerBound..<start + output.columns.upperBound]
  }

  private func scores(
    _ answers: Answers, _ output: Answers.Output
  ) -> Evaluation.TargetResult? {
    guard let results = answers.scores?.targets else { return nil }
    let place = answers.outputs.firstIndex { $0.columns == output.columns } ?? 0
    return place < results.count ? results[place] : nil
  }

  /// The place of the largest of some numbers, the first of equal ones.
  private func largest(of numbers: ArraySlice<Float>) -> Int {
    var best = numbers.startIndex
    for index in numbers.indices where numbers[index] > numbers[best] { best = index }
    return best - numbers.startIndex
  }

  private func probability(
    of label: String, _ names: [String], _ probabilities: ArraySlice<Float>
  ) -> Double {
    names.firstIndex(of: label).map { Double(probabilities[probabilities.startIndex + $0]) } ?? 0
  }

  private func labels(_ names: [String], _ probabilities: ArraySlice<Float>) -> [String] {
    zip(names, probabilities).filter { $1 >= 0.5 }.map { $0.0 }
  }
}

/// The names that both models know, and where they stand in each.
private struct Names {
  let names: [String]
  let pairs: [(Int, Int)]
  /// Whether both know the same.
  let areSame: Bool

  init(_ old: [String], _ new: [String]) {
    let places = Dictionary(
      new.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let common = old.enumerated().compactMap { place, name in
      places[name].map { (name, (place, $0)) }
    }
    names = common.map { $0.0 }
    pairs = common.map { $0.1 }
    areSame = common.count == old.count && common.count == new.count
  }
}

/// The largest of many changes, the largest first.
private struct LargestChanges {
  let limit: Int
  private(set) var sizes: [Double] = []
  private(set) var changes: [BehaviourReport.NumberChange] = []

  init(limit: Int) { self.limit = limit }

  mutating func add(_ change: BehaviourReport.NumberChange, size: Double) {
    if sizes.count == limit, let last = sizes.last, size <= last { return }
    let place = sizes.firstIndex { $0 < size } ?? sizes.count
    sizes.insert(size, at: place)
    changes.insert(change, at: place)
    if sizes.count > limit {
      sizes.removeLast()
      changes.removeLast()
    }
  }
}
