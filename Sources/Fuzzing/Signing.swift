import HDF5
import ModelFiles

/// Makes what protects a file right again after bytes have been changed, so that the change itself
/// is read.
package enum Signing {
  /// The bytes with the checksum of everything that looks like metadata.
  package static func checksummed(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    // The size of the file stands in its superblock.
    if bytes.count > HeaderScan.superblockSize { bytes.set(bytes.count, at: 28, width: 8) }
    for part in HeaderScan(bytes).parts {
      let end = part.upperBound - 4
      let checksum = unsafe bytes[part.lowerBound..<end].withUnsafeBytes {
        unsafe Lookup3.checksum($0)
      }
      bytes.set(Int(checksum), at: end, width: 4)
    }
    return bytes
  }

  /// The bytes with other words in the first text that holds some, signed; nil where none does.
  package static func replacing(
    _ old: String, with new: String, in bytes: [UInt8]
  ) -> [UInt8]? {
    var bytes = bytes
    for text in HeaderScan(bytes).texts {
      var content = text.content(of: bytes)
      guard let range = content.firstRange(of: Array(old.utf8)) else { continue }
      content.replaceSubrange(range, with: Array(new.utf8))
      text.replace(by: content, in: &bytes)
      return indexed(checksummed(bytes))
    }
    return nil
  }

  /// The bytes with an index that fits them: places, sizes and digests of all datasets, and both
  /// identities. As they are where they are no file, or have no index of as many rows.
  package static func indexed(_ bytes: [UInt8]) -> [UInt8] {
    guard let native = try? NativeFile(bytes: bytes, named: "file"),
      case .group(let index)? = native.root.child(ModelFilePaths.index)
    else { return bytes }
    let datasets = TensorFile.datasets(of: native.root)
    func place(_ column: String, width: Int) -> Int? {
      guard let dataset = try? index.dataset(column),
        dataset.byteCount == datasets.count * width
      else { return nil }
      return dataset.range.lowerBound
    }
    var bytes = bytes
    for (number, dataset) in datasets.enumerated() {
      if let start = place("offset", width: 8) {
        bytes.set(dataset.range.lowerBound, at: start + 8 * number, width: 8)
      }
      if let start = place("byte_count", width: 8) {
        bytes.set(dataset.byteCount, at: start + 8 * number, width: 8)
      }
      if let start = place("sha256", width: 32) {
        let digest = Digest(of: dataset.bytes()).bytes
        bytes.replaceSubrange(start + 32 * number..<start + 32 * (number + 1), with: digest)
      }
    }
    return identified(bytes)
  }

  /// The bytes with the identities that their index has.
  private static func identified(_ bytes: [UInt8]) -> [UInt8] {
    guard let native = try? NativeFile(bytes: bytes, named: "file"),
      let file = try? ModelFile(native, name: "file"),
      case .group(let index)? = native.root.child(ModelFilePaths.index)
    else { return bytes }
    var bytes = bytes
    let identities = [("identity", file.identity), ("weights_identity", file.weightsIdentity)]
    for (name, identity) in identities {
      guard case .text(let old)? = index.attributes[name], old.utf8.count == identity.utf8.count,
        let place = bytes.firstRange(of: Array("\(name)\0".utf8)),
        let range = bytes[place.upperBound...].firstRange(of: Array(old.utf8))
      else { continue }
      bytes.replaceSubrange(range, with: Array(identity.utf8))
    }
    return checksummed(bytes)
  }
}

extension HeaderScan.Text {
  /// The text, up to its first zero.
  func content(of bytes: [UInt8]) -> [UInt8] {
    Array(bytes[range].prefix { $0 != 0 })
  }

  /// Puts another text in its place: where it lies if it fits there, else at the end of the file.
  func replace(by content: [UInt8], in bytes: inout [UInt8]) {
    let content = content.isEmpty ? [0] : content
    bytes.replaceSubrange(range, with: [UInt8](repeating: 0, count: range.count))
    var start = range.lowerBound
    if content.count > range.count {
      // Data begins on a multiple of 64 bytes.
      bytes += [UInt8](repeating: 0, count: (64 - bytes.count % 64) % 64)
      start = bytes.count
      bytes += content
    } else {
      bytes.replaceSubrange(start..<start + content.count, with: content)
    }
    bytes.set(content.count, at: typeSizePlace, width: 4)
    bytes.set(start, at: addressPlace, width: 8)
    bytes.set(content.count, at: addressPlace + 8, width: 8)
  }
}
