import Kernels

/// The first records of a delimited text, from which its dialect is found out.
struct CSVSample {
  /// How many records are looked at.
  static let recordLimit = 100

  private let bytes: [UInt8]
  private let newline: UInt8

  /// A sample of text that starts with a record.
  ///
  /// - Parameter isWhole: whether the last record is complete though no newline follows.
  init(_ bytes: [UInt8], newline: UInt8, isWhole: Bool) {
    self.newline = newline
    self.bytes = bytes + (isWhole && bytes.last != newline ? [newline] : [])
  }

  /// The newline of a text: a carriage return only where there is no line feed.
  static func newline(of bytes: [UInt8]) -> UInt8 {
    let feed = UInt8(ascii: "\n")
    let carriageReturn = UInt8(ascii: "\r")
    return !bytes.contains(feed) && bytes.contains(carriageReturn) ? carriageReturn : feed
  }

  /// The contents of the fields of the first records, empty lines left out.
  func records(delimiter: UInt8) -> [[[UInt8]]] {
    var records: [[[UInt8]]] = []
    var fields: [[UInt8]] = []
    var start = 0
    var place = 0
    let quote = UInt8(ascii: "\"")
    while place < bytes.count, records.count < CSVSample.recordLimit {
      let byte = bytes[place]
      if byte == quote, bytes[start..<place].allSatisfy({ $0 == UInt8(ascii: " ") }) {
        place += 1
        while place < bytes.count {
          if bytes[place] == quote {
            guard place + 1 < bytes.count, bytes[place + 1] == quote else { break }
            place += 1
          }
          place += 1
        }
      } else if byte == delimiter || byte == newline {
        fields.append(Text.content(bytes[start..<place]))
        start = place + 1
        if byte == newline {
          if fields.count > 1 || fields[0].isEmpty == false { records.append(fields) }
          fields = []
        }
      }
      place += 1
    }
    return records
  }

  /// The delimiter that the records agree on.
  func delimiter() -> UInt8 {
    var mostAgreeing: (delimiter: UInt8, share: Double) = (UInt8(ascii: ","), 0)
    for candidate in ["\t", ";", "|", ","] as [Unicode.Scalar] {
      let delimiter = UInt8(ascii: candidate)
      let counts = records(delimiter: delimiter).map(\.count)
      guard let first = counts.first, first > 1 else { continue }
      let share = Double(counts.count { $0 == first }) / Double(counts.count)
      if share == 1 { return delimiter }
      // Ragged whatever the delimiter: the error will name the line.
      if share > mostAgreeing.share { mostAgreeing = (delimiter, share) }
    }
    return mostAgreeing.delimiter
  }

  /// The decimal mark that the numbers of the records use.
  func decimal(delimiter: UInt8) -> UInt8 {
    let point = UInt8(ascii: ".")
    let comma = UInt8(ascii: ",")
    guard delimiter != comma else { return point }
    var hasCommas = false
    for field in records(delimiter: delimiter).joined() {
      if field.contains(point), Text.number(field, decimal: point).kind == .number { return point }
      hasCommas =
        hasCommas
        || field.contains(comma) && Text.number(field, decimal: comma).kind == .number
    }
    return hasCommas ? comma : point
  }

  /// Whether the first record names the columns.
  func hasHeader(_ dialect: TextDialect) -> Bool {
    let first = records(delimiter: dialect.delimiter).first ?? []
    return !first.contains { field in
      let kind = Text.number(field, decimal: dialect.decimal).kind
      return kind == .number || kind == .infinite || kind == .tooLarge
    }
  }
}
