import Layers

extension GraphTracer {
  /// x · f(x) as the one function that it is: silu, mish, hard swish; nil where it is none of them.
  mutating func gated(
    _ left: TracedValue, _ right: TracedValue, for operation: Operation
  ) throws -> TracedValue? {
    for (plain, gate) in [(left, right), (right, left)]
    where plain.node >= 0 && gate.node >= 0 && plain.axes == gate.axes {
      guard let function = gateFunction(plain.node, gate.node) else { continue }
      return try apply(Activation(function), to: plain, for: operation)
    }
    return nil
  }

  private func gateFunction(_ input: Int, _ gate: Int) -> ActivationFunction? {
    guard let layer = nodes[gate].layer as? Activation else { return nil }
    let before = nodes[gate].inputs[0]
    switch layer.function {
    case .sigmoid where before == input: return .silu
    case .hardSigmoid where before == input && abs(layer.slope - 1.0 / 6) < 1e-6:
      return .hardSwish
    case .tanh:
      guard let inner = nodes[before].layer as? Activation, inner.function == .softplus,
        nodes[before].inputs[0] == input
      else { return nil }
      return .mish
    default: return nil
    }
  }
}
