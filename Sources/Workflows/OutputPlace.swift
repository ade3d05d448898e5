import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a result goes.
enum OutputPlace {
  /// Checks that a file may be replaced by a result, before the work that leads to it is done.
  ///
  /// - Parameter inputs: files that are read for the result, which it must not replace.
  /// - Throws: `ModelFileError` or ``FileError``.
  static func check(_ output: String, reading inputs: [String?]) throws {
    try ReplacingFile.check(output)
    for case let input? in inputs where isSameFile(output, input) {
      throw FileError(output, "would be replaced, but is read from; choose another file with -o")
    }
  }

  private static func isSameFile(_ left: String, _ right: String) -> Bool {
    var (first, second) = (stat(), stat())
    guard unsafe stat(left, &first) == 0, unsafe stat(right, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }
}
