import Foundation
import Testing

@testable import Formats

@Suite("Headers of ONNX files")
struct ONNXHeaderTests {
  private static let files = ["attention", "conv", "constants", "batch_norm_plane"]

  @Test("All but the numbers is as in the whole message", arguments: files)
  func likeTheWhole(_ name: String) throws {
    let bytes = try FileBytes(path: fixture("onnx/\(name).onnx"))
    var whole = try ONNXModel(bytes)
    let header = try ONNXModel(headerOf: bytes)
    func empty(_ tensor: inout ONNXTensorData) {
      tensor.clearRawData()
      tensor.floatData = []
      tensor.int32Data = []
      tensor.int64Data = []
      tensor.doubleData = []
      tensor.uint64Data = []
      tensor.stringData = []
    }
    #expect(!whole.graph.initializer.isEmpty || whole.graph.node.contains { !$0.attribute.isEmpty })
    for index in whole.graph.initializer.indices { empty(&whole.graph.initializer[index]) }
    for node in whole.graph.node.indices {
      for attribute in whole.graph.node[node].attribute.indices {
        for tensor in whole.graph.node[node].attribute[attribute].t.indices {
          empty(&whole.graph.node[node].attribute[attribute].t[tensor])
        }
      }
    }
    #expect(header == whole)
  }

  @Test("A file that is cut off anywhere is refused or whole, and never read beyond its end")
  func cutOff() throws {
    let bytes = try FileBytes(path: fixture("onnx/conv.onnx"))
    for length in 0..<bytes.byteCount {
      let part = try FileBytes(bytes.copy(0..<length), file: "cut.onnx")
      if let header = try? ONNXModel(headerOf: part) { #expect(header.hasGraph) }
    }
  }

  @Test("Lengths that lead nowhere and messages without end are refused")
  func hostile() throws {
    var nested: [UInt8] = [0x0A, 0x00]
    // Graphs in attributes of nodes in graphs.
    for level in 0..<60 {
      let field: UInt8 = level % 3 == 0 ? 0x32 : level % 3 == 1 ? 0x2A : 0x0A
      nested = [field] + ONNXHeaderTests.varint(nested.count) + nested
    }
    let hostile: [[UInt8]] = [
      [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
      [0x3A] + [UInt8](repeating: 0xFF, count: 12), [0x3B], [0x3F, 0x00],
      [0x3A] + ONNXHeaderTests.varint(nested.count) + nested,
    ]
    for bytes in hostile {
      #expect(throws: FormatError.self) {
        _ = try ONNXModel(headerOf: FileBytes(bytes, file: "hostile.onnx"))
      }
    }
  }

  private static func varint(_ number: Int) -> [UInt8] {
    number < 128
      ? [UInt8(number)] : [UInt8(number & 0x7F | 0x80)] + varint(number >> 7)
  }
}
