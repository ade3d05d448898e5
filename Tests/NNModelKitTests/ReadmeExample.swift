import NNModelKit

/// The example of the README, compiled and run as it stands there.
func readmeExample() throws -> Tensor {
  // [example]
  let inputs = Tensor(rows: [[0, 0], [0, 1], [1, 0], [1, 1]] as [[Float]])
  let network = try Network.sequential(input: [2]) {
    Dense(16)
    Activation(.relu)
    Dense(2)
  }
  let trainer = try Trainer(
    network,
    options: TrainingOptions(
      loss: CrossEntropy(), optimizer: Adam(learningRate: 0.01), epochs: 200, batchSize: 4),
    data: TrainingData(inputs, classes: [0, 1, 1, 0]))
  try trainer.run()

  try Model(trainer).write(to: "xor.h5")
  let probabilities = try Model(reading: "xor.h5").predict(inputs)
  // [example]
  return probabilities
}
