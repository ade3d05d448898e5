/// The version of the model file format.
///
/// A reader refuses a file of a newer major version and reads one of a newer minor version.
public struct FormatVersion: Hashable, Sendable, CustomStringConvertible {
  /// Grows when older readers would misread the file.
  public let major: Int
  /// Grows when something is added that older readers may pass over.
  public let minor: Int

  /// What this library writes. Version 0 is the format before its publication.
  public static let current = FormatVersion(major: 0, minor: 2)

  /// The word by which a model file is known.
  static let formatName = "nnmodel"

  public var description: String { "\(major).\(minor)" }
}
