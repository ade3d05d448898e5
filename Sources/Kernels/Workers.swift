import CKernels

/// Which library multiplies float32 matrices.
package enum ProductPath: Int32, Sendable, CaseIterable {
  /// The own product below 2^28 multiplications, where on AVX-512 it reaches 95 to 120 % of
  /// oneDNN's rate, starts without delay and needs no library; oneDNN's from there on, where the
  /// own reaches 80 to 95 %. The choice is a matter of the shape alone, and neither's bits depend
  /// on the number of threads.
  case automatic
  /// The own product: a row's bits depend neither on the other rows nor on the number of threads
  /// nor on the machine, if it has fused multiply-add.
  case own
  /// oneDNN's `dnnl_sgemm`; the own product where oneDNN is not installed.
  case oneDNN
}

/// Threads that share out the parts of one kernel at a time.
///
/// The calling thread takes part, so `threadCount` is the number of processors in use. Threads are
/// started once; between kernels they watch for more work for 50 µs and then sleep. Work from a
/// second thread, or from inside a part, runs on its own thread alone.
package final class Workers: Sendable {
  /// The number of threads, the caller's included.
  package let threadCount: Int

  nonisolated(unsafe) let pool: OpaquePointer?

  /// Starts `threadCount - 1` threads.
  package init(threadCount: Int, products: ProductPath = .automatic) {
    precondition(threadCount > 0, "the number of threads must be positive, found \(threadCount)")
    self.threadCount = threadCount
    pool = nnk_pool_create(Int32(threadCount), products.rawValue)
  }

  deinit { nnk_pool_destroy(pool) }

  /// Calls a closure once for every number below `count`, in any order and on any thread, and
  /// returns when all calls have returned. Costs two small allocations; kernels do not use it.
  package func forEach(_ count: Int, _ body: (Int) -> Void) {
    if threadCount == 1 || count < 2 {
      for index in 0..<max(count, 0) { body(index) }
      return
    }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { body in
        nnk_pool_run(
          pool, count,
          { context, index in
            context?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(index)
          },
          UnsafeMutableRawPointer(mutating: body))
      }
    }
  }
}
