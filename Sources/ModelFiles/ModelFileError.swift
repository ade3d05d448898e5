import HDF5

/// What is wrong with a model file.
public struct ModelFileError: Error, CustomStringConvertible {
  /// The file, as it was named.
  public let file: String
  /// The place in the file, or nothing where the whole file is meant.
  public let path: String
  /// What is wrong there.
  public let problem: String

  /// An error about a place in a file.
  public init(_ file: String, path: String = "", _ problem: String) {
    self.file = file
    self.path = path
    self.problem = problem
  }

  init(_ error: HDF5Error) {
    self.init(error.place.file, path: error.place.path, "\(error.reason)")
  }

  public var description: String {
    (path.isEmpty ? "\(file): \(problem)" : "\(file): \(path): \(problem)").printable
  }
}

/// Runs calls of the HDF5 door and words their errors as this module's own.
func wordingErrors<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as HDF5Error {
    throw ModelFileError(error)
  }
}
