/// Where a model comes from: what made it, of what, and from which other model.
public struct Provenance: Codable, Hashable, Sendable {
  /// The program and its version.
  public var program: String

  /// The command line that made it, word by word; empty when a library call did.
  public var commandLine: [String]

  /// The rows it was trained on; nil when they did not come from a file.
  public var data: DataFingerprint?

  /// The rows it was judged by, where they came from a file of their own.
  public var validationData: DataFingerprint?

  /// The model whose weights it started from.
  public var parent: Parent?

  /// What became of everything in the file of another program that it was made of; nil where it was
  /// not.
  public var conversion: ConversionReport?

  /// Where a model comes from.
  public init(
    program: String = ProgramVersion.name, commandLine: [String] = [],
    data: DataFingerprint? = nil, validationData: DataFingerprint? = nil, parent: Parent? = nil,
    conversion: ConversionReport? = nil
  ) {
    self.program = program
    self.commandLine = commandLine
    self.data = data
    self.validationData = validationData
    self.parent = parent
    self.conversion = conversion
  }

  private enum CodingKeys: String, CodingKey {
    case program, conversion
    case commandLine = "command_line"
    case data
    case validationData = "validation_data"
    case parent
  }
}

/// What identifies the bytes of a table.
public struct DataFingerprint: Codable, Hashable, Sendable {
  /// Where the table was, as it was named: from there `resume` reads it again.
  public var path: String
  /// SHA-256 of the text, unpacked where the file is gzip, in hexadecimal.
  public var sha256: String
  /// The number of bytes of the text.
  public var byteCount: Int
  /// The number of rows, without the header.
  public var rowCount: Int

  /// The fingerprint of a table.
  public init(path: String, sha256: String, byteCount: Int, rowCount: Int) {
    self.path = path
    self.sha256 = sha256
    self.byteCount = byteCount
    self.rowCount = rowCount
  }

  private enum CodingKeys: String, CodingKey {
    case path, sha256
    case byteCount = "bytes"
    case rowCount = "rows"
  }
}

/// The model that another one started from.
public struct Parent: Codable, Hashable, Sendable {
  /// The file's name, without its folder.
  public var name: String
  /// What the file held: its ``ModelFile/identity``.
  public var identity: String

  /// A parent.
  public init(name: String, identity: String) {
    self.name = name
    self.identity = identity
  }
}

/// The version of this program and library.
public enum ProgramVersion {
  /// The version alone.
  public static let number = "0.1.0"
  /// The program's name and version, as files keep it.
  public static let name = "nnmodel \(number)"
}
