import Foundation
import SwiftProtobuf

/// A part of an ONNX file that the schema here leaves out.
package enum ONNXUnreadPart: Hashable, Sendable {
  /// Graphs of training, with an optimizer's state.
  case trainingInfo
  /// Weights of which only those other than 0 are stored.
  case sparseInitializer
  /// A field that no version of ONNX known here has, by its number.
  case field(Int)
}

extension ONNXModel {
  /// What the model and its graph hold besides what is read, each once.
  package var unreadParts: Set<ONNXUnreadPart> {
    var parts: Set<ONNXUnreadPart> = []
    for number in ONNXModel.fieldNumbers(unknownFields.data) {
      // 26 and above are configurations of devices.
      parts.insert(number == 20 ? .trainingInfo : .field(number))
    }
    for number in ONNXModel.fieldNumbers(graph.unknownFields.data)
    where number != 14 && number != 16 {
      parts.insert(number == 15 ? .sparseInitializer : .field(number))
    }
    return parts
  }

  /// The numbers of the fields of a message, of which the reader has checked that it is one.
  private static func fieldNumbers(_ data: Data) -> [Int] {
    let bytes = [UInt8](data)
    var place = 0
    func varint() -> UInt64? {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 64, by: 7) {
        guard place < bytes.count else { return nil }
        let byte = bytes[place]
        place += 1
        value |= UInt64(byte & 127) << shift
        if byte & 128 == 0 { return value }
      }
      return nil
    }
    var numbers: [Int] = []
    while place < bytes.count, let tag = varint() {
      numbers.append(Int(tag >> 3 & 0x1FFF_FFFF))
      switch tag & 7 {
      case 0: _ = varint()
      case 1: place += 8
      case 2:
        guard let length = varint(), length <= UInt64(bytes.count) else { return numbers }
        place += Int(length)
      case 5: place += 4
      // Groups, which ONNX does not have.
      default: return numbers
      }
    }
    return numbers
  }
}
