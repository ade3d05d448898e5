import Kernels
import Tensors
import Testing

/// Plain loops over doubles.
private struct Reference {
  var largest = 0.0
  var place: Int?
  var magnitudes = (0.0, 0.0)
  var squares = 0.0
  var parts = (0.0, 0.0)
  var products = 0.0
  var different = 0
  var unmatched = 0

  init(_ x: [Double], _ y: [Double]) {
    for (index, (a, b)) in zip(x, y).enumerated() {
      let areFinite = a.isFinite && b.isFinite
      let areEqual = a == b || a.isNaN && b.isNaN
      if !areEqual { different += 1 }
      if !areEqual, !areFinite { unmatched += 1 }
      guard areFinite else { continue }
      if abs(a - b) > largest {
        largest = abs(a - b)
        place = index
      }
      magnitudes = (max(magnitudes.0, abs(a)), max(magnitudes.1, abs(b)))
      squares += (a - b) * (a - b)
      parts = (parts.0 + a * a, parts.1 + b * b)
      products += a * b
    }
  }
}

private func check(_ found: VectorDifference, _ expected: Reference, _ words: String) {
  // Sums of up to 5000 products in another order.
  func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-11 * max(abs(a), abs(b), 1) }
  #expect(found.place == expected.place, "\(words)")
  // The difference of two floats is a float; the reference takes it in double.
  #expect(abs(found.largest - expected.largest) <= 1e-7 * expected.largest, "\(words)")
  #expect(found.largestMagnitudes == expected.magnitudes, "\(words)")
  #expect(isNear(found.squares, expected.squares), "\(words)")
  #expect(isNear(found.squaresOfParts.x, expected.parts.0), "\(words)")
  #expect(isNear(found.squaresOfParts.y, expected.parts.1), "\(words)")
  #expect(isNear(found.products, expected.products), "\(words)")
  #expect(found.differentCount == expected.different, "\(words)")
  #expect(found.unmatchedCount == expected.unmatched, "\(words)")
}

@Suite struct ComparisonTests {
  /// Numbers of which some are equal, NaN or infinite in one or in both.
  private func pairs(_ count: Int, seed: UInt64) -> (x: [Double], y: [Double]) {
    let x = uniform(count, seed: seed)
    var y = x
    let random = RandomStream(seed: seed, stream: 2)
    var first = x
    for index in 0..<count {
      switch random.integer(below: 40, at: index) {
      case 0: y[index] = .nan
      case 1: (first[index], y[index]) = (.nan, .nan)
      case 2: (first[index], y[index]) = (.infinity, -.infinity)
      case 3: (first[index], y[index]) = (.infinity, .infinity)
      case 4: (first[index], y[index]) = (0, -0.0)
      case 5..<20: y[index] += 0.25 * random.uniform(at: index) - 0.125
      default: break
      }
    }
    return (first, y)
  }

  @Test("Differences agree with plain loops", arguments: floatingTypes)
  func differences(type: ElementType) {
    for count in [0, 1, 3, 17, 64, 1000, 1024, 1025, 5000] {
      let (x, y) = pairs(count, seed: UInt64(count) + 1)
      let (one, two) = (Numbers(x, [count], type), Numbers(y, [count], type))
      let found = Kernels.difference(of: one.view, from: two.view)
      #expect(found.count == count)
      check(found, Reference(one.values, two.values), "\(type) \(count)")
    }
  }

