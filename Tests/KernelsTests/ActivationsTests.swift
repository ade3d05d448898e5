import Kernels
import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Sizes around the lengths of vectors and of parts, prime ones among them.
let lengths = [1, 3, 17, 64, 100, 40_001]

@Suite struct ActivationsTests {
  static let slope = 0.3

  /// The function, plainly.
  static func reference(_ f: ElementwiseFunction, _ x: Double) -> Double {
    switch f {
    case .identity: return x
    case .sigmoid: return 1 / (1 + exp(-x))
    case .tanh: return tanh(x)
    case .relu: return max(x, 0)
    case .leakyReLU: return x < 0 ? slope * x : x
    case .elu: return x < 0 ? slope * expm1(x) : x
    case .selu:
      return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * expm1(x) : x)
    case .silu: return x / (1 + exp(-x))
    case .gelu: return x * 0.5 * erfc(-x / 2.0.squareRoot())
    case .geluTanh:
      return 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .softplus: return max(x, 0) + log1p(exp(-abs(x)))
    case .hardSigmoid: return min(max(slope * x + 0.5, 0), 1)
    case .hardSwish: return x * min(max(x + 3, 0), 6) / 6
    case .relu6: return min(max(x, 0), 6)
    case .softsign: return x / (1 + abs(x))
    case .exponential: return exp(x)
    case .mish: return x * tanh(max(x, 0) + log1p(exp(-abs(x))))
    }
  }

  static func inputs(_ count: Int, _ type: ElementType) -> Numbers {
    Numbers(uniform(count, seed: 3, in: -12...12), [count], type)
  }

  @Test(
    "Every function agrees with its formula", arguments: ElementwiseFunction.allCases,
    floatingTypes)
  func agreesWithFormula(f: ElementwiseFunction, type: ElementType) {
    for count in lengths {
      let x = Self.inputs(count, type)
      let y = Numbers(zeros: [count], type)
      Kernels.activate(f, slope: Self.slope, x.view, into: y.view, on: alone)
      let expected = x.values.map { Self.reference(f, $0) }
      #expect(distance(y.values, expected) <= 8 * type.epsilon)
    }
  }

  @Test("Small numbers keep their relative precision", arguments: floatingTypes)
  func smallNumbers(type: ElementType) {
    let small = (1...30).flatMap { power in
      [-1.7, -1, 1, 1.3].map { Double(Float($0 * pow(2, -Double(power)))) }
    }
    for f in [ElementwiseFunction.tanh, .elu, .selu, .gelu, .geluTanh, .silu] {
      let x = Numbers(small, [small.count], type)
      let y = Numbers(zeros: [small.count], type)
      Kernels.activate(f, slope: Self.slope, x.view, into: y.view, on: alone)
      for (found, input) in zip(y.values, small) {
        let expected = Self.reference(f, input)
        #expect(abs(found - expected) <= 8 * type.epsilon * abs(expected), "\(f) \(input)")
      }
    }
  }

  @Test("Extreme inputs give finite outputs and gradients", arguments: floatingTypes)
  func extremes(type: ElementType) {
    let inputs = [-1e30, -1e4, -200, -104, -89, -88, 0, 88, 89, 104, 200, 1e4, 1e12]
    // The exponential function itself has none that is finite.
    for f in ElementwiseFunction.allCases where f != .exponential {
      let x = Numbers(inputs, [inputs.count], type)
      let y = Numbers(zeros: [inputs.count], type)
      let dx = Numbers([Double](repeating: 1, count: inputs.count), [inputs.count], type)
      Kernels.activate(f, slope: Self.slope, x.view, into: y.view, on: alone)
      Kernels.activationGradient(
        f, slope: Self.slope, input: x.view, output: y.view, outputGradient: dx.view,
        into: dx.view, on: alone)
      let isCubic = f == .geluTanh
      for i in inputs.indices where !isCubic || abs(inputs[i]) < 1e12 {
        #expect(y.values[i].isFinite && dx.values[i].isFinite, "\(f) \(inputs[i])")
      }
    }
  }

  @Test("NaN stays NaN", arguments: floatingTypes)
  func notANumber(type: ElementType) {
    for f in ElementwiseFunction.allCases {
      let x = Numbers([Double](repeating: .nan, count: 17), [17], type)
      Kernels.activate(f, slope: Self.slope, x.view, into: x.view, on: alone)
      #expect(x.values.allSatisfy { $0.isNaN }, "\(f)")
    }
  }

  @Test(
    "Every gradient is the slope of its function", arguments: ElementwiseFunction.allCases,
    floatingTypes)
  func gradientIsSlope(f: ElementwiseFunction, type: ElementType) {
    for count in lengths {
      let x = Self.inputs(count, type)
      let y = Numbers(zeros: [count], type)
      Kernels.activate(f, slope: Self.slope, x.view, into: y.view, on: alone)
      let dy = Numbers(uniform(count, seed: 9), [count], type)
      let dx = Numbers(zeros: [count], type)
      Kernels.activationGradient(
        f, slope: Self.slope, input: f.usesInput ? x.view : y.view, output: y.view,
        outputGradient: dy.view, into: dx.view, on: alone)
      let step = 1e-6
      let expected = zip(x.values, dy.values).map { x, dy in
        dy * (Self.reference(f, x + step) - Self.reference(f, x - step)) / (2 * step)
      }
      // The difference quotient is good to about 1e-9.
      #expect(distance(dx.values, expected) <= max(16 * type.epsilon, 3e-9), "\(count)")
    }
  }

  @Test("An element's bits do not depend on its neighbours", arguments: floatingTypes)
  func elementsAreIndependent(type: ElementType) {
    for f in ElementwiseFunction.allCases {
      let x = Self.inputs(67, type)
      let y = Numbers(zeros: [67], type)
      let single = Numbers(zeros: [67], type)
      Kernels.activate(f, slope: Self.slope, x.view, into: y.view, on: alone)
      for i in 0..<67 {
        Kernels.activate(
          f, slope: Self.slope, x.view.rows(i..<i + 1), into: single.view.rows(i..<i + 1),
          on: alone)
      }
      #expect(single.bytes == y.bytes, "\(f)")
    }
  }

  @Test("In place and on any number of threads the bits are the same")
  func inPlaceAndThreads() {
    for f in ElementwiseFunction.allCases {
      let x = Self.inputs(40_001, .float32)
      let y = Numbers(zeros: [40_001], .float32)
      Kernels.activate(f, slope: Self.slope, x.view, into: y.view, on: alone)
      let dx = Numbers(zeros: [40_001], .float32)
      let dy = Numbers(uniform(40_001, seed: 9), [40_001], .float32)
      Kernels.activationGradient(
        f, slope: Self.slope, input: x.view, output: y.view, outputGradient: dy.view,
        into: dx.view, on: alone)
      for workers in [alone, two, three] {
        let inPlace = x.copy
        Kernels.activate(f, slope: Self.slope, inPlace.view, into: inPlace.view, on: workers)
        #expect(inPlace.bytes == y.bytes, "\(f)")
        let gradient = dy.copy
        Kernels.activationGradient(
          f, slope: Self.slope, input: x.view, output: y.view, outputGradient: gradient.view,
          into: gradient.view, on: workers)
        #expect(gradient.bytes == dx.bytes, "\(f)")
      }
    }
  }
}

