import Kernels
import Tensors

extension Link {
  /// Turns raw outputs into predictions, in place.
  package func apply(to outputs: TensorView, on workers: Workers) {
    switch self {
    case .identity: break
    case .softmax: Kernels.softmax(outputs, into: outputs, on: workers)
    case .sigmoid: Kernels.activate(.sigmoid, slope: 0, outputs, into: outputs, on: workers)
    }
  }
}
