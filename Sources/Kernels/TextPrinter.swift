import CKernels
import Tensors

/// A compiled layout of printed rows; immutable, used by many threads.
@safe
package final class TextPrinter: @unchecked Sendable {
  /// One part of a printed row.
  package enum Piece: Sendable {
    /// The same bytes in every row.
    case literal([UInt8])
    /// The name of the largest of some outputs of the row.
    case className(Range<Int>)
    /// The names of those of some outputs that are a half or more, with a byte between them.
    case labelNames(Range<Int>, separator: UInt8)
    /// An output, times a scale, plus an offset.
    case number(Int, scale: Double = 1, offset: Double = 0)
    /// A field of the input, as it was written, quoted where the delimiter asks for it.
    case field(Int)
    /// A field of the input as a JSON value.
    case jsonField(Int)
  }

  private let pieces: [nnk_piece]
  private let names: [nnk_bytes]
  private let literals: TextBuffer
  private let delimiter: UInt8
  private let isJSON: Bool
  /// Whether a piece is a field of the input.
  private let usesFields: Bool
  private let largestField: Int
  private let largestOutput: Int

  /// A printer of rows made of pieces.
  ///
  /// - Parameters:
  ///   - names: what the outputs are called, already quoted as the format asks.
  ///   - isJSON: whether a number that is not finite is written as null.
  package init(pieces: [Piece], names: [[UInt8]], delimiter: UInt8, isJSON: Bool) {
    self.delimiter = delimiter
    self.isJSON = isJSON
    let total = pieces.reduce(0) { sum, piece in
      if case .literal(let bytes) = piece { sum + bytes.count } else { sum }
    }
    // All literals and names share one buffer that never grows again.
    let literals = TextBuffer(capacity: total + names.reduce(0) { $0 + $1.count })
    func keep(_ bytes: [UInt8]) -> nnk_bytes {
      let place = literals.count
      literals.append(contentsOf: bytes)
      return nnk_bytes(bytes: literals.start + place, count: bytes.count)
    }
    var largestField = -1
    var largestOutput = -1
    self.pieces = pieces.map { piece in
      var native = nnk_piece()
      switch piece {
      case .literal(let bytes):
        let kept = keep(bytes)
        native.kind = Int32(NNK_PIECE_LITERAL)
        native.literal = kept.bytes
        native.literal_count = kept.count
      case .className(let outputs), .labelNames(let outputs, _):
        native.kind = Int32(NNK_PIECE_CLASS)
        if case .labelNames(_, let separator) = piece {
          native.kind = Int32(NNK_PIECE_LABELS)
          native.separator = Int32(separator)
        }
        native.index = Int32(outputs.lowerBound)
        native.count = Int32(outputs.count)
        largestOutput = max(largestOutput, outputs.upperBound - 1)
      case .number(let index, let scale, let offset):
        native.kind = Int32(NNK_PIECE_NUMBER)
        native.index = Int32(index)
        native.scale = scale
        native.offset = offset
        largestOutput = max(largestOutput, index)
      case .field(let index), .jsonField(let index):
        let isField = if case .field = piece { true } else { false }
        native.kind = Int32(isField ? NNK_PIECE_FIELD : NNK_PIECE_JSON_FIELD)
        native.index = Int32(index)
        largestField = max(largestField, index)
      }
      return native
    }
    self.names = names.map(keep)
    self.literals = literals
    self.largestField = largestField
    self.largestOutput = largestOutput
    usesFields = largestField >= 0
  }

  /// Appends one printed row per row of outputs.
  ///
  /// - Parameters:
  ///   - outputs: float32, [rows, width].
  ///   - grid: the input's fields, with as many rows, and their text; needed where a piece is a
  ///     field.
  package func print(
    _ outputs: TensorView, grid: TextGrid?, text: TextBuffer?, to out: TextBuffer
  ) {
    precondition(outputs.elementType == .float32, "outputs are float32")
    precondition(largestOutput < outputs.rowCount, "an output outside the row")
    if usesFields {
      precondition(text != nil && grid?.rows == outputs.rows, "kept fields need their rows")
      precondition(largestField < (grid?.columns ?? 0), "a field outside the grid")
    }
    let rows = outputs.rows
    let limit = nnk_text_print_bound(
      pieces, pieces.count, names, names.count, rows, usesFields ? text?.count ?? 0 : 0)
    _ = out.appendBytes(upTo: limit) { room in
      nnk_text_print_rows(
        pieces, pieces.count, names, names.count,
        outputs.address?.assumingMemoryBound(to: Float.self), outputs.rowCount, rows,
        text?.start, grid?.ends, grid?.starts, grid?.columns ?? 0, delimiter, isJSON ? 1 : 0,
        room.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
  }
}
