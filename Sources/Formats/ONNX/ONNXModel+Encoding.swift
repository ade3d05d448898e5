import Foundation
import SwiftProtobuf

extension ONNXModel {
  /// The bytes of a file: the same for the same model.
  ///
  /// - Throws: the error of protobuf for a message of 2 GiB or more.
  package func encoded() throws -> Data { try serializedData() }
}
