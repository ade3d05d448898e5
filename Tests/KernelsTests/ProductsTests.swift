import Kernels
import Tensors
import Testing

@Suite struct ProductsTests {
  static let sizes = [1, 3, 17, 33, 64, 100]

  struct Case: Sendable, CustomStringConvertible {
    var m: Int, n: Int, k: Int, ta: Bool, tb: Bool
    var description: String { "\(m)x\(n)x\(k)\(ta ? " T" : " N")\(tb ? "T" : "N")" }
  }

  static let cases: [Case] =
    sizes.flatMap { m in
      sizes.flatMap { n in
        [1, 7, 300].flatMap { k in
          [(false, false), (true, false), (false, true), (true, true)].map {
            Case(m: m, n: n, k: k, ta: $0.0, tb: $0.1)
          }
        }
      }
    }
    + [
      Case(m: 64, n: 256, k: 784, ta: false, tb: false),
      Case(m: 784, n: 256, k: 64, ta: true, tb: false),
      Case(m: 64, n: 784, k: 256, ta: false, tb: true),
      Case(m: 1000, n: 128, k: 10, ta: false, tb: false),
      Case(m: 10, n: 128, k: 1000, ta: true, tb: false),
      Case(m: 1000, n: 2, k: 64, ta: false, tb: false),
      Case(m: 64, n: 2, k: 1000, ta: true, tb: false),
      Case(m: 1000, n: 128, k: 64, ta: false, tb: true),
      Case(m: 513, n: 70, k: 530, ta: false, tb: false),
    ]

  static func operands(_ c: Case, _ type: ElementType) -> (Numbers, Numbers) {
    let a = uniform(c.m * c.k, seed: UInt64(c.m + c.k))
    let b = uniform(c.k * c.n, seed: UInt64(1000 + c.n + c.k))
    return (
      Numbers(a, c.ta ? [c.k, c.m] : [c.m, c.k], type),
      Numbers(b, c.tb ? [c.n, c.k] : [c.k, c.n], type)
    )
  }

  /// The product in double, plainly, and the sum of the terms' magnitudes, which bounds the error.
  static func reference(_ c: Case, _ a: [Double], _ b: [Double]) -> (c: [Double], size: [Double]) {
    var sums = [Double](repeating: 0, count: c.m * c.n)
    var sizes = sums
    for i in 0..<c.m {
      for p in 0..<c.k {
        let left = a[c.ta ? p * c.m + i : i * c.k + p]
        for j in 0..<c.n {
          let term = left * b[c.tb ? j * c.k + p : p * c.n + j]
          sums[i * c.n + j] += term
          sizes[i * c.n + j] += abs(term)
        }
      }
    }
    return (sums, sizes)
  }

  @Test("Every shape and transposition agrees with the plain sum", arguments: floatingTypes)
  func agreesWithReference(type: ElementType) {
    for c in Self.cases {
      let (a, b) = Self.operands(c, type)
      let expected = Self.reference(c, a.values, b.values)
      let initial = uniform(c.m * c.n, seed: 5)
      for accumulating in [false, true] {
        let target = Numbers(initial, [c.m, c.n], type)
        Kernels.multiply(
          a.view, transposed: c.ta, by: b.view, transposed: c.tb, into: target.view,
          accumulating: accumulating, on: alone)
        for (i, value) in target.values.enumerated() {
          let sum = expected.c[i] + (accumulating ? initial[i] : 0)
          // A chain of k additions errs by at most k/2 units of the terms' magnitudes.
          let bound = type.epsilon * Double(c.k + 2) * (expected.size[i] + 1)
          #expect(abs(value - sum) <= bound, "\(c) \(accumulating) at \(i)")
          if abs(value - sum) > bound { return }
        }
      }
    }
  }

  @Test("The number of threads does not show in any bit", arguments: floatingTypes)
  func threadsDoNotShow(type: ElementType) {
    for c in Self.cases {
      let (a, b) = Self.operands(c, type)
      let results = [alone, two, three].map { workers in
        let target = Numbers(zeros: [c.m, c.n], type)
        Kernels.multiply(
          a.view, transposed: c.ta, by: b.view, transposed: c.tb, into: target.view, on: workers)
        return target.bytes
      }
      #expect(results[0] == results[1] && results[0] == results[2], "\(c)")
    }
  }

  @Test("A row's bits do not depend on how many rows there are", arguments: floatingTypes)
  func rowsAreIndependent(type: ElementType) {
    let (a, b) = Self.operands(Case(m: 600, n: 70, k: 300, ta: false, tb: false), type)
    let whole = Numbers(zeros: [600, 70], type)
    Kernels.multiply(a.view, by: b.view, into: whole.view, on: two)
    for count in [1, 2, 5, 64, 599] {
      let part = Numbers(zeros: [count, 70], type)
      Kernels.multiply(a.view.prefix(count), by: b.view, into: part.view, on: alone)
      #expect(part.view.hasSameBytes(as: whole.view.prefix(count)), "\(count) rows")
    }
  }

  @Test("oneDNN and the own product agree", .enabled(if: Kernels.oneDNN != nil))
  func oneDNNAgrees() {
    for threads in [1, 2] {
      let theirs = Workers(threadCount: threads, products: .oneDNN)
      for c in Self.cases.suffix(9) {
        let (a, b) = Self.operands(c, .float32)
        let size = Self.reference(c, a.values, b.values).size
        let results = [alone, theirs].map { workers in
          let target = Numbers(uniform(c.m * c.n, seed: 5), [c.m, c.n], .float32)
          Kernels.multiply(
            a.view, transposed: c.ta, by: b.view, transposed: c.tb, into: target.view,
            accumulating: true, on: workers)
          return target.values
        }
        let bad = zip(zip(results[0], results[1]), size).first {
          abs($0.0 - $0.1) > 0x1p-23 * Double(c.k + 2) * ($1 + 1)
        }
        #expect(bad == nil, "\(c)")
      }
    }
  }

  @Test("Products large enough for oneDNN do not depend on the number of threads either")
  func largeProducts() {
    let c = Case(m: 300, n: 1024, k: 1024, ta: false, tb: false)
    let (a, b) = Self.operands(c, .float32)
    let results = [1, 2, 3].map { threads in
      let target = Numbers(zeros: [c.m, c.n], .float32)
      Kernels.multiply(a.view, by: b.view, into: target.view, on: Workers(threadCount: threads))
      return target.bytes
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  @Test("An empty sum is zero, or what was there")
  func emptySum() {
    let a = Numbers(zeros: [0, 3], .float32)
    let b = Numbers(zeros: [0, 4], .float32)
    let c = Numbers([Double](repeating: 2, count: 12), [3, 4], .float32)
    Kernels.multiply(
      a.view, transposed: true, by: b.view, into: c.view, accumulating: true, on: alone)
    #expect(c.values.allSatisfy { $0 == 2 })
    Kernels.multiply(a.view, transposed: true, by: b.view, into: c.view, on: alone)
    #expect(c.values.allSatisfy { $0 == 0 })
  }
}