  @Test("Sixteen bits are widened, and types may differ")
  func halves() {
    // Every number of 16 bits beside another one.
    let bits = (0..<65536).map { UInt16($0) }
    let others = bits.map { $0 &* 40503 &+ 7 }
    for (type, other) in [
      (ElementType.float16, ElementType.float16), (.bfloat16, .bfloat16), (.float16, .bfloat16),
    ] {
      let (x, y) = (Tensor(bits), Tensor(others))
      x.withView { x in
        y.withView { y in
          let one = x.cast(at: 0, shape: [65536], elementType: type)
          let two = y.cast(at: 0, shape: [65536], elementType: other)
          let found = Kernels.difference(of: one, from: two)
          let expected = Reference(one.doubles(), two.doubles())
          #expect(found.place == expected.place && found.largest == expected.largest)
          #expect(found.largestMagnitudes == expected.magnitudes)
          #expect(found.differentCount == expected.different)
          #expect(found.unmatchedCount == expected.unmatched)
          let doubles = Tensor(one.doubles())
          let same = doubles.withView { Kernels.difference(of: $0, from: one) }
          #expect(same.differentCount == 0 && same.largest == 0)
        }
      }
    }
  }

  @Test("Integers of every type are compared, those of 64 bits by their bits")
  func integers() {
    let small: [Int8] = [-128, 0, 127, 5]
    let large = small.map { Int32($0) }
    let found = Tensor(small).withView { x in
      Tensor(large + []).withView { Kernels.difference(of: x, from: $0) }
    }
    #expect(found.differentCount == 0 && found.largestMagnitudes.x == 128)
    let huge: [Int64] = [1 << 60, 3]
    let next: [Int64] = [1 << 60 + 1, 3]
    let close = Tensor(huge).withView { x in
      Tensor(next).withView { Kernels.difference(of: x, from: $0) }
    }
    #expect(close.differentCount == 1)
  }

  @Test("Parts put together are the whole")
  func parts() {
    let (x, y) = pairs(5000, seed: 9)
    let (one, two) = (Numbers(x, [5000], .float32), Numbers(y, [5000], .float32))
    var joined = VectorDifference()
    for start in stride(from: 0, to: 5000, by: 700) {
      let rows = start..<min(start + 700, 5000)
      joined.append(Kernels.difference(of: one.view.rows(rows), from: two.view.rows(rows)))
    }
    check(joined, Reference(one.values, two.values), "parts")
    #expect(joined.count == 5000)
  }

  @Test("Norm and angle of what is zero, equal or opposite")
  func angles() {
    func difference(_ x: [Float], _ y: [Float]) -> VectorDifference {
      Tensor(x).withView { x in
        Tensor(y).withView { Kernels.difference(of: x, from: $0) }
      }
    }
    let zeros = difference([0, 0], [0, -0.0])
    #expect(zeros.differentCount == 0 && zeros.relativeNorm == 0 && zeros.cosine == nil)
    let opposite = difference([1, 2], [-1, -2])
    #expect(abs((opposite.cosine ?? 0) + 1) < 1e-15 && abs(opposite.relativeNorm - 2) < 1e-15)
    let tiny = difference([1e-30, 1], [2e-30, 1])
    #expect(tiny.relativeNorm < 1e-29 && tiny.differentCount == 1 && tiny.scale == 1)
  }
}

@Suite struct HistogramTests {
  @Test(
    "Bins hold what a plain loop counts, and nothing that is no number", arguments: floatingTypes)
  func counts(type: ElementType) {
    for count in [0, 1, 17, 1024, 3000] {
      let values = uniform(count, seed: 7) + [.nan, .infinity, -.infinity]
      let x = Numbers(values, [count + 3], type)
      let finite = x.values.filter(\.isFinite)
      let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
      var expected = [Int](repeating: 0, count: 7)
      for value in finite {
        let share = high > low ? (value - low) / (high - low) : 0
        expected[min(Int(share * 7), 6)] += 1
      }
      let found = Kernels.histogram(of: x.view, from: low, to: high, binCount: 7)
      #expect(found.reduce(0, +) == count)
      // A number on the border of two bins may be rounded into either.
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1 }, "\(found) \(expected)")
    }
    let extreme = Numbers([-1.7e308, 0, 1.7e308], [3], .float64)
    #expect(
      Kernels.histogram(of: extreme.view, from: -1.7e308, to: 1.7e308, binCount: 2) == [1, 2])
  }
}
