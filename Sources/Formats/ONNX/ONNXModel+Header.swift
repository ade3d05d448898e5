import Foundation
import SwiftProtobuf

extension ONNXModel {
  /// The model in the bytes of a file without the numbers of its tensors, which are not even read: as
  /// quick for large models as for small ones of as many nodes.
  ///
  /// - Throws: ``FormatError`` when they are not a message, or one that is nested too deeply.
  package init(headerOf bytes: FileBytes) throws(FormatError) {
    var header = MessageHeader(bytes)
    let kept = try header.copy(.model, 0..<bytes.byteCount, depth: 0)
    try self.init(FileBytes(kept, file: bytes.file))
  }
}

/// Copies messages without the fields that hold numbers of tensors; see "Encoding" in the manual of
/// Protocol Buffers.
private struct MessageHeader {
  /// Messages that tensors stand in, and tensors.
  enum Kind {
    case model, graph, node, attribute, tensor

    /// What a field is; nil for one that is copied as it is.
    func kind(ofField field: UInt64) -> Kind? {
      switch (self, field) {
      case (.model, 7): .graph
      case (.graph, 1): .node
      case (.graph, 5): .tensor
      case (.node, 5): .attribute
      case (.attribute, 5), (.attribute, 10): .tensor
      case (.attribute, 6), (.attribute, 11): .graph
      default: nil
      }
    }

    /// Whether a field holds numbers of a tensor.
    func isNumbers(_ field: UInt64) -> Bool {
      self == .tensor && [4, 5, 6, 7, 9, 10, 11].contains(field)
    }
  }

  private let bytes: FileBytes
  /// What is kept may not be more than headers are: 256 MiB.
  private var room = 256 << 20

  init(_ bytes: FileBytes) { self.bytes = bytes }

  mutating func copy(
    _ kind: Kind, _ range: Range<Int>, depth: Int
  ) throws(FormatError) -> [UInt8] {
    guard depth < 24 else {
      throw bytes.error("is nested deeper than any ONNX model; expected messages of few levels")
    }
    var kept: [UInt8] = []
    var place = range.lowerBound
    while place < range.upperBound {
      let start = place
      let tag = try number(&place, range)
      let field = tag >> 3
      var content = place..<place
      switch tag & 7 {
      case 0: _ = try number(&place, range)
      case 1: place += 8
      case 5: place += 4
      case 2:
        let length = try number(&place, range)
        guard length <= UInt64(range.upperBound - place) else { throw problem }
        content = place..<place + Int(length)
        place = content.upperBound
      default: throw problem
      }
      guard place <= range.upperBound else { throw problem }
      if kind.isNumbers(field) { continue }
      if tag & 7 == 2, let inner = kind.kind(ofField: field) {
        let message = try copy(inner, content, depth: depth + 1)
        MessageHeader.append(tag, to: &kept)
        MessageHeader.append(UInt64(message.count), to: &kept)
        kept += message
      } else {
        room -= place - start
        guard room > 0 else { throw bytes.error("names and shapes of more than 256 MiB") }
        kept += bytes.copy(start..<place)
      }
    }
    return kept
  }

  private var problem: FormatError {
    bytes.error("is no ONNX model, or is cut off: its bytes are not a protobuf message")
  }

  private func number(_ place: inout Int, _ range: Range<Int>) throws(FormatError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard place < range.upperBound else { throw problem }
      let byte = bytes.copy(place..<place + 1)[0]
      place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw problem
  }

  private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
