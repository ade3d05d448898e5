import Formats
import Networks
import Tensors

/// Examples that stand in arrays of NumPy, one array for every input, by its name.
final class ArrayExamples: ExampleSource, @unchecked Sendable {
  /// The number of examples.
  let rowCount: Int

  /// What the targets are called.
  let targetNames: [String]

  private let inputs: ArrayInputs
  private let targets: [(array: NumPyArray, form: TargetForm)]
  /// Moved on by one thread at a time.
  private var nextRow = 0

  /// Examples of inputs that were found.
  ///
  /// - Parameter targets: what outputs are compared with, and the names under which it may stand,
  ///   the first that is there.
  /// - Throws: `FormatError` with the target, what was expected, and what was found.
  init(_ inputs: ArrayInputs, targets: [(names: [String], form: TargetForm)] = []) throws {
    self.inputs = inputs
    rowCount = inputs.rowCount
    var names: [String] = []
    self.targets = try targets.map { target in
      let file = inputs.file
      guard let name = target.names.first(where: file.names.contains),
        let array = try file.array(named: name)
      else { throw file.noArray(named: target.names.first ?? "", subject: "target") }
      try array.check(fits: target.form, named: name, in: file)
      try inputs.check(array, of: "target '\(name)'")
      names.append(name)
      return (array, target.form)
    }
    targetNames = names
  }

  var name: String { inputs.file.file }

  /// What the file has besides: arrays, and members that are none.
  var unusedNames: [String] {
    let used = Set(inputs.inputs.map(\.name) + targetNames)
    return inputs.file.names.filter { !used.contains($0) } + inputs.file.others
  }

  func next(into block: ExampleBlock, limit: Int) -> Bool {
    guard nextRow < rowCount else { return false }
    block.rows = nextRow..<min(nextRow + limit, rowCount)
    block.count = block.rows.count
    nextRow = block.rows.upperBound
    return true
  }

  func prepare(_ block: ExampleBlock) {}

  func copyInput(
    _ input: Int, of rows: Range<Int>, in block: ExampleBlock, into view: TensorView
  ) throws {
    let (_, array, indexCount) = inputs.inputs[input]
    let rows = block.places(of: rows)
    if let indexCount {
      try array.copyIndices(of: rows, below: indexCount, into: view)
    } else {
      array.copyNumbers(of: rows, into: view)
    }
  }

  func copyTarget(
    _ target: Int, of rows: Range<Int>, in block: ExampleBlock, into view: TensorView
  ) throws {
    let (array, form) = targets[target]
    let rows = block.places(of: rows)
    switch form {
    case .classes(let count): try array.copyIndices(of: rows, below: count, into: view)
    case .numbers: array.copyNumbers(of: rows, into: view)
    }
  }
}

extension ExampleBlock {
  /// Where rows of the block stand among all examples.
  fileprivate func places(of part: Range<Int>) -> Range<Int> {
    rows.lowerBound + part.lowerBound..<rows.lowerBound + part.upperBound
  }
}

extension NumPyArray {
  fileprivate func check(fits form: TargetForm, named name: String, in file: NumPyFile) throws {
    let row = shape.rank > 0 ? shape.droppingFirst : nil
    switch form {
    case .classes(let count):
      // A column of classes has one axis more.
      guard let row, row == [] || row == [1] else {
        throw file.error("target '\(name)': expected [rows], found \(summary)")
      }
      guard holdsIndices || elementType == .bool else {
        throw file.error(
          "target '\(name)': expected integers, the classes from 0 to \(count - 1), found "
            + summary)
      }
    case .numbers(let shape):
      guard let row, row == shape || row == [] && shape.count == 1 else {
        let extents = shape.dimensions.map { ", \($0)" }.joined()
        throw file.error("target '\(name)': expected [rows\(extents)], found \(summary)")
      }
    }
  }
}
