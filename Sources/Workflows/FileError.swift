import Foundation

/// A file that cannot be read or written.
public struct FileError: Error, CustomStringConvertible {
  /// The file, as it was named.
  public let path: String
  /// What is wrong with it.
  public let problem: String

  /// An error about a file.
  public init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem
  }

  public var description: String { "\(path): \(problem)" }
}

/// Small text files.
enum TextFile {
  /// The text of a file of at most `limit` bytes.
  ///
  /// - Throws: ``FileError``.
  static func read(_ path: String, limit: Int) throws -> String {
    var isDirectory = ObjCBool(false)
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw FileError(path, "no such file")
    }
    guard !isDirectory.boolValue else { throw FileError(path, "expected a file, found a folder") }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw FileError(path, "cannot be read; check its permissions")
    }
    guard data.count <= limit else {
      throw FileError(path, "expected at most \(limit) bytes, found \(data.count)")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw FileError(path, "expected UTF-8 text")
    }
    return text
  }
}
