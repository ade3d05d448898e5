import Layers
import Networks
import Tensors
import Testing
import Training

@Suite struct IndexTests {
  private func network() throws -> Network {
    try Network.sequential(input: [2, 1], named: "words", isIndices: true) {
      Flatten()
      Embedding(vocabularySize: 5, dimension: 3)
      Flatten()
      Dense(2)
    }
  }

  @Test("An index that no vocabulary has is refused, in training and in prediction")
  func outside() throws {
    let network = try network()
    #expect(network.indexCounts == ["words": 5])
    let parameters = LiveParameters(try Parameters(for: network, seed: 1))
    let evaluator = try Evaluator(network, parameters: parameters)
    let right = Tensor([0, 4, 2, 3] as [Int32], shape: [2, 2, 1])
    let wrong = Tensor([0, 4, 5, 3] as [Int32], shape: [2, 2, 1])
    #expect(try evaluator.predict([right]).shape == [2, 2])
    let options = TrainingOptions(loss: CrossEntropy(), epochs: 1)
    _ = try Trainer(network, options: options, data: TrainingData(right, classes: [0, 1])).run()
    #expect(throws: PredictionError.self) { try evaluator.predict([wrong]) }
    #expect(throws: TrainingDataError.self) {
      try Trainer(network, options: options, data: TrainingData(wrong, classes: [0, 1]))
    }
  }
}
