import Kernels
import Tensors

/// How predictions are written.
public enum PredictionFormat: String, Hashable, Sendable, Codable, CaseIterable {
  /// Delimited by commas, as RFC 4180, lines ended by a line feed.
  case csv
  /// One JSON object per line.
  case jsonLines = "json-lines"
}

/// Prints the outputs of a network as CSV or JSON lines.
///
/// A row has, in this order, the columns kept from the input as they were written there, then
/// `prediction`: the name of the most probable class, the labels whose probability is a half or more
/// with `;` between them, or the number. Classes and labels are followed by `probability_` and the
/// name for each. In JSON labels are an array and the probabilities one object, `"probabilities":
/// {"class": 0.5, …}`. Where there are several targets these names are followed by `_` and the
/// target's name, as in `prediction_price` and `probability_kind_red`.
///
/// Numbers are written with the fewest digits that read back as the same float32. Immutable, so that
/// any number of threads may print blocks.
package struct PredictionWriter: Sendable {
  /// The first line of a CSV file with its end; empty for JSON lines.
  package let header: [UInt8]

  private let printer: TextPrinter

  /// A writer for a preprocessing's targets.
  ///
  /// - Parameters:
  ///   - columns: the columns of the input.
  ///   - kept: which of them are passed through.
  ///   - includesProbabilities: whether classes and labels get their probabilities.
  /// - Throws: ``TableError`` when a kept column is not there or is called like an output.
  package init(
    targets: [Preprocessing.Target], format: PredictionFormat, columns: [String] = [],
    kept: [String] = [], includesProbabilities: Bool = true, source: String = "table"
  ) throws(TableError) {
    let parts = PredictionWriter.parts(of: targets, includesProbabilities: includesProbabilities)
    let isJSON = format == .jsonLines
    try self.init(
      outputNames: parts.flatMap { [$0.title] + $0.probabilities }, isJSON: isJSON,
      columns: columns, kept: kept, source: source,
      names: parts.flatMap { $0.names(isJSON: isJSON) }
    ) { fields in
      isJSON
        ? PredictionWriter.jsonPieces(parts, fields: fields, kept: kept)
        : PredictionWriter.csvPieces(parts, fields: fields)
    }
  }

  /// A writer of columns of the input and of outputs.
  ///
  /// - Parameters:
  ///   - names: what classes and labels are called, as they are printed.
  ///   - pieces: what a row is made of, given the places of the kept columns.
  init(
    outputNames: [String], isJSON: Bool, columns: [String], kept: [String], source: String,
    names: [[UInt8]], pieces: ([Int]) -> [TextPrinter.Piece]
  ) throws(TableError) {
    var fields: [Int] = []
    for (place, name) in kept.enumerated() {
      guard let field = columns.firstIndex(of: name) else {
        throw TableError(source, column: name, .noSuchColumn(columns: columns))
      }
      guard !outputNames.contains(name), !kept[..<place].contains(name) else {
        throw TableError(source, column: name, .keptTwice)
      }
      fields.append(field)
    }
    header =
      isJSON
      ? []
      : Array(
        (kept + outputNames).map(PredictionWriter.quoted).joined(separator: ",").utf8) + [0x0A]
    printer = TextPrinter(
      pieces: pieces(fields), names: names, delimiter: UInt8(ascii: ","), isJSON: isJSON)
  }

  /// What is written of one target.
  private struct Part {
    let target: Preprocessing.Target
    /// Where its outputs stand in a row.
    let outputs: Range<Int>
    /// What its column is called.
    let title: String
    /// What the probabilities are called together in JSON.
    let group: String
    /// What the columns of its probabilities are called; none where they are not wanted.
    let probabilities: [String]

    /// A label may need quotes, which then stand around all of a row.
    var needsQuotes: Bool { target.names.contains { PredictionWriter.quoted($0) != $0 } }

    func names(isJSON: Bool) -> [[UInt8]] {
      switch target {
      case .number: return [[]]
      case .classes(let classes):
        return classes.classes.map {
          Array((isJSON ? jsonString($0) : PredictionWriter.quoted($0)).utf8)
        }
      case .labels(let labels):
        return labels.labels.map { Array((isJSON ? jsonString($0) : doubled($0)).utf8) }
      }
    }

    /// Quotes doubled, as they stand inside quotes.
    private func doubled(_ name: String) -> String {
      name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
    }
  }

  private static func parts(
    of targets: [Preprocessing.Target], includesProbabilities: Bool
  ) -> [Part] {
    var first = 0
    return targets.map { target in
      let suffix = targets.count == 1 ? "" : "_\(target.name)"
      defer { first += target.outputCount }
      return Part(
        target: target, outputs: first..<first + target.outputCount, title: "prediction\(suffix)",
        group: "probabilities\(suffix)",
        probabilities: includesProbabilities
          ? target.names.map { "probability\(suffix)_\($0)" } : [])
    }
  }

  /// Appends one line per row.
  ///
  /// - Parameters:
  ///   - outputs: float32 `[rows, …]`, the outputs of all targets beside each other: probabilities of
  ///     classes and labels, and numbers as the network gives them, which are brought back to their
  ///     own units here.
  ///   - block: the rows of the input; needed for kept columns.
  package func append(_ outputs: TensorView, block: RowBlock? = nil, to buffer: TextBuffer) {
    printer.print(outputs, grid: block?.grid, text: block?.text, to: buffer)
  }

  private static func csvPieces(_ parts: [Part], fields: [Int]) -> [TextPrinter.Piece] {
    var pieces: [TextPrinter.Piece] = []
    let comma = TextPrinter.Piece.literal([0x2C])
    for field in fields { pieces += [.field(field), comma] }
    for (number, part) in parts.enumerated() {
      if number > 0 { pieces.append(comma) }
      let piece = predictionPiece(part, separator: 0x3B)
      let isQuoted = if case .labels = part.target { part.needsQuotes } else { false }
      pieces += isQuoted ? [.literal([0x22]), piece, .literal([0x22])] : [piece]
      for place in part.probabilities.indices {
        pieces += [comma, .number(part.outputs.lowerBound + place)]
      }
    }
    return pieces + [.literal([0x0A])]
  }

  private static func jsonPieces(
    _ parts: [Part], fields: [Int], kept: [String]
  ) -> [TextPrinter.Piece] {
    func literal(_ text: String) -> TextPrinter.Piece { .literal(Array(text.utf8)) }
    var pieces = [literal("{")]
    for (field, name) in zip(fields, kept) {
      pieces += [literal("\(jsonString(name)):"), .jsonField(field), literal(",")]
    }
    for (number, part) in parts.enumerated() {
      let isList = if case .labels = part.target { true } else { false }
      pieces.append(
        literal("\(number > 0 ? "," : "")\(jsonString(part.title)):\(isList ? "[" : "")"))
      pieces.append(predictionPiece(part, separator: 0x2C))
      if isList { pieces.append(literal("]")) }
      guard !part.probabilities.isEmpty else { continue }
      for (place, name) in part.target.names.enumerated() {
        let opening = place == 0 ? ",\(jsonString(part.group)):{" : ","
        pieces += [
          literal("\(opening)\(jsonString(name)):"), .number(part.outputs.lowerBound + place),
        ]
      }
      pieces.append(literal("}"))
    }
    return pieces + [literal("}\n")]
  }

  private static func predictionPiece(_ part: Part, separator: UInt8) -> TextPrinter.Piece {
    switch part.target {
    case .classes: .className(part.outputs)
    case .labels: .labelNames(part.outputs, separator: separator)
    case .number(let target):
      .number(part.outputs.lowerBound, scale: 1 / target.scale, offset: target.offset)
    }
  }

  private static func quoted(_ name: String) -> String {
    guard name.utf8.contains(where: { [0x2C, 0x22, 0x0A, 0x0D].contains($0) }) else { return name }
    return "\""
      + name.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}

/// A string as JSON writes it.
func jsonString(_ string: String) -> String {
  var out = "\""
  for scalar in string.unicodeScalars {
    switch scalar {
    case "\"": out += "\\\""
    case "\\": out += "\\\\"
    case _ where scalar.value < 0x20:
      let hex = String(scalar.value, radix: 16)
      out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    default: out.unicodeScalars.append(scalar)
    }
  }
  return out + "\""
}
