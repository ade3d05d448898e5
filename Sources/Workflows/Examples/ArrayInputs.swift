import Catalogs
import Datasets
import Formats
import Networks
import Tensors
import Training

/// The arrays of a file that a network takes, one for each of its inputs, by name.
struct ArrayInputs {
  let file: NumPyFile

  /// The inputs in the order of the network, with the number of indices of those that hold them.
  let inputs: [(name: String, array: NumPyArray, indexCount: Int?)]

  /// The number of rows of every array.
  let rowCount: Int

  /// Finds the arrays of a file for the inputs of a network.
  ///
  /// - Throws: `FormatError` with the input, what it takes, and what was found.
  init(_ file: NumPyFile, for network: Network) throws {
    self.file = file
    let counts = network.indexCounts
    inputs = try network.inputs.map { input in
      let array = try file.array(for: input, of: network)
      try array.check(fits: input, in: file)
      return (
        input.name, array, input.isIndices ? counts[input.name] ?? Int(Int32.max) : nil
      )
    }
    rowCount = inputs.first?.array.rows ?? 0
    for input in inputs { try check(input.array, of: "input '\(input.name)'") }
  }

  /// The shape of one example of every input.
  var shapes: [Shape] { inputs.map(\.array.shape.droppingFirst) }

  /// Checks that an array has as many rows as all others.
  func check(_ array: NumPyArray, of subject: String) throws {
    guard array.rows != rowCount else { return }
    throw file.error(
      "\(subject): expected \(rowCount) rows, as of input '\(inputs[0].name)', found "
        + "\(array.rows)")
  }

  /// Puts the file before what a network says about the shapes of its arrays.
  func naming<Result>(_ body: ([Shape]) throws -> Result) throws -> Result {
    do {
      return try body(shapes)
    } catch let error as NetworkError {
      throw file.error("arrays of these shapes do not go through the network: \(error)")
    }
  }
}

// MARK: - Checks

extension NumPyArray {
  /// Whether the elements are integers.
  var holdsIndices: Bool { !elementType.isFloatingPoint && elementType != .bool }

  /// The type and the shape, for messages.
  var summary: String { "\(elementType.rawValue) \(shape)" }

  fileprivate func check(fits input: NetworkInput, in file: NumPyFile) throws {
    guard shape.rank > 0, input.accepts(shape.droppingFirst) else {
      let extents = input.shapeDescription.dropFirst().dropLast()
      let expected = extents.isEmpty ? "[rows]" : "[rows, \(extents)]"
      throw file.error("input '\(input.name)': expected \(expected), found \(summary)")
    }
    guard !input.isIndices || holdsIndices else {
      throw file.error("input '\(input.name)': expected integers as indices, found \(summary)")
    }
  }
}

extension CSVOptions {
  /// Refuses what says how text is read, where there is none.
  ///
  /// - Throws: `OptionError`.
  func requireNone() throws {
    let flags = [
      ("--delimiter", delimiter != nil), ("--header", hasHeader != nil),
      ("--decimal-mark", decimalMark != nil),
    ]
    for (flag, isGiven) in flags where isGiven {
      throw OptionError(flag, expected: "a table of text", found: "arrays")
    }
  }
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
      throw noArray(named: input.name, subject: "input")
    }
    return array
  }

  /// An error about an array that is not there.
  func noArray(named name: String, subject: String) -> FormatError {
    if onlyArray != nil {
      return error(
        "\(subject) '\(name)': expected an archive (.npz) with an array of this name, found one "
          + "array")
    }
    let near = suggestion(for: name, among: names)
    return error(
      "\(subject) '\(name)': no array of this name\(near); the file has: "
        + names.joined(separator: ", "))
  }

  /// An error about the file.
  func error(_ problem: String) -> FormatError { FormatError(file, problem) }
}
