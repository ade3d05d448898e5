/// The version of the model file format.
///
/// A reader refuses a file of a newer major version and reads one of a newer minor version.
public struct FormatVersion: Hashable, Sendable, CustomStringConvertible {
  /// Grows when older readers would misread the file.
  public let major: Int
  /// Grows when something is added that older readers may pass over.
  public let minor: Int

  /// What this library writes. Version 0 was the format before its publication.
  public static let current = FormatVersion(major: 1, minor: 0)

  /// The names of the features that a file may require its reader to know; version 1.0 has none.
  static let knownFeatures: Set<String> = []

  /// The word by which a model file is known.
  static let formatName = "nnmodel"

  public var description: String { "\(major).\(minor)" }
}
