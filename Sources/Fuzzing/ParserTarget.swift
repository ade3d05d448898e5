import HDF5

/// What is promised of the strict parser: bytes are refused with one error, or everything that is
/// handed out lies within them.
package enum ParserTarget {
  /// What became of some bytes.
  package enum Outcome: Hashable {
    case refused
    case read(datasetCount: Int)
  }

  /// Reads bytes as a file and touches all that is handed out.
  ///
  /// - Throws: ``BrokenPromise``.
  package static func run(_ bytes: [UInt8]) throws -> Outcome {
    let file: NativeFile
    do {
      file = try NativeFile(bytes: bytes, named: "file")
    } catch {
      try check("\(error)")
      return .refused
    }
    var sum: UInt64 = 0
    var datasetCount = 0
    try visit(file.root) { dataset in
      datasetCount += 1
      let data = dataset.bytes()
      guard data.count <= bytes.count, data.count == dataset.byteCount else {
        throw BrokenPromise("\(dataset.place.path): \(data.count) bytes of \(bytes.count)")
      }
      for byte in data { sum &+= UInt64(byte) }
      do { _ = try dataset.text() } catch { try check("\(error)") }
      for name in dataset.attributes.keys { _ = try dataset.attribute(name) }
      let found = try file.root.dataset(at: dataset.place.path)
      guard found.range == dataset.range else {
        throw BrokenPromise("\(dataset.place.path): another dataset is found by this path")
      }
    }
    _ = file.strayByte()
    return .read(datasetCount: datasetCount)
  }

  private static func visit(
    _ group: NativeGroup, _ body: (NativeDataset) throws -> Void
  ) throws {
    for name in group.attributes.keys { _ = try group.attribute(name) }
    for name in group.childNames {
      switch group.child(name) {
      case .group(let child): try visit(child, body)
      case .dataset(let child): try body(child)
      case nil: throw BrokenPromise("\(group.place.path): '\(name)' is listed and not there")
      }
    }
  }

  /// Checks that a message is one line that says something.
  static func check(_ message: String) throws {
    guard !message.isEmpty, message.utf8.count < 20_000 else {
      throw BrokenPromise("a message of \(message.utf8.count) bytes")
    }
  }
}
