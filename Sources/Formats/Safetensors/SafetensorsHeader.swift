import Tensors

/// What stands before the numbers of a safetensors file.
///
/// | bytes | meaning |
/// |---|---|
/// | 8 | N, little-endian; at most 100,000,000 |
/// | N | JSON in UTF-8 that begins with `{`; blanks may follow it |
/// | … | the numbers of all tensors, little-endian in C's order, without gaps |
///
/// The JSON is `{"__metadata__": {"key": "text"}, "name": {"dtype": "F32", "shape": [2, 3],
/// "data_offsets": [0, 24]}, …}`; offsets count from behind the header. Each byte behind it belongs to
/// one tensor, and the file ends with the last. As `safetensors` 0.8 reads and writes it.
struct SafetensorsHeader: Sendable {
  /// A tensor as the header declares it.
  struct Entry: Hashable, Sendable {
    let name: String
    let type: SafetensorsType
    let extents: [Int]
    /// Its bytes, counted from behind the header.
    let range: Range<Int>
  }

  /// What the writer has said about the file.
  let metadata: [String: String]

  /// The tensors in the order of their bytes.
  let entries: [Entry]

  /// Where the numbers begin.
  let byteCount: Int

  /// The most bytes of JSON.
  static let limit = 100_000_000

  private static let metadataName = "__metadata__"
}

/// How an element of a safetensors file is stored.
enum SafetensorsType: String, Hashable, Sendable, CaseIterable {
  case bool = "BOOL"
  case float4 = "F4"
  case float6E2M3 = "F6_E2M3"
  case float6E3M2 = "F6_E3M2"
  case uint8 = "U8"
  case int8 = "I8"
  case float8E5M2 = "F8_E5M2"
  case float8E4M3 = "F8_E4M3"
  case float8E8M0 = "F8_E8M0"
  case float8E4M3FNUZ = "F8_E4M3FNUZ"
  case float8E5M2FNUZ = "F8_E5M2FNUZ"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case complex64 = "C64"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  /// The number of bits of an element.
  var bitCount: Int {
    switch self {
    case .float4: 4
    case .float6E2M3, .float6E3M2: 6
    case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .float8E8M0, .float8E4M3FNUZ,
      .float8E5M2FNUZ:
      8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .complex64, .float64, .int64, .uint64: 64
    }
  }

  /// The same in our words; nil for what no tensor of ours holds.
  var elementType: ElementType? { SafetensorsType.elementTypes[self] }

  /// The type for elements of ours.
  init(_ elementType: ElementType) {
    let type = SafetensorsType.elementTypes.first { $0.value == elementType }?.key
    guard let type else { preconditionFailure("safetensors has no \(elementType)") }
    self = type
  }

  private static let elementTypes: [SafetensorsType: ElementType] = [
    .bool: .bool, .uint8: .uint8, .int8: .int8, .int16: .int16, .uint16: .uint16,
    .float16: .float16, .bfloat16: .bfloat16, .int32: .int32, .uint32: .uint32,
    .float32: .float32, .float64: .float64, .int64: .int64, .uint64: .uint64,
  ]
}

// MARK: - Reading

