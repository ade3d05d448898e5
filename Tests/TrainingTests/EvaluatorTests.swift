import Layers
import Networks
import Tensors
import Testing

@testable import Training

@Suite struct EvaluatorTests {
  @Test("Inputs of many shapes give what each gives by itself")
  func freeAxes() throws {
    let builder = NetworkBuilder()
    let x = builder.input("x", shape: [4, 3], freeAxes: [0])
    let network = try builder.network(
      outputs: builder.add(Activation(.tanh), to: builder.add(Dense(2), to: x)))
    let parameters = try Parameters(for: network, seed: 3)
    let evaluator = try Evaluator(
      network, parameters: LiveParameters(parameters), batchSize: 2)
    let random = RandomStream(seed: 8, stream: 1)
    // More shapes than are kept, and back again.
    for length in Array(1...12) + [4, 12, 1, 3] {
      let rows = Tensor(
        (0..<3 * length * 3).map { Float(random.uniform(at: length * 1000 + $0)) },
        shape: [3, length, 3])
      let found = try evaluator.predict([rows])
      #expect(found.shape == [3, length, 2])
      let alone = try network.withInputs(shaped: [[length, 3]])
      let expected = try Evaluator(alone, parameters: LiveParameters(parameters)).predict([rows])
      #expect(found == expected)
    }
    #expect(
      throws: PredictionError(
        name: "x", expected: "float32 rows of [any, 3], as many of each input",
        found: "float32 [3, 4, 2]")
    ) { try evaluator.predict([Tensor(zeros: [3, 4, 2])]) }
  }
}
