import Kernels
import Tensors

/// Times one kernel alone, for `tools/bench`.
struct KernelBenchmark {
  /// What is timed, and what its shape says.
  enum Subject: String, CaseIterable {
    /// Rows, columns and depth of a product.
    case product
    /// Examples, side, input and output channels, and taps along a side of a convolution without
    /// padding: its output, or one of its gradients.
    case convolution
    case convolutionInputs = "convolution-inputs"
    case convolutionKernel = "convolution-kernel"
    /// The number of elements of a loop over memory.
    case relu
    case reluGradient = "relu-gradient"
    case gelu
    case geluGradient = "gelu-gradient"
    case tanh
    case dropout
    case add
    case layerNormalize = "layer-normalize"
    case softmax
    case adam

    /// How many numbers its shape has.
    var rank: Int {
      switch self {
      case .product: 3
      case .convolution, .convolutionInputs, .convolutionKernel: 5
      default: 1
      }
    }
  }

  private let subject: Subject
  private let shape: [Int]
  private let workers: Workers

  /// Features of a group where a loop has groups.
  private static let features = 256

  init(_ subject: Subject, shape: [Int], threads: Int) {
    self.subject = subject
    self.shape = shape
    workers = Workers(threadCount: threads)
  }

  /// Runs for so long and times every call.
  func times(seconds: Double) -> TrainingBenchmark.Times {
    let shapes = self.shapes
    // Each tensor begins on a cache line.
    let places = shapes.reduce(into: [0]) { $0.append(($0.last ?? 0) + ($1.count + 15) / 16 * 16) }
    // What is denormal or not a number would be slower.
    let numbers = (0..<(places.last ?? 0)).map { Float($0 % 17) / 17 + 0.01 }
    var memory = Tensor(numbers, shape: [numbers.count])
    return memory.withMutableView { memory in
      let views = zip(places, shapes).map { memory.part(at: $0, shape: $1) }
      return TrainingBenchmark.Times(timing: seconds) { run(views) }
    }
  }

  private var window: Window {
    let axis = WindowAxis(input: shape[1], output: shape[1] - shape[4] + 1, taps: shape[4])
    return Window(height: axis, width: axis, input: shape[2], output: shape[3])
  }

  private var shapes: [Shape] {
    switch subject {
    case .product:
      return [[shape[0], shape[2]], [shape[2], shape[1]], [shape[0], shape[1]]]
    case .convolution, .convolutionInputs, .convolutionKernel:
      let out = window.height.output
      return [
        [shape[0], shape[1], shape[1], shape[2]], [shape[4], shape[4], shape[2], shape[3]],
        [shape[0], out, out, shape[3]],
      ]
    case .relu, .gelu, .tanh, .dropout, .add: return [[shape[0]], [shape[0]]]
    case .reluGradient, .geluGradient: return [[shape[0]], [shape[0]], [shape[0]]]
    case .adam: return [[shape[0]], [shape[0]], [shape[0]], [shape[0]]]
    case .layerNormalize, .softmax:
      let features = KernelBenchmark.features
      let groups = shape[0] / features
      return [[groups, features], [groups, features], [groups], [groups], [features], [features]]
    }
  }

  private func run(_ v: [TensorView]) {
    switch subject {
    case .product: Kernels.multiply(v[0], by: v[1], transposed: false, into: v[2], on: workers)
    case .convolution:
      Kernels.convolve(v[0], window, kernel: v[1], bias: nil, into: v[2], on: workers)
    case .convolutionInputs:
      Kernels.convolveBack(v[2], window, kernel: v[1], bias: nil, into: v[0], on: workers)
    case .convolutionKernel:
      Kernels.convolutionKernelGradient(
        v[0], outputGradient: v[2], window, into: v[1], on: workers)
    case .relu: activate(.relu, v)
    case .gelu: activate(.gelu, v)
    case .tanh: activate(.tanh, v)
    case .reluGradient: activationGradient(.relu, v)
    case .geluGradient: activationGradient(.gelu, v)
    case .dropout:
      Kernels.dropout(
        v[0], rate: 0.5, random: RandomStream(seed: 1, stream: 1), into: v[1], on: workers)
    case .add: Kernels.add(v[0], to: v[1], on: workers)
    case .layerNormalize:
      Kernels.layerNormalize(
        v[0], groupCount: KernelBenchmark.features, scale: v[4], shift: v[5], epsilon: 1e-5,
        mean: v[2], inverseDeviation: v[3], into: v[1], on: workers)
    case .softmax: Kernels.softmax(v[0], into: v[1], on: workers)
    case .adam:
      Kernels.adam(
        v[0], gradient: v[1], firstMoment: v[2], secondMoment: v[3], learningRate: 1e-3,
        beta1: 0.9, beta2: 0.999, epsilon: 1e-7, step: 1000, weightDecay: 0, isDecoupled: false,
        gradientScale: 1, on: workers)
    }
  }

  private func activate(_ f: ElementwiseFunction, _ v: [TensorView]) {
    Kernels.activate(f, slope: 1, v[0], into: v[1], on: workers)
  }

  private func activationGradient(_ f: ElementwiseFunction, _ v: [TensorView]) {
    // x stands for the output too: the loop is the same whatever the numbers are.
    Kernels.activationGradient(
      f, slope: 1, input: v[0], output: v[0], outputGradient: v[1], into: v[2], on: workers)
  }
}
