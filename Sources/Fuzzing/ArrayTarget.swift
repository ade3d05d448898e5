import Formats

/// What is promised of arrays and archives of NumPy: bytes are refused with one error, or every number
/// that is handed out lies within them.
package enum ArrayTarget {
  /// What became of some bytes.
  package enum Outcome: Hashable {
    case refused
    case read(arrayCount: Int)
  }

  /// Reads bytes as a file, and every array in it.
  ///
  /// - Throws: ``BrokenPromise``.
  package static func run(_ bytes: [UInt8]) throws -> Outcome {
    var arrayCount = 0
    do {
      let file = try NumPyFile(FileBytes(bytes, file: "file"), limit: 1 << 24)
      if let array = file.onlyArray { try touch(array, &arrayCount) }
      for name in file.names {
        guard let array = try file.array(named: name) else {
          throw BrokenPromise("'\(name)' is listed and not there")
        }
        try touch(array, &arrayCount)
      }
    } catch let error as FormatError {
      try ParserTarget.check("\(error)")
      return .refused
    }
    return .read(arrayCount: arrayCount)
  }

  private static func touch(_ array: NumPyArray, _ count: inout Int) throws {
    let tensor = array.tensor()
    guard tensor.shape == array.shape, tensor.doubles().count == tensor.count else {
      throw BrokenPromise("an array of \(array.shape) has other numbers")
    }
    count += 1
  }
}
