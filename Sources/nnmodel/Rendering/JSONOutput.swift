import Foundation

/// Results as JSON, for programs.
enum JSONOutput {
  /// The version of what is written; grows when a key changes its meaning or goes.
  static let schema = 1

  /// A result as one object over several lines, with the version of its form.
  ///
  /// - Throws: `EncodingError` when the value has no JSON form.
  static func text(_ value: some Encodable) throws -> String {
    try text(Versioned(value: value), formatting: [.prettyPrinted])
  }

  /// A value on one line.
  ///
  /// - Throws: `EncodingError` when the value has no JSON form.
  static func line(_ value: some Encodable) throws -> String {
    try text(value, formatting: [])
  }

  private static func text(
    _ value: some Encodable, formatting: JSONEncoder.OutputFormatting
  ) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    encoder.keyEncodingStrategy = .convertToSnakeCase
    // JSON has no such numbers.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

/// A result and the version of its form, in one object.
private struct Versioned<Value: Encodable>: Encodable {
  let value: Value

  private enum CodingKeys: String, CodingKey { case schema }

  func encode(to encoder: any Encoder) throws {
    try value.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(JSONOutput.schema, forKey: .schema)
  }
}
