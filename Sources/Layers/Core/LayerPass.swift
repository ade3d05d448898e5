import Kernels
import Tensors

/// Whether a network learns or only answers.
public enum Mode: String, Codable, Hashable, Sendable {
  case training, inference
}

/// Everything a layer needs to compute its output: views, and nothing to find out.
///
/// All views have the batch as outermost axis, except parameters and scratch that is not per
/// example. A pass is made once for a batch size and used for every batch of that size.
public struct ForwardPass {
  package var inputs: [TensorView]
  package var output: TensorView
  package var parameters: [TensorView]
  package var scratch: [TensorView]
  package var mode: Mode
  /// The layer's own stream of random numbers at the current training step.
  package var random: RandomStream
  package var workers: Workers
  /// What ``Layer/prepared(for:)`` gave.
  package var prepared: (any Sendable)?

  package init(
    inputs: [TensorView], output: TensorView, parameters: [TensorView], scratch: [TensorView],
    mode: Mode, random: RandomStream, workers: Workers, prepared: (any Sendable)? = nil
  ) {
    self.inputs = inputs
    self.output = output
    self.parameters = parameters
    self.scratch = scratch
    self.mode = mode
    self.random = random
    self.workers = workers
    self.prepared = prepared
  }
}

/// Everything a layer needs to compute gradients.
public struct BackwardPass {
  /// The forward pass this one undoes. Values that ``LayerMemoryUse`` does not claim are gone.
  package var forward: ForwardPass
  package var outputGradient: TensorView
  /// Where to write the gradient of each input; nil where nobody needs it.
  package var inputGradients: [TensorView?]
  /// Where to write the gradient of each trainable parameter; nil for the others.
  package var parameterGradients: [TensorView?]

  package init(
    forward: ForwardPass, outputGradient: TensorView, inputGradients: [TensorView?],
    parameterGradients: [TensorView?]
  ) {
    self.forward = forward
    self.outputGradient = outputGradient
    self.inputGradients = inputGradients
    self.parameterGradients = parameterGradients
  }

  package var workers: Workers { forward.workers }
}
