import Foundation
import SwiftProtobuf

extension ONNXModel {
  /// The model in the bytes of a file.
  ///
  /// - Throws: ``FormatError`` when they are not a message, or one that is nested too deeply.
  package init(_ bytes: FileBytes) throws(FormatError) {
    var options = BinaryDecodingOptions()
    // A model, a graph, a node, an attribute, a tensor, an entry: with room for a few graphs inside.
    options.messageDepthLimit = 24
    do {
      self = try unsafe bytes.withBytes(0..<bytes.byteCount) { memory in
        guard let start = memory.baseAddress else { return ONNXModel() }
        // Read where they lie: they outlive the call, and nothing is written.
        let data = unsafe Data(
          bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: memory.count,
          deallocator: .none)
        return try ONNXModel(serializedBytes: data, options: options)
      }
    } catch BinaryDecodingError.messageDepthLimit {
      throw bytes.error("is nested deeper than any ONNX model; expected messages of few levels")
    } catch {
      throw bytes.error("is no ONNX model, or is cut off: its bytes are not a protobuf message")
    }
    guard hasGraph else { throw bytes.error("is no ONNX model: it has no graph") }
  }

  /// The bytes of a file with the model: the same for the same model.
  ///
  /// - Throws: ``FormatError`` when it is larger than a message can be, 2 GiB.
  package func serialized(file: String) throws(FormatError) -> [UInt8] {
    do {
      return try serializedBytes()
    } catch {
      throw FormatError(file, "cannot be written as one message of protobuf: \(error)")
    }
  }
}
