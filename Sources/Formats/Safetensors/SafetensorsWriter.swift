import Foundation
import Tensors

/// Writes safetensors files: large elements first and then by name, as `safetensors` does, so that
/// every tensor begins at a multiple of its element's size.
package enum SafetensorsWriter {
  /// Writes all tensors to one file.
  ///
  /// - Parameters:
  ///   - path: where to; nothing is there.
  ///   - file: what it is called in messages.
  /// - Throws: ``FormatError``.
  package static func write(
    _ tensors: [StoredTensor], metadata: [String: String], creating path: String,
    named file: String
  ) throws {
    let tensors = sorted(tensors)
    let header = SafetensorsHeader.encoded(tensors, metadata: metadata)
    guard header.count - 8 <= SafetensorsHeader.limit else {
      throw FormatError(
        file,
        "the header would have \(header.count - 8) bytes, more than "
          + "\(SafetensorsHeader.limit)")
    }
    let output = try NewFile(creating: path, named: file)
    try output.append(header)
    for tensor in tensors {
      try tensor.tensor().withView { try output.append($0) }
    }
  }

  /// The tensors of each file where no file but of one larger tensor has more bytes than a limit.
  package static func parts(of tensors: [StoredTensor], limit: Int) -> [[StoredTensor]] {
    var parts: [[StoredTensor]] = []
    var room = 0
    for tensor in tensors {
      let count = byteCount(of: tensor)
      if parts.isEmpty || count > room {
        parts.append([])
        room = limit
      }
      parts[parts.count - 1].append(tensor)
      room -= count
    }
    return parts
  }

  /// The names of the files of an index `model.safetensors.index.json`:
  /// `model-00001-of-00003.safetensors`.
  package static func names(ofParts count: Int, index path: String) -> [String] {
    var stem = URL(fileURLWithPath: path).lastPathComponent
    for suffix in [SafetensorsIndex.suffix, SafetensorsIndex.partSuffix]
    where stem.lowercased().hasSuffix(suffix) {
      stem = String(stem.dropLast(suffix.count))
    }
    func padded(_ number: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(5 - digits.count, 0)) + digits
    }
    return (1...max(count, 1)).map {
      "\(stem)-\(padded($0))-of-\(padded(count))\(SafetensorsIndex.partSuffix)"
    }
  }

  /// The text of an index.
  package static func index(of parts: [[StoredTensor]], names: [String]) -> String {
    let total = parts.joined().reduce(0) { $0 + byteCount(of: $1) }
    let places = zip(parts, names).flatMap { part, name in
      part.map { (tensor: $0.name, file: name) }
    }.sorted { $0.tensor < $1.tensor }
    let lines = places.map {
      "    \(SafetensorsHeader.quoted($0.tensor)): \(SafetensorsHeader.quoted($0.file))"
    }
    return """
      {
        "\(SafetensorsIndex.metadataName)": {"\(SafetensorsIndex.totalSizeName)": \(total)},
        "\(SafetensorsIndex.placesName)": {
      \(lines.joined(separator: ",\n"))
        }
      }

      """
  }

  private static func byteCount(of tensor: StoredTensor) -> Int {
    tensor.shape.count * tensor.elementType.byteCount
  }

  private static func sorted(_ tensors: [StoredTensor]) -> [StoredTensor] {
    tensors.sorted {
      let (left, right) = ($0.elementType.byteCount, $1.elementType.byteCount)
      return left == right ? $0.name < $1.name : left > right
    }
  }
}