@Suite struct SoftmaxTests {
  static let shapes: [Shape] = [
    [1, 1], [3, 2], [64, 10], [17, 33], [1000, 2], [5, 3000], [2, 3, 7],
  ]

  @Test("Softmax and its gradient agree with their formulas", arguments: floatingTypes)
  func agreesWithFormula(type: ElementType) {
    for shape in Self.shapes {
      let columns = shape.last
      let logits = uniform(shape.count, seed: 4, in: -9...9)
      let slopes = uniform(shape.count, seed: 5)
      let x = Numbers(logits, shape, type)
      let dy = Numbers(slopes, shape, type)
      var y: [Double] = []
      var dx: [Double] = []
      for row in 0..<shape.count / columns {
        let range = row * columns..<(row + 1) * columns
        let terms = logits[range].map { exp($0) }
        let sum = terms.reduce(0, +)
        let p = terms.map { $0 / sum }
        let dot = zip(p, slopes[range]).map(*).reduce(0, +)
        y += p
        dx += zip(p, slopes[range]).map { $0 * ($1 - dot) }
      }
      var bits: [[UInt8]] = []
      for workers in [alone, two, three] {
        let found = Numbers(zeros: shape, type)
        Kernels.softmax(x.view, into: found.view, on: workers)
        #expect(distance(found.values, y) <= 8 * type.epsilon)
        let inPlace = x.copy
        Kernels.softmax(inPlace.view, into: inPlace.view, on: workers)
        #expect(inPlace.bytes == found.bytes)
        let gradient = dy.copy
        Kernels.softmaxGradient(
          output: found.view, outputGradient: gradient.view, into: gradient.view, on: workers)
        #expect(distance(gradient.values, dx) <= 8 * type.epsilon)
        bits.append(found.bytes + gradient.bytes)
      }
      #expect(bits[0] == bits[1] && bits[0] == bits[2])
    }
  }

  @Test("A row's bits do not depend on the other rows", arguments: floatingTypes)
  func rowsAreIndependent(type: ElementType) {
    for columns in [2, 10, 33, 3000] {
      let x = Numbers(uniform(50 * columns, seed: 4, in: -9...9), [50, columns], type)
      let y = x.copy
      Kernels.softmax(x.view, into: y.view, on: two)
      for row in 0..<50 {
        Kernels.softmax(x.view.rows(row..<row + 1), into: x.view.rows(row..<row + 1), on: alone)
      }
      #expect(x.bytes == y.bytes)
    }
  }

  @Test("Logits of ten thousand do not overflow", arguments: floatingTypes)
  func extremes(type: ElementType) {
    let x = Numbers([1e4, -1e4, 0, -1e4, -1e4, -1e4], [2, 3], type)
    Kernels.softmax(x.view, into: x.view, on: alone)
    #expect(distance(x.values, [1, 0, 0, 1 / 3.0, 1 / 3.0, 1 / 3.0]) <= type.epsilon)
  }
}
