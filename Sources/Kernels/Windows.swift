import CKernels
import Tensors

/// One axis of a plane over which a window moves: tap k at place o stands on o · stride − padding + k ·
/// dilation of the input.
package struct WindowAxis: Hashable, Sendable {
  package var input: Int
  package var output: Int
  package var taps: Int
  package var stride: Int
  package var dilation: Int
  /// How many cells are added before the first.
  package var padding: Int

  package init(
    input: Int, output: Int, taps: Int, stride: Int = 1, dilation: Int = 1, padding: Int = 0
  ) {
    self.input = input
    self.output = output
    self.taps = taps
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
  }

  /// An axis of one cell, for what has no second axis.
  package static let one = WindowAxis(input: 1, output: 1, taps: 1)

  fileprivate var native: nnk_window_axis {
    nnk_window_axis(
      input: input, output: output, taps: taps, stride: stride, dilation: dilation,
      padding: padding)
  }

  fileprivate var isRight: Bool {
    input > 0 && output > 0 && taps > 0 && stride > 0 && dilation > 0 && padding >= 0
  }
}

/// A window that moves over planes `[height, width, channels]`, and its channels: `input` and `output` in
/// `groups`, each of which sees its own.
package struct Window: Hashable, Sendable {
  package var height: WindowAxis
  package var width: WindowAxis
  package var input: Int
  package var output: Int
  package var groups: Int

  package init(
    height: WindowAxis, width: WindowAxis, input: Int, output: Int, groups: Int = 1
  ) {
    self.height = height
    self.width = width
    self.input = input
    self.output = output
    self.groups = groups
  }

  fileprivate var inputCount: Int { height.input * width.input * input }
  fileprivate var outputCount: Int { height.output * width.output * output }
  fileprivate var kernelCount: Int { height.taps * width.taps * (input / groups) * output }

  /// The window for as many examples as a tensor holds.
  fileprivate func native(for x: TensorView, each count: Int) -> nnk_window {
    precondition(
      height.isRight && width.isRight && groups > 0 && input % groups == 0 && output % groups == 0,
      "no such window")
    precondition(x.count % count == 0, "expected examples of \(count), found \(x.shape)")
    return nnk_window(
      examples: x.count / count, height: height.native, width: width.native, input: input,
      output: output, groups: groups)
  }
}

// MARK: - Convolution

extension Kernels {
  /// y = Σ over taps and input channels of x · kernel, + bias.
  ///
  /// - Parameters:
  ///   - x: `[examples, height, width, input]`.
  ///   - kernel: `[height, width, input / groups, output]`.
  ///   - y: `[examples, height, width, output]`.
  package static func convolve(
    _ x: TensorView, _ window: Window, kernel: TensorView, bias: TensorView?, into y: TensorView,
    on workers: Workers
  ) {
    var native = check(window, input: x, output: y, kernel: kernel)
    require(bias, count: window.output, type: x.elementType, "bias")
    nnk_convolve(
      code(of: x), workers.pool, &native, x.address, kernel.address, bias?.address, y.address)
  }

  /// dx from dy: the same as a transposed convolution of dy, with a bias per input channel.
  package static func convolveBack(
    _ dy: TensorView, _ window: Window, kernel: TensorView, bias: TensorView?,
    into dx: TensorView, on workers: Workers
  ) {
    var native = check(window, input: dx, output: dy, kernel: kernel)
    require(bias, count: window.input, type: dy.elementType, "bias")
    nnk_convolve_back(
      code(of: dy), workers.pool, &native, dy.address, kernel.address, bias?.address, dx.address)
  }

  /// The kernel's gradient.
  package static func convolutionKernelGradient(
    _ x: TensorView, outputGradient dy: TensorView, _ window: Window, into kernel: TensorView,
    on workers: Workers
  ) {
    var native = check(window, input: x, output: dy, kernel: kernel)
    nnk_convolution_kernel_gradient(
      code(of: x), workers.pool, &native, x.address, dy.address, kernel.address)
  }

  private static func check(
    _ window: Window, input: TensorView, output: TensorView, kernel: TensorView
  ) -> nnk_window {
    let native = window.native(for: input, each: window.inputCount)
    require(
      output, count: native.examples * window.outputCount, type: input.elementType, "output")
    require(kernel, count: window.kernelCount, type: input.elementType, "kernel")
    return native
  }
}

// MARK: - Pooling

extension Kernels {
  /// The largest element below each window, and the numbers of its taps where they are wanted.
  package static func maxPool(
    _ x: TensorView, _ window: Window, into y: TensorView, taps: TensorView?, on workers: Workers
  ) {
    var native = check(window, input: x, output: y)
    requireLike(y, taps, "taps")
    nnk_max_pool(code(of: x), workers.pool, &native, x.address, y.address, taps?.address)
  }

  /// Sends the gradient of each maximum to where it was found.
  package static func maxPoolGradient(
    _ dy: TensorView, _ window: Window, taps: TensorView, into dx: TensorView, on workers: Workers
  ) {
    var native = check(window, input: dx, output: dy)
    requireLike(dy, taps, "taps")
    nnk_max_pool_gradient(
      code(of: dy), workers.pool, &native, dy.address, taps.address, dx.address)
  }

  /// The mean below each window: of what is inside, or of all taps where the padding counts.
  package static func averagePool(
    _ x: TensorView, _ window: Window, countsPadding: Bool, into y: TensorView,
    on workers: Workers
  ) {
    var native = check(window, input: x, output: y)
    nnk_average_pool(
      code(of: x), workers.pool, &native, countsPadding ? 1 : 0, x.address, y.address)
  }

  package static func averagePoolGradient(
    _ dy: TensorView, _ window: Window, countsPadding: Bool, into dx: TensorView,
    on workers: Workers
  ) {
    var native = check(window, input: dx, output: dy)
    nnk_average_pool_gradient(
      code(of: dy), workers.pool, &native, countsPadding ? 1 : 0, dy.address, dx.address)
  }

  /// Linear interpolation between the centres of cells; the strides are the factors.
  package static func upsampleLinear(
    _ x: TensorView, _ window: Window, into y: TensorView, on workers: Workers
  ) {
    var native = check(window, input: x, output: y)
    nnk_upsample_linear(code(of: x), workers.pool, &native, x.address, y.address)
  }

  package static func upsampleLinearGradient(
    _ dy: TensorView, _ window: Window, into dx: TensorView, on workers: Workers
  ) {
    var native = check(window, input: dx, output: dy)
    nnk_upsample_linear_gradient(code(of: dy), workers.pool, &native, dy.address, dx.address)
  }

  private static func check(
    _ window: Window, input: TensorView, output: TensorView
  ) -> nnk_window {
    precondition(window.input == window.output && window.groups == 1, "pooling keeps channels")
    let native = window.native(for: input, each: window.inputCount)
    require(
      output, count: native.examples * window.outputCount, type: input.elementType, "output")
    return native
  }
}
