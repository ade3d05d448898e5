/// Where the parts of a configuration file stand in it, for messages about them.
public struct ConfigurationPlaces: Hashable, Sendable {
  private let file: String
  private var lines: [String: Int] = [:]

  init(file: String) { self.file = file }

  mutating func note(_ line: Int?, at path: String) { lines[path] = line }

  /// The error with the line of its place, or of the nearest place around it.
  func locate(_ error: DescriptionError) -> ConfigurationError {
    var path = error.path[...]
    while !path.isEmpty {
      if let line = lines[String(path)] {
        return .line(line, file: file, problem: "\(error.path): \(error.problem)")
      }
      path = path.prefix(upTo: path.lastIndex { $0 == "." || $0 == "[" } ?? path.startIndex)
    }
    return .line(1, file: file, problem: error.description)
  }
}

extension Configuration {
  /// The usual configuration with what a YAML file sets.
  ///
  /// - Throws: as ``ConfigurationFile/read(_:)``.
  public init(contentsOf path: String) throws {
    self.init()
    let contents = try ConfigurationFile.contents(path)
    try set(contents.values)
    places = contents.places
  }

  /// Runs something that knows the places in the description of the network but not their lines.
  func locating<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DescriptionError {
      if let places { throw places.locate(error) }
      throw ConfigurationError.conflict(error.description)
    }
  }
}
