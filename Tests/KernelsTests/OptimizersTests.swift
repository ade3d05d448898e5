import Kernels
import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Each optimizer takes three steps beside a plain loop in double.
@Suite struct OptimizersTests {
  static let gradientScale = 0.5

  struct Optimizer: Sendable, CustomTestStringConvertible {
    var name: String
    var call:
      @Sendable (
        _ p: TensorView, _ g: TensorView, _ first: TensorView, _ second: TensorView,
        _ step: Int, _ workers: Workers
      ) -> Void
    /// One element's step: p, g (scaled), first, second, step.
    var plain: @Sendable (inout Double, Double, inout Double, inout Double, Int) -> Void
    var testDescription: String { name }
  }

  static let sgds: [Optimizer] = [(0.0, false), (0.9, false), (0.9, true)].map {
    momentum, nesterov in
    Optimizer(
      name: "sgd \(momentum) \(nesterov)",
      call: { p, g, first, _, step, workers in
        Kernels.sgd(
          p, gradient: g, velocity: momentum == 0 ? nil : first, learningRate: 0.1,
          momentum: momentum, nesterov: nesterov, isFirstStep: step == 1, weightDecay: 0.01,
          gradientScale: gradientScale, on: workers)
      },
      plain: { p, g, v, _, step in
        let d = g + 0.01 * p
        v = step == 1 ? d : momentum * v + d
        p -= 0.1 * (momentum == 0 ? d : nesterov ? d + momentum * v : v)
      })
  }

  static let others: [Optimizer] =
    [
      Optimizer(
        name: "AdaGrad",
        call: { p, g, _, second, _, workers in
          Kernels.adaGrad(
            p, gradient: g, sumOfSquares: second, learningRate: 0.1, epsilon: 1e-6,
            weightDecay: 0.01, gradientScale: gradientScale, on: workers)
        },
        plain: { p, g, _, s, _ in
          let d = g + 0.01 * p
          s += d * d
          p -= 0.1 * d / (s.squareRoot() + 1e-6)
        })
    ]
    + [0, 0.9].map { momentum in
      Optimizer(
        name: "RMSprop \(momentum)",
        call: { p, g, first, second, _, workers in
          Kernels.rmsProp(
            p, gradient: g, meanSquare: second, velocity: momentum == 0 ? nil : first,
            learningRate: 0.1, decay: 0.99, epsilon: 1e-6, momentum: momentum, weightDecay: 0.01,
            gradientScale: gradientScale, on: workers)
        },
        plain: { p, g, v, s, _ in
          let d = g + 0.01 * p
          s = 0.99 * s + 0.01 * d * d
          v = momentum * v + d / (s.squareRoot() + 1e-6)
          p -= 0.1 * v
        })
    }
    + [false, true].map { isDecoupled in
      Optimizer(
        name: isDecoupled ? "AdamW" : "Adam",
        call: { p, g, first, second, step, workers in
          Kernels.adam(
            p, gradient: g, firstMoment: first, secondMoment: second, learningRate: 0.1,
            beta1: 0.9, beta2: 0.999, epsilon: 1e-6, step: step, weightDecay: 0.01,
            isDecoupled: isDecoupled, gradientScale: gradientScale, on: workers)
        },
        plain: { p, g, m, v, step in
          if isDecoupled { p *= 1 - 0.1 * 0.01 }
          let d = isDecoupled ? g : g + 0.01 * p
          m = 0.9 * m + 0.1 * d
          v = 0.999 * v + 0.001 * d * d
          let mean = m / (1 - pow(0.9, Double(step)))
          let root = (v / (1 - pow(0.999, Double(step)))).squareRoot()
          p -= 0.1 * mean / (root + 1e-6)
        })
    }

  @Test(
    "Three steps agree with a plain loop, on any number of threads", arguments: sgds + others,
    floatingTypes)
  func threeSteps(optimizer: Optimizer, type: ElementType) {
    for count in lengths {
      var p = uniform(count, seed: 1)
      var first = [Double](repeating: 0, count: count)
      var second = first
      let gradients = (1...3).map { uniform(count, seed: UInt64(10 + $0)) }
      for step in 1...3 {
        for i in 0..<count {
          optimizer.plain(
            &p[i], gradients[step - 1][i] * Self.gradientScale, &first[i], &second[i], step)
        }
      }
      var bits: [[UInt8]] = []
      for workers in [alone, two, three] {
        let parameters = Numbers(uniform(count, seed: 1), [count], type)
        let moments = (Numbers(zeros: [count], type), Numbers(zeros: [count], type))
        for step in 1...3 {
          let gradient = Numbers(gradients[step - 1], [count], type)
          optimizer.call(
            parameters.view, gradient.view, moments.0.view, moments.1.view, step, workers)
        }
        // Steps of 0.1 divide by square roots, whose errors a nearly vanishing gradient amplifies.
        #expect(distance(parameters.values, p) <= 64 * type.epsilon, "\(count)")
        bits.append(parameters.bytes + moments.0.bytes + moments.1.bytes)
      }
      #expect(bits[0] == bits[1] && bits[0] == bits[2])
    }
  }
}
