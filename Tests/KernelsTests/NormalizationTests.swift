import Kernels
import Tensors
import Testing

@Suite struct NormalizationTests {
  static let shapes: [Shape] = [
    [1, 1], [2, 3], [100, 17], [65, 64], [1000, 10], [130, 100], [4, 5, 33],
  ]
  static let epsilon = 1e-3

  struct Result {
    var y: [Double] = []
    var mean: [Double] = []
    var inverse: [Double] = []
  }

  /// Normalizes groups of indices, each with its mean and biased variance.
  static func reference(
    _ x: [Double], groups: [[Int]], scale: [Double], shift: [Double], columns: Int
  ) -> Result {
    var result = Result(y: x)
    for group in groups {
      let mean = group.map { x[$0] }.reduce(0, +) / Double(group.count)
      let squares = group.map { (x[$0] - mean) * (x[$0] - mean) }.reduce(0, +)
      let inverse = 1 / (squares / Double(group.count) + epsilon).squareRoot()
      result.mean.append(mean)
      result.inverse.append(inverse)
      for i in group {
        result.y[i] = (x[i] - mean) * inverse * scale[i % columns] + shift[i % columns]
      }
    }
    return result
  }

  static func columnGroups(_ shape: Shape) -> [[Int]] {
    (0..<shape.last).map { Array(stride(from: $0, to: shape.count, by: shape.last)) }
  }

  static func rowGroups(_ shape: Shape) -> [[Int]] {
    (0..<shape.count / shape.last).map { Array($0 * shape.last..<($0 + 1) * shape.last) }
  }

  /// The gradients of Σ y·dy by central differences of the plain normalization.
  static func slopes(
    _ x: [Double], dy: [Double], groups: [[Int]], scale: [Double], shift: [Double], columns: Int,
    at indices: [Int]
  ) -> [Double] {
    func total(_ x: [Double]) -> Double {
      let y = reference(x, groups: groups, scale: scale, shift: shift, columns: columns).y
      return zip(y, dy).map(*).reduce(0, +)
    }
    return indices.map { i in
      var moved = x
      moved[i] = x[i] + 1e-5
      let above = total(moved)
      moved[i] = x[i] - 1e-5
      return (above - total(moved)) / 2e-5
    }
  }

  @Test("Batch normalization agrees with its formula", arguments: floatingTypes)
  func batchForward(type: ElementType) {
    for shape in Self.shapes {
      let n = shape.last
      let x = Numbers(uniform(shape.count, seed: 1, in: -3...5), shape, type)
      let scale = Numbers(uniform(n, seed: 2), [n], type)
      let shift = Numbers(uniform(n, seed: 3), [n], type)
      let expected = Self.reference(
        x.values, groups: Self.columnGroups(shape), scale: scale.values, shift: shift.values,
        columns: n)
      var bits: [[UInt8]] = []
      for workers in [alone, two, three] {
        let mean = Numbers(zeros: [n], type)
        let inverse = Numbers(zeros: [n], type)
        let y = x.copy
        Kernels.batchNormalize(
          y.view, scale: scale.view, shift: shift.view, epsilon: Self.epsilon, mean: mean.view,
          inverseDeviation: inverse.view, into: y.view, on: workers)
        // 1/√epsilon amplifies the rounding of the mean where there is one row.
        #expect(distance(mean.values, expected.mean) <= 8 * type.epsilon)
        #expect(distance(inverse.values, expected.inverse) <= 16 * type.epsilon)
        #expect(distance(y.values, expected.y) <= 64 * type.epsilon, "\(shape)")
        bits.append(y.bytes + mean.bytes + inverse.bytes)
      }
      #expect(bits[0] == bits[1] && bits[0] == bits[2])
    }
  }

  @Test("Batch and layer gradients are the slopes of their functions", arguments: floatingTypes)
  func gradients(type: ElementType) {
    for shape in [[6, 5], [70, 3], [9, 66], [2, 3, 4]] as [Shape] {
      for isBatch in [true, false] {
        let n = shape.last
        let groups = isBatch ? Self.columnGroups(shape) : Self.rowGroups(shape)
        let x = Numbers(uniform(shape.count, seed: 1, in: -3...5), shape, type)
        let dy = Numbers(uniform(shape.count, seed: 4), shape, type)
        let scale = Numbers(uniform(n, seed: 2, in: 0.5...1.5), [n], type)
        let zeros = [Double](repeating: 0, count: n)
        let plain = Self.reference(
          x.values, groups: groups, scale: scale.values, shift: zeros, columns: n)
        let probes = Array(stride(from: 0, to: shape.count, by: 7))
        let dx = Self.slopes(
          x.values, dy: dy.values, groups: groups, scale: scale.values, shift: zeros, columns: n,
          at: probes)
        let mean = Numbers(plain.mean, [groups.count], type)
        let inverse = Numbers(plain.inverse, [groups.count], type)
        let (slopes, factors) = (dy.values, scale.values)
        var dshift = zeros
        var dscale = zeros
        for i in 0..<shape.count {
          dshift[i % n] += slopes[i]
          dscale[i % n] += slopes[i] * plain.y[i] / factors[i % n]
        }
        for workers in [alone, two] {
          let scaleGradient = Numbers(zeros: [n], type)
          let shiftGradient = Numbers(zeros: [n], type)
          let found = dy.copy
          if isBatch {
            Kernels.batchNormalizeGradient(
              x.view, scale: scale.view, mean: mean.view, inverseDeviation: inverse.view,
              outputGradient: found.view, scaleGradient: scaleGradient.view,
              shiftGradient: shiftGradient.view, into: found.view, on: workers)
          } else {
            Kernels.layerNormalizeGradient(
              x.view, groupCount: n, scale: scale.view, mean: mean.view,
              inverseDeviation: inverse.view, outputGradient: found.view,
              scaleGradient: scaleGradient.view, shiftGradient: shiftGradient.view,
              into: found.view, on: workers)
          }
          // Difference quotients are good to about 1e-9.
          let tolerance = max(64 * type.epsilon, 1e-8)
          let slopesFound = found.values
          #expect(distance(probes.map { slopesFound[$0] }, dx) <= tolerance, "\(shape)")
          #expect(distance(scaleGradient.values, dscale) <= tolerance)
          #expect(distance(shiftGradient.values, dshift) <= tolerance)
        }
      }
    }
  }

