import CHDF5
import Dispatch

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Lets the system bring a large file to the disk while the rest of it is still being written, so that
/// little is left to wait for in the end.
///
/// A hint and no promise: what is on the disk, the sync that follows tells.
package final class EarlyWriteback: @unchecked Sendable {
  /// So many bytes are begun with at a time.
  private static let portion = 64 << 20

  private let descriptor: CInt
  private let queue = DispatchQueue(label: "nnmodel.writeback")
  private var waiting = 0

  /// For a file that exists already.
  package init(_ path: String) { descriptor = open(path, O_WRONLY | O_CLOEXEC) }

  deinit {
    if descriptor >= 0 { _ = close(descriptor) }
  }

  /// Takes note that so many bytes more were written.
  package func note(_ byteCount: Int) {
    waiting += byteCount
    guard waiting >= EarlyWriteback.portion, descriptor >= 0 else { return }
    waiting = 0
    // Submitting takes time of its own, and may have to wait for the disk.
    queue.async { [self] in nn_begin_writeback(descriptor) }
  }
}
