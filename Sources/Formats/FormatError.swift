/// What is wrong with a file of another program's format.
public struct FormatError: Error, Hashable, CustomStringConvertible {
  /// The file, as it was named.
  public let file: String
  /// The member of an archive that is meant, or nil where the whole file is.
  public let member: String?
  /// What is wrong there.
  public let problem: String

  /// An error about a file, or about a member of an archive.
  public init(_ file: String, member: String? = nil, _ problem: String) {
    self.file = file
    self.member = member
    self.problem = problem
  }

  public var description: String {
    member.map { "\(file): \($0): \(problem)" } ?? "\(file): \(problem)"
  }
}
