import Foundation

/// JSON of which there is one form only: sorted keys, no spaces, every number at full precision.
///
/// The same value gives the same text, so that files can be compared byte by byte.
package enum CanonicalJSON {
  /// The text of a value.
  ///
  /// - Throws: `EncodingError` when the value has no JSON form.
  package static func text(of value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// The value of a text.
  ///
  /// - Throws: ``JSONProblem`` saying what is wrong at which key.
  package static func value<Value: Decodable>(
    _ type: Value.Type, from text: String
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    do {
      return try decoder.decode(type, from: Data(text.utf8))
    } catch let error as DecodingError {
      throw JSONProblem(error)
    }
  }
}

/// What is wrong with a stored JSON text, in one line.
package struct JSONProblem: Error, CustomStringConvertible {
  package let description: String

  init(_ error: DecodingError) {
    func words(_ context: DecodingError.Context, _ problem: String) -> String {
      let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        .joined(separator: ".")
      return path.isEmpty ? problem : "\(path): \(problem)"
    }
    switch error {
    case .keyNotFound(let key, let context):
      description = words(context, "'\(key.stringValue)' is missing")
    case .typeMismatch(let type, let context):
      description = words(context, "expected \(type)")
    case .valueNotFound(let type, let context):
      description = words(context, "expected \(type), found null")
    case .dataCorrupted(let context):
      description = words(context, context.debugDescription)
    @unknown default:
      description = "not what was expected"
    }
  }
}
