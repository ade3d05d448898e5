import Kernels
import Tensors
import Testing

@Suite struct VectorsTests {
  @Test("Sums over rows and bias agree with plain loops", arguments: floatingTypes)
  func columns(type: ElementType) {
    for (rows, columns) in [(1, 1), (3, 17), (64, 10), (100, 64), (1000, 2), (777, 130), (9, 4000)]
    {
      let x = Numbers(uniform(rows * columns, seed: 1), [rows, columns], type)
      let bias = Numbers(uniform(columns, seed: 2), [columns], type)
      var sums = [Double](repeating: 0, count: columns)
      for (i, value) in x.values.enumerated() { sums[i % columns] += value }
      let offsets = bias.values
      let shifted = x.values.enumerated().map { $1 + offsets[$0 % columns] }
      var bits: [[UInt8]] = []
      for workers in [alone, two, three] {
        let found = Numbers(zeros: [columns], type)
        Kernels.sumRows(of: x.view, into: found.view, on: workers)
        #expect(distance(found.values, sums) <= 64 * type.epsilon, "\(rows)x\(columns)")
        let y = x.copy
        Kernels.addBias(bias.view, to: y.view, on: workers)
        #expect(distance(y.values, shifted) <= type.epsilon)
        bits.append(found.bytes + y.bytes)
      }
      #expect(bits[0] == bits[1] && bits[0] == bits[2])
    }
  }

  @Test("Vector loops agree with plain loops", arguments: floatingTypes)
  func loops(type: ElementType) {
    for count in lengths {
      let x = Numbers(uniform(count, seed: 1), [count], type)
      let y = Numbers(uniform(count, seed: 2), [count], type)
      let pairs = Array(zip(x.values, y.values))
      let sum = y.copy
      Kernels.add(x.view, to: sum.view, on: two)
      #expect(distance(sum.values, pairs.map { $0 + $1 }) <= type.epsilon)
      let scaled = x.copy
      Kernels.scale(scaled.view, by: -0.25, on: two)
      #expect(scaled.values == x.values.map { $0 * -0.25 })
      let clamped = x.copy
      Kernels.clamp(clamped.view, to: 0.5, on: two)
      #expect(clamped.values == x.values.map { min(max($0, -0.5), 0.5) })
      let penalty = y.copy
      Kernels.addPenalty(of: x.view, l1: 0.5, l2: 0.25, to: penalty.view, on: two)
      let expected = pairs.map { p, g in g + 0.25 * p + (p > 0 ? 0.5 : p < 0 ? -0.5 : 0) }
      #expect(distance(penalty.values, expected) <= 2 * type.epsilon)
      let filled = Numbers(zeros: [count], type)
      Kernels.fill(filled.view, with: 1.5)
      #expect(filled.values.allSatisfy { $0 == 1.5 })
    }
  }

  @Test("Norms agree with plain sums on any number of threads", arguments: floatingTypes)
  func norms(type: ElementType) {
    for count in lengths + [600_000] {
      let x = Numbers(uniform(count, seed: 1), [count], type)
      let squares = x.values.reduce(0) { $0 + $1 * $1 }
      let magnitudes = x.values.reduce(0) { $0 + abs($1) }
      let found = [alone, two, three].map {
        [Kernels.sumOfSquares(x.view, on: $0), Kernels.sumOfMagnitudes(x.view, on: $0)]
      }
      // The plain sum itself errs by some 1e-13.
      #expect(abs(found[0][0] / squares - 1) < 1e-12)
      #expect(abs(found[0][1] / magnitudes - 1) < 1e-12)
      #expect(found[0] == found[1] && found[0] == found[2])
    }
    let large = Numbers([3e30, 4e30], [2], type)
    #expect(abs(Kernels.sumOfSquares(large.view, on: alone) / 2.5e61 - 1) < 1e-6)
  }

  @Test("One number that is not finite is found anywhere", arguments: floatingTypes)
  func finite(type: ElementType) {
    for count in lengths {
      let x = Numbers(uniform(count, seed: 1), [count], type)
      #expect(Kernels.isFinite(x.view, on: two))
      for place in [0, count / 2, count - 1] {
        for bad in [Double.infinity, -.infinity, .nan] {
          var values = x.values
          values[place] = bad
          let spoiled = Numbers(values, [count], type)
          #expect(!Kernels.isFinite(spoiled.view, on: two))
        }
      }
    }
    let extreme = Numbers([3.4e38, -3.4e38, 1e-45], [3], type)
    #expect(Kernels.isFinite(extreme.view, on: alone))
  }

