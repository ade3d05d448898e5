import Layers
import Tensors

extension LayerSample {
  /// Layers with windows. Sizes are odd on purpose, kernels even, paddings uneven.
  static let convolutions: [LayerSample] = [
    LayerSample(Convolution1D(4), [7, 3], output: [5, 4]),
    LayerSample(Convolution1D(2, kernelSize: [2], padding: .causal), [5, 3], output: [5, 2]),
    LayerSample(
      Convolution1D(4, kernelSize: [3], stride: [2], groups: 2, padding: .same), [6, 2],
      output: [3, 4]),
    LayerSample(
      Convolution1D(
        3, kernelSize: [3], dilation: [2], padding: .explicit([[0, 3]]), usesBias: false),
      [5, 1], output: [4, 3]),
    LayerSample(Convolution2D(3), [5, 4, 2], output: [3, 2, 3]),
    LayerSample(
      Convolution2D(4, kernelSize: [2, 3], stride: [2, 1], padding: .same), [5, 6, 3],
      output: [3, 6, 4]),
    LayerSample(
      Convolution2D(
        6, kernelSize: [3, 2], dilation: [1, 2], groups: 3, padding: .explicit([[2, 0], [1, 1]]),
        usesBias: false), [4, 5, 3], output: [4, 5, 6]),
    LayerSample(Convolution2D(5, kernelSize: [1, 1]), [3, 3, 7], output: [3, 3, 5]),
    LayerSample(
      Convolution2D(17, kernelSize: [3, 3], stride: [3, 2]), [7, 8, 1], output: [2, 3, 17]),
    LayerSample(Convolution2D(1), [5, 4, 2], output: [3, 2, 1]),
    LayerSample(DepthwiseConvolution1D(multiplier: 2), [6, 3], output: [4, 6]),
    LayerSample(
      DepthwiseConvolution2D(kernelSize: [2, 3], stride: [2, 1], padding: .same), [5, 4, 3],
      output: [3, 4, 3]),
    LayerSample(
      DepthwiseConvolution2D(multiplier: 3, dilation: [2, 1], padding: .same, usesBias: false),
      [5, 3, 2], output: [5, 3, 6]),
    LayerSample(SeparableConvolution1D(4, multiplier: 2), [5, 3], output: [3, 4]),
    LayerSample(
      SeparableConvolution2D(3, kernelSize: [3, 2], padding: .same, usesBias: false), [4, 3, 2],
      output: [4, 3, 3]),
    LayerSample(TransposedConvolution1D(2, stride: [2]), [4, 3], output: [9, 2]),
    LayerSample(TransposedConvolution1D(2), [4, 1], output: [6, 2]),
    LayerSample(
      TransposedConvolution1D(
        4, kernelSize: [4], stride: [3], groups: 2, padding: .explicit([[1, 2]]),
        outputPadding: [2]), [3, 2], output: [9, 4]),
    LayerSample(
      TransposedConvolution2D(3, kernelSize: [3, 2], stride: [2, 1], padding: .same), [3, 4, 2],
      output: [6, 4, 3]),
    LayerSample(
      TransposedConvolution2D(2, dilation: [1, 2], usesBias: false), [2, 3, 3],
      output: [4, 7, 2]),
    LayerSample(MaxPooling1D(), [7, 3], output: [3, 3]),
    LayerSample(MaxPooling1D(size: [3], stride: [2], padding: .same), [6, 2], output: [3, 2]),
    LayerSample(MaxPooling2D(), [4, 6, 3], output: [2, 3, 3]),
    LayerSample(
      MaxPooling2D(size: [3, 2], stride: [1, 2], padding: .explicit([[1, 1], [0, 1]])), [4, 5, 2],
      output: [4, 3, 2]),
    LayerSample(AveragePooling1D(size: [3], stride: [1], padding: .same), [5, 2], output: [5, 2]),
    LayerSample(AveragePooling2D(), [5, 4, 3], output: [2, 2, 3]),
    LayerSample(
      AveragePooling2D(
        size: [3, 3], stride: [2, 2], padding: .explicit([[1, 1], [1, 1]]), countsPadding: true),
      [5, 4, 2], output: [3, 2, 2]),
    LayerSample(GlobalMaxPooling(), [5, 3], output: [3]),
    LayerSample(GlobalMaxPooling(), [2, 3, 4], output: [4]),
    LayerSample(GlobalAveragePooling(), [3, 4, 2], output: [2]),
    LayerSample(ZeroPadding1D([[2, 0]]), [3, 2], output: [5, 2]),
    LayerSample(ZeroPadding2D([[1, 0], [0, 2]]), [2, 3, 2], output: [3, 5, 2]),
    LayerSample(Cropping1D([[1, 2]]), [6, 2], output: [3, 2]),
    LayerSample(Cropping2D(), [4, 5, 2], output: [2, 3, 2]),
    LayerSample(Upsampling1D([3]), [2, 2], output: [6, 2]),
    LayerSample(Upsampling2D([2, 3]), [2, 2, 3], output: [4, 6, 3]),
    LayerSample(
      Upsampling2D([2, 2], interpolation: .bilinear), [3, 2, 2], output: [6, 4, 2]),
    LayerSample(
      Upsampling2D([3, 1], interpolation: .bilinear), [1, 3, 1], output: [3, 3, 1]),
  ]
}
