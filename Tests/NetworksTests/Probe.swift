import Kernels
import Layers
import Tensors
import Testing

@testable import Networks

/// A network with fixed inputs, of which outputs and gradients can be asked.
final class Probe {
  let network: Network
  let count: Int
  let live: LiveParameters
  let session: Session
  let elementType: ElementType
  private let weights: RandomStream

  /// - Parameter count: the number of examples.
  init(
    _ network: Network, count: Int, elementType: ElementType = .float64, threads: Int = 1,
    mode: Mode = .training
  ) throws {
    self.network = network
    self.count = count
    self.elementType = elementType
    weights = RandomStream(seed: 11, stream: 5)
    var parameters = try Parameters(for: network, seed: 7, elementType: elementType)
    // Away from the special values 0 and 1 at which biases and scales start.
    let random = RandomStream(seed: 3, stream: 9)
    parameters.trainable.withMutableView { view in
      for entry in parameters.layout.entries where entry.spec.isTrainable {
        for index in entry.offset..<entry.offset + entry.spec.shape.count {
          view.set(index, view.doubleElement(index) + random.uniform(at: index) - 0.5)
        }
      }
    }
    live = LiveParameters(parameters)
    let plan = try Plan(
      network, mode: mode, capacity: count, elementType: elementType,
      needsInputGradients: mode == .training)
    session = Session(plan, parameters: live, seed: 42, workers: Workers(threadCount: threads))
    for (index, input) in network.inputs.enumerated() {
      let view = session.input(index, count: count)
      let random = RandomStream(seed: 1, stream: UInt32(index))
      for element in 0..<view.count {
        if input.isIndices {
          view.setElement(element, to: Int32(random.integer(below: 5, at: element)))
        } else if input.name.hasPrefix("mask") {
          view.set(element, random.uniform(at: element) < 0.7 ? 1 : 0)
        } else {
          view.set(element, 3 * random.uniform(at: element) - 1.5)
        }
      }
    }
  }

  func outputs() -> [Double] {
    session.forward(count: count, step: 6)
    return session.output(count: count).doubles()
  }

  /// A weighted sum of all outputs, which stands for a loss.
  func loss() -> Double {
    outputs().enumerated().reduce(0) { $0 + $1.element * (weights.uniform(at: $1.offset) - 0.3) }
  }

  func backward() {
    session.forward(count: count, step: 6)
    guard let gradient = session.outputGradient(count: count) else { return }
    for index in 0..<gradient.count { gradient.set(index, weights.uniform(at: index) - 0.3) }
    session.backward(count: count, step: 6)
  }

  /// Compares every gradient with (L(x + h) − L(x − h)) / 2h.
  func checkGradients(_ location: SourceLocation = #_sourceLocation) {
    backward()
    let parameterGradients = session.gradients.doubles()
    let inputGradients = network.inputs.indices.map {
      session.inputGradient($0, count: count)?.doubles()
    }
    for entry in live.layout.entries where entry.spec.isTrainable {
      check(
        live.view(entry),
        Array(parameterGradients[entry.offset..<entry.offset + entry.spec.shape.count]),
        entry.path, location)
    }
    for (index, gradient) in inputGradients.enumerated() {
      guard let gradient, !network.inputs[index].name.hasPrefix("mask") else { continue }
      check(session.input(index, count: count), gradient, "input \(index)", location)
    }
  }

  private func check(
    _ view: TensorView, _ gradient: [Double], _ name: String, _ location: SourceLocation
  ) {
    let step = 1e-5
    for index in 0..<view.count {
      let value = view.doubleElement(index)
      // The kinks of ReLU and its kin have no derivative.
      if abs(value) < 1e-3 { continue }
      view.set(index, value + step)
      let above = loss()
      view.set(index, value - step)
      let below = loss()
      view.set(index, value)
      let expected = (above - below) / (2 * step)
      // The truncation error is of order h² and the rounding error of order 1e-16 / h.
      #expect(
        abs(gradient[index] - expected) <= 1e-6 * max(1, abs(expected)),
        "\(name)[\(index)]: \(gradient[index]) is not \(expected)", sourceLocation: location)
    }
  }
}

extension TensorView {
  func doubleElement(_ index: Int) -> Double {
    elementType == .float64
      ? element(index, as: Double.self) : Double(element(index, as: Float.self))
  }

  func set(_ index: Int, _ value: Double) {
    if elementType == .float64 {
      setElement(index, to: value)
    } else {
      setElement(index, to: Float(value))
    }
  }
}