  @Test("Statistics leave out what is not finite, and count it", arguments: floatingTypes)
  func statistics(type: ElementType) {
    for count in [3, 100, 5000] {
      let finite = uniform(count, seed: 1, in: 99...101)
      let mean = finite.reduce(0, +) / Double(count)
      let squares = finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let x = Numbers([.infinity] + finite + [.nan, -.infinity], [count + 3], type)
      let found = Kernels.statistics(of: x.view)
      #expect(found.minimum == finite.min() && found.maximum == finite.max())
      #expect(abs(found.mean - mean) < 1e-11)
      #expect(abs(found.deviation / (squares / Double(count)).squareRoot() - 1) < 1e-10)
      #expect(found.infinityCount == 2 && found.nanCount == 1 && found.count == count + 3)
    }
    let mostlyZeros = Numbers([0, -0.0, 0, 2], [4], type)
    let zeros = Kernels.statistics(of: mostlyZeros.view)
    #expect(zeros.zeroCount == 3 && zeros.minimum == 0 && zeros.mean == 0.5)
    let nothing = Numbers([.nan], [1], type)
    let none = Kernels.statistics(of: nothing.view)
    #expect(none.minimum == 0 && none.maximum == 0 && none.deviation == 0)
  }

  @Test("Dropout keeps by the words of its stream", arguments: floatingTypes)
  func dropout(type: ElementType) {
    for count in lengths {
      for rate in [0, 0.25, 0.5, 0.9] {
        let random = RandomStream(seed: 0x1234_5678_9ABC_DEF0, stream: 9, step: 0x1_0000_0007)
        let x = Numbers(uniform(count, seed: 1), [count], type)
        let expected = x.values.enumerated().map { i, value in
          let word = random.words(at: UInt32(i / 4))[i % 4]
          return Double(word) >= rate * 0x1p32 ? value / (1 - rate) : 0
        }
        var bits: [[UInt8]] = []
        for workers in [alone, two, three] {
          let y = x.copy
          Kernels.dropout(y.view, rate: rate, random: random, into: y.view, on: workers)
          #expect(distance(y.values, expected) <= 2 * type.epsilon)
          #expect(zip(y.values, expected).allSatisfy { ($0 == 0) == ($1 == 0) })
          bits.append(y.bytes)
        }
        #expect(bits[0] == bits[1] && bits[0] == bits[2])
      }
    }
  }

  @Test("Rows are gathered and scattered by index", arguments: floatingTypes)
  func gathering(type: ElementType) {
    let source = Numbers(uniform(50 * 7, seed: 1), [50, 7], type)
    let order = RandomStream(seed: 2, stream: 1).permutation(of: 50) + [3, 3, 49]
    var indices = Tensor(order)
    let gathered = Numbers(zeros: [53, 7], type)
    Kernels.gatherRows(of: source.view, at: indices.ownedView(), into: gathered.view, on: two)
    for (row, index) in order.enumerated() {
      #expect(
        gathered.view.rows(row..<row + 1).doubles()
          == source.view.rows(Int(index)..<Int(index) + 1).doubles())
    }
    let target = Numbers(uniform(50 * 7, seed: 5), [50, 7], type)
    Kernels.scatterAddRows(gathered.view, at: indices.ownedView(), into: target.view)
    var counts = [Double](repeating: 0, count: 50)
    for index in order { counts[Int(index)] += 1 }
    let expected = source.values.enumerated().map { $1 * counts[$0 / 7] }
    #expect(distance(target.values, expected) <= 2 * type.epsilon)
  }

  @Test("Columns move between matrices, whatever their elements")
  func columnsMove() {
    var source = Tensor(rows: [[1, 2, 3], [4, 5, 6]] as [[Int16]])
    var target = Tensor(zeros: [2, 4], elementType: .int16)
    Kernels.copyColumns(
      of: source.ownedView(), from: 1, count: 2, into: target.ownedView(), at: 2)
    #expect(target.elements(as: Int16.self) == [0, 0, 2, 3, 0, 0, 5, 6])
  }
}

@Suite struct WorkersTests {
  @Test("Every index is visited once", arguments: [1, 2, 3, 8])
  func visitsOnce(threads: Int) {
    let workers = Workers(threadCount: threads)
    for count in [0, 1, 2, 7, 1000] {
      for _ in 0..<200 {
        let visits = Numbers(zeros: [max(count, 1)], .float64)
        workers.forEach(count) { index in
          visits.view.setElement(index, to: visits.view.element(index, as: Double.self) + 1)
        }
        let expected = Double(count == 0 ? 0 : 1)
        #expect(visits.values.allSatisfy { $0 == expected })
      }
    }
  }

  @Test("Work from inside work runs, on the thread that asked")
  func nested() {
    let visits = Numbers(zeros: [64], .float64)
    two.forEach(8) { outer in
      two.forEach(8) { inner in visits.view.setElement(outer * 8 + inner, to: 1.0) }
    }
    #expect(visits.values.allSatisfy { $0 == 1 })
  }

  @Test("Threads that have gone to sleep wake up")
  func sleeps() {
    for _ in 0..<5 {
      let visits = Numbers(zeros: [100], .float64)
      three.forEach(100) { visits.view.setElement($0, to: 1.0) }
      #expect(visits.values.allSatisfy { $0 == 1 })
      spin(milliseconds: 2)
    }
  }

  private func spin(milliseconds: Int) {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(milliseconds)
    while clock.now < end {}
  }
}
