import CKernels
import Tensors

extension Kernels {
  /// Matrix product: c = op(a)·op(b), or c += op(a)·op(b) when accumulating.
  ///
  /// a is [m, k], or [k, m] transposed; b is [k, n], or [n, k] transposed; c is [m, n]. A view's
  /// outermost axis are its rows, all the others together its columns. c is apart from a and b.
  package static func multiply(
    _ a: TensorView, transposed ta: Bool = false, by b: TensorView, transposed tb: Bool = false,
    into c: TensorView, accumulating: Bool = false, on workers: Workers
  ) {
    let (m, k) = ta ? (a.rowCount, a.rows) : (a.rows, a.rowCount)
    let (depth, n) = tb ? (b.rowCount, b.rows) : (b.rows, b.rowCount)
    if c.count == 0 { return }
    if a.count == 0 || b.count == 0 {
      if !accumulating { c.clear() }
      return
    }
    precondition(
      k == depth && c.rows == m && c.rowCount == n,
      "cannot multiply \(a.shape)\(ta ? "ᵀ" : "") by \(b.shape)\(tb ? "ᵀ" : "") into \(c.shape)")
    precondition(
      a.elementType == c.elementType && b.elementType == c.elementType,
      "cannot multiply \(a.elementType) by \(b.elementType) into \(c.elementType)")
    nnk_multiply(
      code(of: c), workers.pool, a.address, ta ? 1 : 0, b.address, tb ? 1 : 0, c.address, m, n, k,
      accumulating ? 1 : 0)
  }

  /// Matrix product by a transposed b, where a is not: Swift cannot tell which of two arguments of
  /// one name is meant when the first is left out.
  package static func multiply(
    _ a: TensorView, by b: TensorView, transposed tb: Bool, into c: TensorView,
    accumulating: Bool = false, on workers: Workers
  ) {
    multiply(
      a, transposed: false, by: b, transposed: tb, into: c, accumulating: accumulating,
      on: workers)
  }

  /// What multiplies matrices unless workers are told otherwise, for example `own (avx512)`.
  package static var productLibrary: String {
    "own (\(String(cString: nnk_product_instructions())))"
  }

  /// The oneDNN that workers with `ProductPath.oneDNN` use, for example `oneDNN 2.6`; nil where
  /// none is installed. Loads the library.
  package static var oneDNN: String? {
    guard nnk_onednn_is_present() != 0 else { return nil }
    let version = nnk_onednn_version()
    return version == 0 ? "oneDNN" : "oneDNN \(version / 100).\(version % 100)"
  }

  /// The version of oneDNN by which products of this thread were computed, for example `2.6`; nil
  /// as long as none was large enough. Loads nothing.
  package static var oneDNNVersionInUse: String? {
    let version = nnk_onednn_version_in_use()
    return version == 0 ? nil : "\(version / 100).\(version % 100)"
  }

  /// The processor's architecture and the widest of its instructions that the loops use, for
  /// example `x86_64 avx512`. Sums are taken in another order on another one.
  package static var instructionSet: String {
    #if arch(x86_64)
      let architecture = "x86_64"
    #elseif arch(arm64)
      let architecture = "arm64"
    #else
      let architecture = "other"
    #endif
    return "\(architecture) \(String(cString: nnk_product_instructions()))"
  }
}
