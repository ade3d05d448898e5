import Crypto
import Foundation
import HDF5
import Kernels
import Tensors

/// The SHA-256 of some bytes.
package struct Digest: Hashable, Sendable {
  /// The number of bytes of a digest.
  static let byteCount = 32

  package let bytes: [UInt8]

  /// A stored digest.
  ///
  /// - Precondition: 32 bytes.
  init(stored bytes: some Collection<UInt8>) {
    precondition(bytes.count == Digest.byteCount, "a digest has 32 bytes, found \(bytes.count)")
    self.bytes = Array(bytes)
  }

  init(of bytes: UnsafeRawBufferPointer) {
    var hash = SHA256()
    unsafe hash.update(bufferPointer: bytes)
    self.bytes = Array(hash.finalize())
  }

  package init(of bytes: [UInt8]) { self.bytes = Array(SHA256.hash(data: bytes)) }

  /// The digest as 64 digits.
  var hexadecimal: String { bytes.hexadecimal }

  /// So few bytes are not worth a thread.
  static let fewBytes = 1 << 20

  /// What a closure makes of every number below `count`, by several threads.
  ///
  /// - Parameters:
  ///   - byteCount: the bytes that all calls together go through.
  ///   - threads: how many threads; all processors when nil.
  static func parallel<Result>(
    _ count: Int, byteCount: Int, threads: Int? = nil, _ body: (Int) -> Result
  ) -> [Result] {
    let threads = min(threads ?? ProcessInfo.processInfo.activeProcessorCount, count)
    guard threads > 1, byteCount > fewBytes else { return (0..<count).map(body) }
    var results = [Result?](repeating: nil, count: count)
    unsafe results.withUnsafeMutableBufferPointer { results in
      // Each call has an element of its own.
      nonisolated(unsafe) let elements = unsafe results
      Workers(threadCount: threads, products: .own).forEach(count) { index in
        unsafe elements[index] = body(index)
      }
    }
    return results.compactMap { $0 }
  }
}

extension Sequence<UInt8> {
  /// The bytes as two digits each.
  package var hexadecimal: String {
    func digit(_ value: UInt8) -> UInt8 {
      value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
    var digits: [UInt8] = []
    digits.reserveCapacity(2 * underestimatedCount)
    for byte in self {
      digits.append(digit(byte >> 4))
      digits.append(digit(byte & 15))
    }
    return String(decoding: digits, as: UTF8.self)
  }
}

extension NativeDataset {
  /// The digest of the elements as they are stored.
  func digest() -> Digest { unsafe withBytes { unsafe Digest(of: $0) } }
}
