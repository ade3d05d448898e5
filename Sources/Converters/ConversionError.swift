/// Why a file cannot be converted.
public struct ConversionError: Error, Hashable, CustomStringConvertible {
  /// The file, as it was named.
  public let file: String
  /// What in it is meant, as `layer conv2d`; nil for all of it.
  public let subject: String?
  /// What is wrong, and what to do.
  public let problem: String

  /// An error about a file.
  public init(_ file: String, _ problem: String) { self.init(file, nil, problem) }

  /// An error about something in a file.
  public init(_ file: String, _ subject: String?, _ problem: String) {
    self.file = file
    self.subject = subject
    self.problem = problem
  }

  public var description: String {
    subject.map { "\(file): \($0): \(problem)" } ?? "\(file): \(problem)"
  }
}