  @Test("Layer normalization agrees with its formula", arguments: floatingTypes)
  func layerForward(type: ElementType) {
    for shape in Self.shapes {
      let n = shape.last
      let groups = Self.rowGroups(shape)
      let x = Numbers(uniform(shape.count, seed: 1, in: -3...5), shape, type)
      let scale = Numbers(uniform(n, seed: 2), [n], type)
      let shift = Numbers(uniform(n, seed: 3), [n], type)
      let expected = Self.reference(
        x.values, groups: groups, scale: scale.values, shift: shift.values, columns: n)
      for workers in [alone, three] {
        let mean = Numbers(zeros: [groups.count], type)
        let inverse = Numbers(zeros: [groups.count], type)
        let y = x.copy
        Kernels.layerNormalize(
          y.view, groupCount: n, scale: scale.view, shift: shift.view, epsilon: Self.epsilon,
          mean: mean.view, inverseDeviation: inverse.view, into: y.view, on: workers)
        #expect(distance(inverse.values, expected.inverse) <= 16 * type.epsilon)
        #expect(distance(y.values, expected.y) <= 64 * type.epsilon, "\(shape)")
      }
    }
  }

  @Test("A large mean does not spoil the variance")
  func largeMean() {
    let x = Numbers(uniform(4000, seed: 1, in: 9999...10001), [1000, 4], .float32)
    let mean = Numbers(zeros: [4], .float32)
    let inverse = Numbers(zeros: [4], .float32)
    let y = Numbers(zeros: [1000, 4], .float32)
    Kernels.batchNormalize(
      x.view, scale: nil, shift: nil, epsilon: Self.epsilon, mean: mean.view,
      inverseDeviation: inverse.view, into: y.view, on: alone)
    let expected = Self.reference(
      x.values, groups: Self.columnGroups([1000, 4]), scale: [1, 1, 1, 1], shift: [0, 0, 0, 0],
      columns: 4)
    // Float32 knows numbers of ten thousand to some 1e-3; the variance may be off by its square.
    #expect(distance(inverse.values, expected.inverse) < 1e-5)
    let groupMean = Numbers(zeros: [4], .float32)
    Kernels.layerNormalize(
      x.view, groupCount: 1000, scale: nil, shift: nil, epsilon: Self.epsilon, mean: groupMean.view,
      inverseDeviation: inverse.view, into: y.view, on: alone)
    let groups = Self.reference(
      x.values, groups: Self.rowGroups([4, 1000]), scale: [Double](repeating: 1, count: 1000),
      shift: [Double](repeating: 0, count: 1000), columns: 1000)
    #expect(distance(groupMean.values, groups.mean) < 1e-6)
  }

  @Test("Running statistics move towards the batch's", arguments: floatingTypes)
  func running(type: ElementType) {
    let mean = Numbers([2, -1], [2], type)
    // Variances 3 and 0.5.
    let inverse = Numbers([3.0, 0.5].map { 1 / ($0 + 1e-3).squareRoot() }, [2], type)
    for (unbiased, factor) in [(false, 1.0), (true, 10.0 / 9)] {
      let runningMean = Numbers([0, 1], [2], type)
      let runningVariance = Numbers([1, 1], [2], type)
      Kernels.updateRunning(
        mean: mean.view, inverseDeviation: inverse.view, rowCount: 10, epsilon: 1e-3,
        momentum: 0.9, unbiased: unbiased, runningMean: runningMean.view,
        runningVariance: runningVariance.view)
      #expect(distance(runningMean.values, [0.2, 0.8]) <= 2 * type.epsilon)
      let expected = [0.9 + 0.3 * factor, 0.9 + 0.05 * factor]
      #expect(distance(runningVariance.values, expected) <= 4 * type.epsilon)
    }
  }

  @Test("Inference uses the statistics it is given", arguments: floatingTypes)
  func inference(type: ElementType) {
    for n in [1, 10, 70, 128] {
      let x = Numbers(uniform(33 * n, seed: 1), [33, n], type)
      let scale = Numbers(uniform(n, seed: 2), [n], type)
      let mean = Numbers(uniform(n, seed: 3), [n], type)
      let variance = Numbers(uniform(n, seed: 4, in: 0.1...2), [n], type)
      let (means, variances, factors) = (mean.values, variance.values, scale.values)
      let expected = x.values.enumerated().map { i, value in
        (value - means[i % n]) * factors[i % n] / (variances[i % n] + 1e-5).squareRoot()
      }
      Kernels.normalize(
        x.view, scale: scale.view, shift: nil, mean: mean.view, variance: variance.view,
        epsilon: 1e-5, into: x.view, on: two)
      #expect(distance(x.values, expected) <= 8 * type.epsilon)
    }
  }
}
