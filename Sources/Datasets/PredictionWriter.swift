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
/// `prediction`, the name of the most probable class or the number, and for classes
/// `probability_` and the class's name for each class. In JSON the probabilities are one object,
/// `"probabilities": {"class": 0.5, …}`. Numbers are written with the fewest digits that read
/// back as the same float32. Immutable, so that any number of threads may print blocks.
package struct PredictionWriter: Sendable {
  /// The first line of a CSV file with its end; empty for JSON lines.
  package let header: [UInt8]

  private let printer: TextPrinter

  /// A writer for a preprocessing's target.
  ///
  /// - Parameters:
  ///   - columns: the columns of the input.
  ///   - kept: which of them are passed through.
  ///   - includesProbabilities: whether classes get their probabilities.
  /// - Throws: ``TableError`` when a kept column is not there or is called like an output.
  package init(
    target: Preprocessing.Target, format: PredictionFormat, columns: [String] = [],
    kept: [String] = [], includesProbabilities: Bool = true, source: String = "table"
  ) throws(TableError) {
    let classes: [String]
    switch target {
    case .classes(let target): classes = target.classes
    case .number: classes = []
    }
    let probabilities = includesProbabilities ? classes : []
    let outputNames = ["prediction"] + probabilities.map { "probability_\($0)" }
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
    let isJSON = format == .jsonLines
    header =
      isJSON
      ? []
      : Array(
        (kept + outputNames).map(PredictionWriter.quoted).joined(separator: ",").utf8) + [0x0A]
    printer = TextPrinter(
      pieces: isJSON
        ? PredictionWriter.jsonPieces(target, fields: fields, kept: kept, probabilities)
        : PredictionWriter.csvPieces(target, fields: fields, probabilities.count),
      names: classes.map { Array((isJSON ? jsonString($0) : PredictionWriter.quoted($0)).utf8) },
      delimiter: UInt8(ascii: ","), isJSON: isJSON)
  }

  /// Appends one line per row.
  ///
  /// - Parameters:
  ///   - outputs: float32: probabilities [rows, classes], or numbers [rows, 1] as the network
  ///     gives them, which are brought back to their own units here.
  ///   - block: the rows of the input; needed for kept columns.
  package func append(_ outputs: TensorView, block: RowBlock? = nil, to buffer: TextBuffer) {
    printer.print(outputs, grid: block?.grid, text: block?.text, to: buffer)
  }

  private static func csvPieces(
    _ target: Preprocessing.Target, fields: [Int], _ probabilityCount: Int
  ) -> [TextPrinter.Piece] {
    var pieces: [TextPrinter.Piece] = []
    for field in fields { pieces += [.field(field), .literal([0x2C])] }
    pieces.append(predictionPiece(target))
    for place in 0..<probabilityCount { pieces += [.literal([0x2C]), .number(place)] }
    return pieces + [.literal([0x0A])]
  }

  private static func jsonPieces(
    _ target: Preprocessing.Target, fields: [Int], kept: [String], _ probabilities: [String]
  ) -> [TextPrinter.Piece] {
    var pieces: [TextPrinter.Piece] = [.literal(Array("{".utf8))]
    for (field, name) in zip(fields, kept) {
      pieces += [
        .literal(Array("\(jsonString(name)):".utf8)), .jsonField(field),
        .literal(Array(",".utf8)),
      ]
    }
    pieces += [.literal(Array("\"prediction\":".utf8)), predictionPiece(target)]
    for (place, name) in probabilities.enumerated() {
      let opening = place == 0 ? ",\"probabilities\":{" : ","
      pieces += [.literal(Array("\(opening)\(jsonString(name)):".utf8)), .number(place)]
    }
    return pieces + [.literal(Array((probabilities.isEmpty ? "}\n" : "}}\n").utf8))]
  }

  private static func predictionPiece(_ target: Preprocessing.Target) -> TextPrinter.Piece {
    switch target {
    case .classes: .className
    case .number(let target): .number(0, scale: 1 / target.scale, offset: target.offset)
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
private func jsonString(_ string: String) -> String {
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
