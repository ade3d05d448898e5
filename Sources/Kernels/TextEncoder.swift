import CKernels
import Tensors

/// A compiled list of what becomes of each column of a text; immutable, used by many threads.
@safe
package final class TextEncoder: @unchecked Sendable {
  /// What becomes of one column.
  package struct Column: Sendable {
    /// How a field is turned into a number.
    package enum Rule: Sendable {
      /// (value - offset) · scale.
      case number(offset: Double, scale: Double)
      /// 0 or 1.
      case truth
      /// 1 at the place of the name.
      case oneHot(TextDictionary)
      /// The number of the name, an int32.
      case code(TextDictionary)
    }

    package var rule: Rule
    /// The column's place in a record.
    package var field: Int
    /// Which of the destinations it goes to, and where in a row of it.
    package var buffer: Int
    package var output: Int
    /// Where the was-missing flag goes, if there is one.
    package var flag: Int?
    package var allowsMissing = true
    /// Whether texts, infinities and too large numbers count as missing.
    package var allowsUnreadable = false
    package var allowsUnknown = true
    /// The codes of a missing and of an unknown name; nil writes nothing.
    package var missingCode: Int?
    package var unknownCode: Int?
    /// Whether the names are numbers, so that 1.0 means 1; see ``TextDictionary/init(numbers:)``.
    package var hasNumberKeys = false
    /// What a missing number becomes, already scaled.
    package var fill: Float = 0

    package init(rule: Rule, field: Int, buffer: Int, output: Int) {
      self.rule = rule
      self.field = field
      self.buffer = buffer
      self.output = output
    }
  }

  /// A field that its column's rule refuses.
  package struct Refusal: Error {
    package enum Reason: Sendable { case missing, unreadable(Text.FieldKind), unknown }
    /// The column in the list of columns.
    package let column: Int
    package let row: Int
    package let reason: Reason
  }

  /// How many fields of a column were filled in.
  package struct Counts: Hashable, Sendable {
    package var missing = 0
    package var unknown = 0
    package var unreadable = 0
    package init() {}
  }

  package let columns: [Column]
  /// What a row of each destination holds before anything is written; empty for nothing.
  private let templates: [UnsafeMutableBufferPointer<Float>]
  private let native: [nnk_encode_column]

  /// An encoder of columns into destinations whose rows start as the templates say.
  package init(columns: [Column], templates: [[Float]]) {
    self.columns = columns
    self.templates = templates.map { template in
      let kept = UnsafeMutableBufferPointer<Float>.allocate(capacity: template.count)
      _ = kept.initialize(from: template)
      return kept
    }
    native = columns.map { column in
      var native = nnk_encode_column()
      switch column.rule {
      case .number(let offset, let scale):
        native.kind = Int32(NNK_ENCODE_NUMBER)
        native.offset = offset
        native.scale = scale
      case .truth: native.kind = Int32(NNK_ENCODE_TRUTH)
      case .oneHot(let dictionary):
        native.kind = Int32(NNK_ENCODE_ONE_HOT)
        native.dictionary = dictionary.native
      case .code(let dictionary):
        native.kind = Int32(NNK_ENCODE_CODE)
        native.dictionary = dictionary.native
      }
      native.field = Int32(column.field)
      native.buffer = Int32(column.buffer)
      native.output = Int32(column.output)
      native.flag = column.flag.map(Int32.init) ?? -1
      native.allows_missing = column.allowsMissing ? 1 : 0
      native.allows_unreadable = column.allowsUnreadable ? 1 : 0
      native.allows_unknown = column.allowsUnknown ? 1 : 0
      native.missing_code = column.missingCode.map(Int32.init) ?? -1
      native.unknown_code = column.unknownCode.map(Int32.init) ?? -1
      native.has_number_keys = column.hasNumberKeys ? 1 : 0
      native.fill = column.fill
      return native
    }
  }

  deinit {
    for template in templates { template.deallocate() }
  }

  /// Encodes all rows of a grid into the first rows of the destinations.
  ///
  /// - Parameters:
  ///   - destinations: float32 or int32 tensors with at least as many rows as the grid.
  ///   - counts: one entry per column, added to.
  package func encode(
    _ grid: TextGrid, of text: TextBuffer, decimal: UInt8, into destinations: [TensorView],
    counts: inout [Counts]
  ) throws(Refusal) {
    precondition(counts.count == columns.count, "one count per column")
    precondition(columns.allSatisfy { $0.field < grid.columns }, "a column outside the grid")
    precondition(destinations.count == templates.count, "one destination per template")
    for (view, template) in zip(destinations, templates) {
      precondition(template.isEmpty || template.count == view.rowCount, "another row width")
      precondition(view.rows >= grid.rows && view.elementType.byteCount == 4, "no room")
    }
    var nativeCounts = [nnk_encode_count](repeating: nnk_encode_count(), count: columns.count)
    let buffers = zip(destinations, templates).map { view, template in
      nnk_encode_buffer(
        data: view.address, width: view.rowCount,
        row: template.isEmpty ? nil : UnsafeRawPointer(template.baseAddress))
    }
    let result = nnk_text_encode(
      text.start, grid.ends, grid.starts, grid.rows, grid.columns, decimal, native,
      native.count, buffers, buffers.count, &nativeCounts)
    for (place, count) in nativeCounts.enumerated() {
      counts[place].missing += count.missing
      counts[place].unknown += count.unknown
      counts[place].unreadable += count.unreadable
    }
    guard result.status != NNK_ENCODE_OK else { return }
    let reason: Refusal.Reason =
      switch Int(result.status) {
      case NNK_ENCODE_MISSING: .missing
      case NNK_ENCODE_UNKNOWN: .unknown
      default: .unreadable(Text.FieldKind(rawValue: result.found) ?? .text)
      }
    throw Refusal(column: Int(result.column), row: result.row, reason: reason)
  }
}
