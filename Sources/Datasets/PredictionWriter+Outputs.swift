import Kernels
import Tensors

extension PredictionWriter {
  /// The most values of a row that are written as text.
  package static let valueLimit = 65_536

  /// A writer for the outputs of a network that knows no targets.
  ///
  /// A value is called as its output, with its place along each axis behind it: `dense_2_0`. In JSON an
  /// output is a number, or lists as deep as it has axes.
  ///
  /// - Parameters:
  ///   - columns: the columns of the input.
  ///   - kept: which of them are passed through.
  /// - Throws: ``TableError`` as for targets, and when a row has too many values for text.
  package init(
    outputs: [(name: String, shape: Shape)], format: PredictionFormat, columns: [String] = [],
    kept: [String] = [], source: String = "table"
  ) throws(TableError) {
    let count = outputs.reduce(0) { $0 + $1.shape.count }
    guard count <= PredictionWriter.valueLimit else {
      throw TableError(source, .tooManyValues(count: count, limit: PredictionWriter.valueLimit))
    }
    let names = outputs.flatMap { PredictionWriter.names(of: $0.name, $0.shape.dimensions[...]) }
    let isJSON = format == .jsonLines
    try self.init(
      outputNames: isJSON ? outputs.map(\.name) : names, isJSON: isJSON, columns: columns,
      kept: kept, source: source, names: []
    ) { fields in
      isJSON
        ? PredictionWriter.jsonPieces(outputs, fields: fields, kept: kept)
        : PredictionWriter.csvPieces(count, fields: fields)
    }
  }

  private static func names(of name: String, _ extents: ArraySlice<Int>) -> [String] {
    guard let extent = extents.first else { return [name] }
    // A single value needs no number.
    if extents.allSatisfy({ $0 == 1 }) { return [name] }
    return (0..<extent).flatMap { names(of: "\(name)_\($0)", inside: extents.dropFirst()) }
  }

  private static func names(of name: String, inside extents: ArraySlice<Int>) -> [String] {
    guard let extent = extents.first else { return [name] }
    return (0..<extent).flatMap { names(of: "\(name)_\($0)", inside: extents.dropFirst()) }
  }

  private static func csvPieces(_ count: Int, fields: [Int]) -> [TextPrinter.Piece] {
    let pieces = fields.map { TextPrinter.Piece.field($0) } + (0..<count).map { .number($0) }
    return pieces.flatMap { [$0, .literal([0x2C])] }.dropLast() + [.literal([0x0A])]
  }

  private static func jsonPieces(
    _ outputs: [(name: String, shape: Shape)], fields: [Int], kept: [String]
  ) -> [TextPrinter.Piece] {
    func literal(_ text: String) -> TextPrinter.Piece { .literal(Array(text.utf8)) }
    var next = 0
    func list(_ extents: ArraySlice<Int>) -> [TextPrinter.Piece] {
      guard let extent = extents.first else {
        next += 1
        return [.number(next - 1)]
      }
      let parts = (0..<extent).flatMap { place in
        (place > 0 ? [literal(",")] : []) + list(extents.dropFirst())
      }
      return [literal("[")] + parts + [literal("]")]
    }
    var pieces = [literal("{")]
    for (field, name) in zip(fields, kept) {
      pieces += [literal("\(jsonString(name)):"), .jsonField(field), literal(",")]
    }
    for (place, output) in outputs.enumerated() {
      let extents = output.shape.count == 1 ? [] : output.shape.dimensions
      pieces.append(literal("\(place > 0 ? "," : "")\(jsonString(output.name)):"))
      pieces += list(extents[...])
    }
    return pieces + [literal("}\n")]
  }
}
