import Catalogs
import Formats
import Networks
import Tensors

/// Examples that stand in arrays of NumPy, one array for every input, by its name.
final class ArrayExamples: ExampleSource, @unchecked Sendable {
  let name: String
  let shapes: [Shape]

  /// The number of examples.
  let rowCount: Int

  /// The arrays of the file that are not used.
  let unusedNames: [String]

  private let inputs: [(array: NumPyArray, indexCount: Int?)]
  private let targets: [(array: NumPyArray, form: TargetForm)]
  private var nextRow = 0

  /// Finds the arrays of a file for the inputs of a network.
  ///
  /// - Parameters:
  ///   - targets: what outputs are compared with, and the names under which it may stand.
  /// - Throws: `FormatError` with the input, what it takes, and what was found.
  init(
    _ file: NumPyFile, for network: Network, targets: [(names: [String], form: TargetForm)] = []
  ) throws {
    name = file.file
    let counts = network.indexCounts
    var used: Set<String> = []
    var rowCount: Int?
    func count(_ array: NumPyArray, of subject: String) throws {
      guard rowCount ?? array.rows == array.rows else {
        throw file.error(
          "\(subject): expected \(rowCount ?? 0) rows, as of input '\(network.inputs[0].name)', "
            + "found \(array.rows)")
      }
      rowCount = array.rows
    }
    var inputs: [(array: NumPyArray, indexCount: Int?)] = []
    for input in network.inputs {
      let array = try file.array(for: input, of: network)
      try ArrayExamples.check(array, fits: input, in: file)
      try count(array, of: "input '\(input.name)'")
      used.insert(input.name)
      inputs.append((array, input.isIndices ? counts[input.name] ?? Int(Int32.max) : nil))
    }
    self.inputs = inputs
    shapes = inputs.map(\.array.shape.droppingFirst)
    self.targets = try targets.map { target in
      guard let name = target.names.first(where: file.names.contains),
        let array = try file.array(named: name)
      else { throw file.noArray(named: target.names, subject: "target") }
      try ArrayExamples.check(array, fits: target.form, named: name, in: file)
      try count(array, of: "target '\(name)'")
      used.insert(name)
      return (array, target.form)
    }
    self.rowCount = rowCount ?? 0
    unusedNames = file.names.filter { !used.contains($0) } + file.others
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
    let (array, indexCount) = inputs[input]
    let rows = ArrayExamples.rows(rows, of: block)
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
    let rows = ArrayExamples.rows(rows, of: block)
    switch form {
    case .classes(let count): try array.copyIndices(of: rows, below: count, into: view)
    case .numbers: array.copyNumbers(of: rows, into: view)
    }
  }

  private static func rows(_ rows: Range<Int>, of block: ExampleBlock) -> Range<Int> {
    let start = block.rows.lowerBound
    return start + rows.lowerBound..<start + rows.upperBound
  }
}

// MARK: - Checks

extension ArrayExamples {
  private static func check(
    _ array: NumPyArray, fits input: NetworkInput, in file: NumPyFile
  ) throws {
    let found = "\(array.elementType.rawValue) \(array.shape)"
    guard array.shape.rank > 0, input.accepts(array.shape.droppingFirst) else {
      let expected = input.shapeDescription.dropFirst().dropLast()
      let shape = expected.isEmpty ? "[rows]" : "[rows, \(expected)]"
      throw file.error("input '\(input.name)': expected \(shape), found \(found)")
    }
    guard !input.isIndices || array.holdsIndices else {
      throw file.error("input '\(input.name)': expected integers as indices, found \(found)")
    }
  }

  private static func check(
    _ array: NumPyArray, fits form: TargetForm, named name: String, in file: NumPyFile
  ) throws {
    let found = "\(array.elementType.rawValue) \(array.shape)"
    let row = array.shape.rank > 0 ? array.shape.droppingFirst : nil
    switch form {
    case .classes(let count):
      // A column of classes has one axis more.
      guard let row, row == [] || row == [1] else {
        throw file.error("target '\(name)': expected [rows], found \(found)")
      }
      guard array.holdsIndices || array.elementType == .bool else {
        throw file.error(
          "target '\(name)': expected integers, the classes from 0 to \(count - 1), found \(found)")
      }
    case .numbers(let shape):
      guard let row, row == shape || row == [] && shape.count == 1 else {
        let expected = shape.dimensions.map { ", \($0)" }.joined()
        throw file.error("target '\(name)': expected [rows\(expected)], found \(found)")
      }
    }
  }
}

extension NumPyArray {
  fileprivate var holdsIndices: Bool { !elementType.isFloatingPoint && elementType != .bool }
}

extension NumPyFile {
  /// The array of an input, by its name, or the only one.
  fileprivate func array(for input: NetworkInput, of network: Network) throws -> NumPyArray {
    if let array = onlyArray {
      guard network.inputs.count == 1 else {
        let names = network.inputs.map { "'\($0.name)'" }.joined(separator: ", ")
        throw error(
          "expected an archive (.npz) of arrays for the inputs \(names), found one array")
      }
      return array
    }
    guard let array = try array(named: input.name) else {
      throw noArray(named: [input.name], subject: "input")
    }
    return array
  }

  /// An error about an array that is not there.
  fileprivate func noArray(named names: [String], subject: String) -> FormatError {
    if onlyArray != nil {
      return error(
        "\(subject) '\(names[0])': expected an archive (.npz) with an array of this name, found one "
          + "array")
    }
    let near = suggestion(for: names[0], among: self.names)
    return error(
      "\(subject) '\(names[0])': no array of this name\(near); the file has: "
        + self.names.joined(separator: ", "))
  }

  fileprivate func error(_ problem: String) -> FormatError { FormatError(file, problem) }
}
