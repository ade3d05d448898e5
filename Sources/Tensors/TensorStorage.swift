#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory aligned to 64 bytes, given back when the last owner goes.
///
/// Large memory comes from the system in large pages where it has them: to be given a page at its
/// first touch costs more than to fill it, and a large page is given at once.
@safe
final class TensorStorage {
  let address: UnsafeMutableRawPointer
  let byteCount: Int
  private let mapping: UnsafeMutableRawBufferPointer?

  /// From so many bytes on memory is mapped.
  private static let largeByteCount = 4 << 20
  private static let largePage = 2 << 20

  /// Memory of zeros, or of anything where all of it is filled at once.
  init(byteCount: Int, isCleared: Bool = true) {
    self.byteCount = byteCount
    if byteCount >= TensorStorage.largeByteCount,
      let mapping = unsafe TensorStorage.mapped(byteCount)
    {
      unsafe self.mapping = mapping.whole
      unsafe address = mapping.start
      return
    }
    unsafe mapping = nil
    unsafe address = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    if isCleared {
      unsafe address.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }
  }

  deinit {
    if let mapping = unsafe mapping {
      unsafe munmap(mapping.baseAddress, mapping.count)
    } else {
      unsafe address.deallocate()
    }
  }

  /// Zeros that are given when they are touched, beginning on a large page.
  private static func mapped(
    _ byteCount: Int
  ) -> (whole: UnsafeMutableRawBufferPointer, start: UnsafeMutableRawPointer)? {
    let (count, overflows) = byteCount.addingReportingOverflow(largePage)
    guard !overflows else { return nil }
    let memory = unsafe mmap(
      nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { return nil }
    let start = unsafe memory.alignedUp(toMultipleOf: largePage)
    #if canImport(Glibc)
      _ = unsafe madvise(start, byteCount, MADV_HUGEPAGE)
    #endif
    return unsafe (UnsafeMutableRawBufferPointer(start: memory, count: count), start)
  }
}