extension SafetensorsHeader {
  /// Reads the header of a file, and compares the size of the file with it.
  init(of bytes: FileBytes) throws(FormatError) {
    guard bytes.byteCount >= 8 else {
      throw bytes.error("expected at least 8 bytes, found \(bytes.byteCount)")
    }
    let length = bytes.copy(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(SafetensorsHeader.limit) else {
      throw bytes.error(
        "expected a header of at most \(SafetensorsHeader.limit) bytes, found \(length)")
    }
    let count = Int(length)
    guard count <= bytes.byteCount - 8 else {
      throw bytes.error(
        "declares a header of \(count) bytes, \(bytes.byteCount - 8) follow; it is cut short")
    }
    let text = bytes.copy(8..<8 + count)
    guard text.first == UInt8(ascii: "{") else {
      throw bytes.error("damaged header: expected '{' at byte 0")
    }
    do throws(JSONScanner.Problem) {
      try self.init(text: text, dataCount: bytes.byteCount - 8 - count)
    } catch {
      throw bytes.error(error.words)
    }
  }

  private init(text: [UInt8], dataCount: Int) throws(JSONScanner.Problem) {
    var scanner = JSONScanner(text)
    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    try scanner.object { name, scanner throws(JSONScanner.Problem) in
      if name == SafetensorsHeader.metadataName {
        try scanner.object { key, scanner throws(JSONScanner.Problem) in
          metadata[key] = try scanner.string()
        }
      } else {
        entries.append(try Entry(name, &scanner))
      }
    }
    try scanner.finish()
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound, $0.name)
        < ($1.range.lowerBound, $1.range.upperBound, $1.name)
    }
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw JSONScanner.Problem(
          words: "tensor '\(entry.name)': expected its bytes to begin at \(end), found "
            + "\(entry.range.lowerBound); tensors follow each other without gaps")
      }
      end = entry.range.upperBound
    }
    guard end == dataCount else {
      throw JSONScanner.Problem(
        words: "expected \(end) bytes behind the header, found \(dataCount)")
    }
    self.metadata = metadata
    self.entries = entries
    byteCount = 8 + text.count
  }
}

extension SafetensorsHeader.Entry {
  private static let typeName = "dtype"
  private static let shapeName = "shape"
  private static let offsetsName = "data_offsets"

  fileprivate init(
    _ name: String, _ scanner: inout JSONScanner
  ) throws(JSONScanner.Problem) {
    var type: SafetensorsType?
    var extents: [Int]?
    var offsets: [Int]?
    func problem(_ words: String) -> JSONScanner.Problem {
      JSONScanner.Problem(words: "tensor '\(name)': \(words)")
    }
    func numbers(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) -> [Int] {
      var numbers: [Int] = []
      try scanner.array { scanner throws(JSONScanner.Problem) in
        numbers.append(try scanner.number())
      }
      return numbers
    }
    try scanner.object { key, scanner throws(JSONScanner.Problem) in
      switch key {
      case Self.typeName:
        let word = try scanner.string()
        type = SafetensorsType(rawValue: word)
        guard type != nil else { throw problem("unknown dtype '\(word)'") }
      case Self.shapeName: extents = try numbers(&scanner)
      case Self.offsetsName: offsets = try numbers(&scanner)
      default: throw problem("expected dtype, shape and data_offsets, found '\(key)'")
      }
    }
    guard let type, let extents, let offsets, offsets.count == 2 else {
      throw problem("expected dtype, shape and data_offsets of two numbers")
    }
    var bitCount = type.bitCount
    for extent in extents {
      let (product, overflows) = bitCount.multipliedReportingOverflow(by: extent)
      guard !overflows else { throw problem("\(extents) is too large") }
      bitCount = product
    }
    guard bitCount % 8 == 0 else {
      throw problem("\(extents) of \(type.rawValue) is not a whole number of bytes")
    }
    guard offsets[0] <= offsets[1], offsets[1] - offsets[0] == bitCount / 8 else {
      throw problem(
        "expected \(bitCount / 8) bytes for \(type.rawValue) \(extents), found data_offsets "
          + "\(offsets)")
    }
    self.init(name: name, type: type, extents: extents, range: offsets[0]..<offsets[1])
  }
}

// MARK: - Writing

extension SafetensorsHeader {
  /// The first bytes of a file of tensors in their order, with the numbers beginning at a multiple of
  /// 8.
  static func encoded(
    _ tensors: [StoredTensor], metadata: [String: String]
  ) -> [UInt8] {
    var parts: [String] = []
    if !metadata.isEmpty {
      let entries = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0)):\(quoted($1))" }
      parts.append("\(quoted(metadataName)):{\(entries.joined(separator: ","))}")
    }
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.shape.count * tensor.elementType.byteCount
      let extents = tensor.shape.dimensions.map(String.init).joined(separator: ",")
      parts.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(SafetensorsType(tensor.elementType).rawValue)\","
          + "\"shape\":[\(extents)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(parts.joined(separator: ","))}".utf8)
    text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    let length = UInt64(text.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + text
  }

  /// A text as JSON has it.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
